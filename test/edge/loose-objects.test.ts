import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import type { Oid } from '../../src/core/oid.ts'
import { readLooseObject } from '../../src/edge/loose-objects.ts'
import * as assert from '../support/assert.ts'
import { suite } from '../support/suite.ts'

const test = suite('loose objects')
const folder = mkdtempSync(join(tmpdir(), 'l-'))
const oid = `ab${'c'.repeat(38)}` as Oid
const limit = 1000

test.after(() => rmSync(folder, { recursive: true, force: true }))

/** A folder of objects in which the file of `oid` is this. */
function objects(content: Uint8Array | null): string {
  const made = mkdtempSync(join(folder, 'o-'))
  mkdirSync(join(made, 'ab'))
  if (content !== null) writeFileSync(join(made, 'ab', 'c'.repeat(38)), content)
  return made
}

function readIn(...folders: readonly string[]): string | null {
  const found = readLooseObject(folders, oid, limit)
  return found === null ? null : `${found.type} ${Buffer.from(found.bytes ?? [])}`
}

test('what git has written, in the first folder that has it', () => {
  const gitDir = join(folder, 'r.git')
  const git = (input: string, ...args: string[]) =>
    spawnSync('git', args, {
      env: { ...process.env, GIT_DIR: gitDir },
      input,
      encoding: 'utf8',
    }).stdout.trim()
  git('', 'init', '--quiet', '--bare')
  const written = git('some text\n', 'hash-object', '-w', '--stdin') as Oid
  const found = readLooseObject([objects(null), join(gitDir, 'objects')], written, limit)
  assert.equal([found?.oid, found?.type, found?.size], [written, 'blob', 10])
  assert.is(Buffer.from(found?.bytes ?? []).toString(), 'some text\n')
})

test('what is in no folder, or in none that is there', () => {
  assert.is(readIn(), null)
  assert.is(readIn(objects(null), join(folder, 'nowhere')), null)
})

const fits = `commit ${limit}\0${'x'.repeat(limit)}`
const large = `commit ${limit + 1}\0${'x'.repeat(limit + 1)}`
const unfit: Readonly<Record<string, Uint8Array>> = {
  'one byte too large': deflateSync(large),
  'a file that is too large itself': deflateSync(`commit 9000\0${'x'.repeat(9000)}`, { level: 0 }),
  'a bomb': deflateSync(Buffer.alloc(100_000_000)),
  'not deflated': Buffer.from(fits),
  'cut off': deflateSync(fits).subarray(0, -8),
  'with a byte that has changed': deflateSync(fits).map((byte, at) => (at === 12 ? byte ^ 1 : byte)),
  empty: new Uint8Array(),
  'no object': deflateSync('hello'),
}
for (const [name, content] of Object.entries(unfit))
  test(`${name}: git is to be asked`, () => {
    assert.is(readIn(objects(content)), null)
    assert.is(readIn(objects(deflateSync(fits))), `commit ${'x'.repeat(limit)}`)
  })

test('a pipe is not waited for, and a folder is no object', () => {
  const [piped, nested] = [objects(null), objects(null)]
  spawnSync('mkfifo', [join(piped, 'ab', 'c'.repeat(38))])
  mkdirSync(join(nested, 'ab', 'c'.repeat(38)))
  assert.is(readIn(piped), null)
  assert.is(readIn(nested), null)
})

test.run()
