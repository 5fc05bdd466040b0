/**
 * A bounded run of test/fuzz: REFWARDEN_FUZZ_SECONDS in all (20), from REFWARDEN_FUZZ_SEED (a new one each time). A
 * failure prints seed and path: `npm run fuzz -- --seed=… --path=… --only='NAME'` repeats the case.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { verifiedBases } from './fuzz/base.ts'
import { judgeMutation, mutated } from './fuzz/one-byte.ts'
import { allProperties, millisecondsOf } from './fuzz/properties.ts'
import { type UnsignedBytes, unsignedBytes } from './fuzz/unsigned-bytes.ts'
import { root } from './support/paths.ts'
import { suite } from './support/suite.ts'

const seconds = Number(process.env['REFWARDEN_FUZZ_SECONDS'] ?? 20)
const seed = Number(process.env['REFWARDEN_FUZZ_SEED'] ?? Date.now() & 0x7fffffff)
const scratch = mkdtempSync(join(tmpdir(), 'f-'))
const bases = await verifiedBases()
const shares = await allProperties(join(scratch, 'refwarden.ini'))

const test = suite(`fuzz, seed ${seed}`)

for (const share of shares)
  test(share.property.name, async () => {
    const milliseconds = millisecondsOf(share, shares, seconds)
    const cases = await share.property.run({ seed, milliseconds })
    console.log(`${share.property.name}: ${cases} cases, seed ${seed}`)
    assert.ok(cases > 100, `${cases} cases`)
  })

const blank = 'white space at the end of a line of the armor'
const lineBreaks = 'where the armor of a tag breaks its data into lines, and empty lines behind it'
const inPacket: readonly UnsignedBytes[] = [
  'unhashed subpackets',
  'the first two octets of the digest',
  'the bit count and the leading zeros of a number',
]
const exhausted: readonly [vector: string, changes: readonly UnsignedBytes[]][] = [
  ['good-armor-no-checksum', [blank, ...inPacket]],
  ['good-tag', [blank, lineBreaks]],
  ['good-armor-headers', [blank, 'header lines of the armor']],
]
for (const [name, changes] of exhausted)
  test(`${name}: every value of every byte of its armor; verified are just the listed changes`, async () => {
    const base = bases.find(base => base.name === name)
    if (base === undefined) throw new Error('no such vector')
    const found = new Set<UnsignedBytes>()
    for (const mutation of everyMutation(base.object)) {
      const change = await judgeMutation(base, mutated(base.object, mutation))
      for (const name of change ?? []) found.add(name)
    }
    assert.equal([...found].sort(), [...changes].sort())
  })

function* everyMutation(object: Uint8Array) {
  const text = Buffer.from(object)
  const start = text.lastIndexOf('-----BEGIN PGP SIGNATURE') - 1
  const last = '-----END PGP SIGNATURE-----'
  const end = Math.min(object.length, text.indexOf(last, start) + last.length + 2)
  for (let at = start; at < end; at++) {
    yield { kind: 'delete', at, byte: 0 } as const
    for (let byte = 0; byte < 256; byte++) {
      yield { kind: 'replace', at, byte } as const
      yield { kind: 'insert', at, byte } as const
    }
  }
}

test('docs/interop.md names every change that leaves an object verified', () => {
  const text = readFileSync(join(root, 'docs/interop.md'), 'utf8').replaceAll(/\s+/g, ' ')
  for (const name of unsignedBytes) assert.ok(text.includes(name), name)
})

test.after(() => rmSync(scratch, { recursive: true }))

test.run()
