import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { columnsOf, printable } from '../../src/core/printable.ts'
import { identityReasons, objectReasons, type Reason, refReasons } from '../../src/core/rejection.ts'
import { words } from '../../src/core/words.ts'
import { root } from '../support/paths.ts'
import { suite } from '../support/suite.ts'

const test = suite('words')
const reasons: readonly Reason[] = [...objectReasons, ...identityReasons, ...refReasons]

test('the reasons are those of the contract, each once', () => {
  assert.equal(objectReasons, [
    'unsigned',
    'unknown-key',
    'bad-signature',
    'key-expired',
    'key-revoked',
    'key-not-for-signing',
    'weak-hash',
    'weak-key',
    'signed-in-future',
    'signed-before-key',
    'unreadable-signature',
    'unsupported-signature',
    'several-signatures',
    'malformed-commit',
    'too-large',
  ])
  assert.equal(identityReasons, ['not-committer', 'not-pusher'])
  assert.equal(refReasons, [
    'deletion',
    'rewind',
    'foxtrot',
    'unsigned-tag',
    'tag-name',
    'not-a-commit',
    'symbolic-ref',
    'replace-ref',
    'sync-tag',
    'sync-tag-invalid',
  ])
  assert.is(new Set(reasons).size, reasons.length)
})

test('every reason has words, and nothing else has', () => {
  assert.equal(Object.keys(words).sort(), [...reasons].sort())
})

for (const reason of reasons)
  test(`${reason}: says what and how to mend it, in lower case, on short lines`, () => {
    const { what, mend } = words[reason]
    assert.match(what, /^[a-z]/)
    assert.not.match(what, /\.$/)
    assert.ok(mend.length > 0)
    assert.match(mend[0] ?? '', /^[a-z]/)
    for (const line of [what, ...mend]) {
      assert.ok(columnsOf(line) <= 66, line)
      assert.is(printable(line), line)
    }
  })

test('no code is made of anything but its own words: nobody makes one beside this list', () => {
  const source = readFileSync(join(root, 'src/core/rejection.ts'), 'utf8')
  for (const reason of reasons) assert.ok(source.includes(`'${reason}'`))
  for (const reason of reasons) assert.match(reason, /^[a-z]+(-[a-z]+)*$/)
})

test.run()
