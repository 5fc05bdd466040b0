import * as assert from 'uvu/assert'
import { compileKeyring, openCompiled } from '../../src/core/compiled-keyring.ts'
import { Fault } from '../../src/core/fault.ts'
import { keyringOf } from '../../src/core/keyring.ts'
import { readKeys } from '../../src/edge/openpgp.ts'
import { makeKey } from '../support/keys.ts'
import { now } from '../support/signature-packet.ts'
import { suite } from '../support/suite.ts'

const test = suite('compiled keyring')
const at = now()
const from = { by: 'this', state: 'files', digest: 'of the files', at, until: at + 60 }
const wanted = { by: 'this', state: 'files', now: at + 10 }

async function partsOf(count: number) {
  const files = Array.from({ length: count }, (_, index) => {
    const version = index % 2 === 0 ? 4 : 6
    const key = makeKey({ version, algorithm: 'ed25519', subkeys: index % 3 === 0 ? [{}] : [] })
    return { path: `${index}.asc`, bytes: key.publicBinary }
  })
  const keys = await readKeys(files, { now: at, skew: 0 })
  return { keys, parts: keys.flatMap(key => key.parts) }
}

test('what was compiled is found as in the keys themselves, by fingerprint and by key id', async () => {
  const { keys, parts } = await partsOf(30)
  const { keyring: compiled, digest } = openCompiled(compileKeyring(from, parts), wanted) ?? {}
  assert.is(digest, from.digest)
  const keyring = keyringOf(keys)
  assert.is(parts.length, 40)
  for (const { fingerprint, keyId } of parts) {
    assert.equal(compiled?.byFingerprint.get(fingerprint), keyring.byFingerprint.get(fingerprint))
    assert.equal(compiled?.byKeyId.get(keyId), keyring.byKeyId.get(keyId))
    // the same objects each time: what was made of a key is found by it
    assert.is(compiled?.byFingerprint.get(fingerprint), compiled?.byFingerprint.get(fingerprint))
    assert.ok(compiled?.byKeyId.get(keyId)?.includes(compiled.byFingerprint.get(fingerprint)?.[0] as never))
  }
  for (const other of ['0'.repeat(16), '7FFFFFFFFFFFFFFF', 'F'.repeat(16)]) {
    assert.equal(compiled?.byKeyId.get(other), [])
    assert.equal(compiled?.byFingerprint.get(other.padEnd(40, '0')), [])
  }
})

test('two parts of one key id are both found', async () => {
  const { parts } = await partsOf(2)
  const keyId = 'AAAAAAAAAAAAAAAA'
  const twins = parts.slice(0, 2).map(part => ({ ...part, keyId }))
  const { keyring: compiled } = openCompiled(compileKeyring(from, [...twins, ...parts]), wanted) ?? {}
  assert.is(compiled?.byKeyId.get(keyId)?.length, 2)
})

const others: readonly [name: string, changes: Partial<typeof wanted>][] = [
  ['by another program', { by: 'that' }],
  ['of other files', { state: 'others' }],
  ['in the future', { now: at - 1 }],
  ['of a time that is over', { now: at + 60 }],
]
for (const [name, changes] of others)
  test(`one that was compiled ${name} is not taken`, async () => {
    const { parts } = await partsOf(1)
    const bytes = compileKeyring(from, parts)
    assert.ok(openCompiled(bytes, wanted))
    assert.is(openCompiled(bytes, { ...wanted, ...changes }), null)
  })

test('one that does not end is taken at any later time', async () => {
  const { parts } = await partsOf(1)
  assert.ok(openCompiled(compileKeyring({ ...from, until: null }, parts), { ...wanted, now: at * 2 }))
})

for (const text of [
  '',
  'x',
  '\n',
  '{}\n',
  'null\n',
  '{"by":"this"\n',
  '{"by":"this","state":"files","at":"0","until":null}\n',
  '{"by":"this","state":"files","at":0,"until":null}\n',
])
  test(`${JSON.stringify(text)} is none`, () => {
    assert.is(openCompiled(Buffer.from(text), wanted), null)
  })

test('a line that is no key is a fault once it is asked for', () => {
  for (const line of ['{"a"', '{}', 'null', '{"spki":1}']) {
    const bytes = Buffer.from(`${JSON.stringify(from)}\nAAAAAAAAAAAAAAAA ${line}\n`)
    const compiled = openCompiled(bytes, wanted)?.keyring
    assert.equal(compiled?.byKeyId.get('BBBBBBBBBBBBBBBB'), [])
    assert.throws(
      () => compiled?.byKeyId.get('AAAAAAAAAAAAAAAA'),
      (error: Error) => error instanceof Fault,
    )
  }
})

test.run()
