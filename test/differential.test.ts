/**
 * Keys and signatures judged by ours, gpg, gpgv and sqv: a grid, and a bounded run of random ones from
 * REFWARDEN_FUZZ_SEED (a new one each time). `npm run fuzz` tries more of them.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { compare, sameAsOthers } from './differential/compare.ts'
import { type Difference, moreLenient, stricter } from './differential/differences.ts'
import { grid } from './differential/grid.ts'
import { missingReaders } from './differential/readers.ts'
import { root } from './support/paths.ts'
import { suite } from './support/suite.ts'

const seed = Number(process.env['REFWARDEN_FUZZ_SEED'] ?? Date.now() & 0x7fffffff)
const folder = mkdtempSync(join(tmpdir(), 'd-'))
const missing = missingReaders()
const found = new Set<Difference>()

const test = suite('differential')

for (const [name, given] of grid)
  test.unless(missing, name, async () => {
    for (const difference of await compare(folder, given)) found.add(difference)
    assert.ok(true)
  })

test.unless(missing ?? otherVersions(), 'each listed difference is met', () => {
  assert.equal([...found].sort(), [...new Set([...stricter, ...moreLenient])].sort())
})

test.unless(missing, `random cases, seed ${seed}`, async () => {
  const cases = await sameAsOthers(folder).run({ seed, milliseconds: 8_000 })
  console.log(`${cases} random cases, seed ${seed}`)
  assert.ok(cases > 5, `${cases} cases`)
})

test('docs/interop.md lists each difference', () => {
  const text = readFileSync(join(root, 'docs/interop.md'), 'utf8').replaceAll(/\s+/g, ' ')
  for (const name of [...stricter, ...moreLenient]) assert.ok(text.includes(name), name)
})

test.after(() => rmSync(folder, { recursive: true, maxRetries: 5 }))

test.run()

/** Other versions know other algorithms. */
function otherVersions(): string | null {
  const versions = ['gpg', 'sqv'].map(
    program => spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout,
  )
  const isDebian12 = /^gpg \(GnuPG\) 2\.2\./.test(versions[0] ?? '') && /^sqv 1\.1\./.test(versions[1] ?? '')
  return isDebian12 ? null : 'this is about GnuPG 2.2 and sqv 1.1'
}
