import * as assert from 'uvu/assert'
import type { Oid } from '../../src/core/oid.ts'
import type { Policy } from '../../src/core/policy.ts'
import { policyFrom } from '../../src/core/policy-settings.ts'
import { checkPolicyText } from '../../src/core/policy-text.ts'
import type { RefUpdate } from '../../src/core/ref-update.ts'
import { isMove, isUnprotected, suspectsOf } from '../../src/core/unprotected.ts'
import { suite } from '../support/suite.ts'

const test = suite('unprotected')
const [a, b] = ['a'.repeat(40) as Oid, 'b'.repeat(40) as Oid]

function policyOf(patterns: readonly string[], general = ''): Policy {
  const sections = patterns.map(pattern => `[protect "${pattern}"]\nrewind = yes\ndelete = yes\n`)
  return policyFrom([checkPolicyText('/refwarden.ini', `keys = /keys\n${general}${sections.join('')}`)])
}

function update(ref: string, claimed: Oid | null = a, after: Oid | null = b): RefUpdate {
  return { ref, claimed, after }
}

const marked = 'sync-tag = verified/{branch}\nsigning-key = 0123456789ABCDEF\nsigning-keys = /signing\n'
const policy = policyOf(['refs/heads/main', 'refs/heads/release/*', 'refs/tags/v*'])

for (const [ref, expected] of [
  ['refs/heads/topic', true],
  ['refs/heads/main/x', true],
  ['refs/tags/w1', true],
  ['refs/heads/main', false],
  ['refs/heads/release/1', false],
  ['refs/tags/v1', false],
  ['refs/replace/aaaa', false],
] as const)
  test(`${ref} is ${expected ? 'un' : ''}protected`, () => {
    assert.is(isUnprotected(policy, [update(ref)]), expected)
    assert.is(isUnprotected(policy, [update('refs/heads/other'), update(ref)]), expected)
  })

test('a tag may be a sync tag, or in the way of one', () => {
  const tagged = policyOf(['refs/heads/main'], marked)
  assert.ok(isUnprotected(tagged, [update('refs/heads/topic')]))
  for (const ref of ['refs/tags/verified/main', 'refs/tags/verified', 'refs/tags/other'])
    assert.not.ok(isUnprotected(tagged, [update(ref)]), ref)
})

test('suspects are the pushed names, the protected ones, and all below the folder of a pattern', () => {
  assert.equal(suspectsOf(policy, [update('refs/heads/topic')]), {
    names: ['refs/heads/topic', 'refs/heads/main'],
    folders: ['refs/heads/release', 'refs/tags'],
  })
})

test('a move is one of a few branches that are there, where no sync tag says more of them', () => {
  const main = update('refs/heads/main')
  assert.ok(isMove(policy, [main, update('refs/heads/topic')]))
  assert.not.ok(isMove(policyOf(['refs/heads/main'], marked), [main]))
  for (const other of [
    update('refs/heads/main', null),
    update('refs/heads/main', a, null),
    update('refs/tags/v1'),
    update('refs/other/main'),
  ])
    assert.not.ok(isMove(policy, [main, other]))
  assert.not.ok(
    isMove(
      policy,
      Array.from({ length: 11 }, (_, number) => update(`refs/heads/b${number}`)),
    ),
  )
})

test.run()
