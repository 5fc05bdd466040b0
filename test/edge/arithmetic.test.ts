import { spawnSync } from 'node:child_process'
import * as assert from 'uvu/assert'
import { type DocumentSignature, parseSignature } from '../../src/core/signature.ts'
import { isMadeBy, objectName } from '../../src/edge/arithmetic.ts'
import { partOf } from '../core/part.ts'
import type { Algorithm } from '../support/key-material.ts'
import { type Key, makeKey } from '../support/keys.ts'
import { bytes, text } from '../support/packets.ts'
import type { SignatureShape } from '../support/signature-packet.ts'
import { suite } from '../support/suite.ts'

const test = suite('arithmetic')
const payload = text('tree 0123\nauthor Ann\n\nsubject\n')

const kinds: readonly [algorithm: Algorithm, version: 4 | 6][] = [
  ['rsa2048', 4],
  ['rsa3072', 4],
  ['rsa1024', 4],
  ['p256', 4],
  ['p384', 4],
  ['p521', 4],
  ['brainpoolP256r1', 4],
  ['brainpoolP384r1', 4],
  ['brainpoolP512r1', 4],
  ['eddsa', 4],
  ['ed25519', 4],
  ['ed448', 4],
  ['rsa2048', 6],
  ['p256', 6],
  ['ed25519', 6],
  ['ed448', 6],
]
const keys = new Map(
  kinds.map(([algorithm, version]) => [`${algorithm} ${version}`, makeKey({ algorithm, version })]),
)

function signatureOf(key: Key, shape: SignatureShape = {}, signed: Uint8Array = payload): DocumentSignature {
  const signature = parseSignature(text(key.sign(signed, shape)))
  if (signature.kind !== 'document') throw new Error(JSON.stringify(signature))
  return signature
}

for (const [name, key] of keys)
  test(`${name}: made by its key over these bytes, and by no other over no others`, async () => {
    const [algorithm, version] = name.split(' ')
    const stranger = makeKey({ algorithm: algorithm as Algorithm, version: version === '6' ? 6 : 4 })
    const part = partOf(key)
    for (let round = 0; round < 8; round++) {
      // a number with leading zeros comes by once in a while: each round has other ones
      const signed = bytes(payload, round)
      const signature = signatureOf(key, {}, signed)
      assert.is(await isMadeBy(part, signature, [signed]), true)
      assert.is(await isMadeBy(part, signature, [payload]), false)
      assert.is(await isMadeBy(partOf(stranger), signature, [signed]), false)
    }
  })

test('the payload counts as a whole, however it is cut into pieces', async () => {
  for (const name of ['rsa2048 4', 'eddsa 4', 'ed25519 6']) {
    const key = keys.get(name) ?? makeKey()
    const signature = signatureOf(key)
    const pieces = [payload.subarray(0, 5), payload.subarray(5, 5), payload.subarray(5)]
    assert.is(await isMadeBy(partOf(key), signature, pieces), true)
    assert.is(await isMadeBy(partOf(key), signature, [...pieces].reverse()), false)
    assert.is(await isMadeBy(partOf(key), signature, []), false)
    assert.is(await isMadeBy(partOf(key), signature, [...pieces, text('x')]), false)
  }
})

for (const hash of [1, 2, 3, 8, 9, 10, 11, 12, 14])
  test(`hash algorithm ${hash}`, async () => {
    for (const name of ['rsa2048 4', 'p256 4', 'eddsa 4']) {
      const key = keys.get(name) ?? makeKey()
      const signature = signatureOf(key, { hash })
      assert.is(await isMadeBy(partOf(key), signature, [payload]), true, name)
      const other = signature.hash === 'sha512' ? 'sha256' : 'sha512'
      assert.is(await isMadeBy(partOf(key), { ...signature, hash: other }, [payload]), false, name)
    }
  })

test('the time, the type and all else that is signed in the packet count', async () => {
  const key = keys.get('eddsa 4') ?? makeKey()
  const signature = signatureOf(key)
  for (let at = 0; at < signature.trailer.length; at++) {
    const trailer = Uint8Array.from(signature.trailer)
    trailer[at] = (trailer[at] ?? 0) ^ 1
    assert.is(await isMadeBy(partOf(key), { ...signature, trailer }, [payload]), false, `octet ${at}`)
  }
})

test('the salt of version 6 counts', async () => {
  const key = keys.get('ed25519 6') ?? makeKey()
  const signature = signatureOf(key)
  const salt = Uint8Array.from(signature.salt)
  salt[0] = (salt[0] ?? 0) ^ 1
  assert.is(await isMadeBy(partOf(key), { ...signature, salt }, [payload]), false)
  assert.is(await isMadeBy(partOf(key), { ...signature, salt: new Uint8Array() }, [payload]), false)
})

test('a signature of another algorithm or version than the key’s is never by it', async () => {
  const key = keys.get('eddsa 4') ?? makeKey()
  const signature = signatureOf(key)
  assert.is(await isMadeBy(partOf(key, { version: 6 }), signature, [payload]), false)
  assert.is(await isMadeBy(partOf(key, { algorithm: 'ed25519' }), signature, [payload]), false)
  const [r, s] = signature.values
  const joined = bytes(r ?? bytes(), s ?? bytes())
  assert.is(
    await isMadeBy(partOf(key), { ...signature, algorithm: 'ed25519', values: [joined] }, [payload]),
    false,
  )
})

test('numbers may have leading zeros, as some programs write them', async () => {
  for (const name of ['rsa2048 4', 'p256 4', 'eddsa 4']) {
    const key = keys.get(name) ?? makeKey()
    const signature = signatureOf(key)
    const values = signature.values.map(value => bytes(0, 0, value))
    assert.is(await isMadeBy(partOf(key), { ...signature, values }, [payload]), true, name)
  }
})

const forged: readonly [what: string, values: (values: readonly Uint8Array[]) => readonly Uint8Array[]][] = [
  ['zeros', values => values.map(() => bytes(0))],
  ['ones', values => values.map(() => bytes(1))],
  ['nothing', values => values.map(() => bytes())],
  ['no numbers', () => []],
  ['numbers larger than the key', values => values.map(value => bytes(1, new Uint8Array(600), value))],
  ['all bits set', values => values.map(value => value.map(() => 0xff))],
  [
    'the numbers exchanged',
    values => (values.length === 2 ? [...values].reverse() : values.map(() => bytes(2))),
  ],
  [
    'an octet changed',
    values => values.map(value => value.map((octet, at) => (at === 3 ? octet ^ 1 : octet))),
  ],
]

for (const [what, change] of forged)
  test(`${what}: not made by the key, and no error either`, async () => {
    for (const [name, key] of keys) {
      const signature = signatureOf(key)
      const given = { ...signature, values: change(signature.values) }
      assert.is(await isMadeBy(partOf(key), given, [payload]), false, name)
    }
  })

test('objects have the names that git gives them', () => {
  const given: readonly [type: string, body: Uint8Array][] = [
    ['blob', bytes()],
    ['blob', text('hello\n')],
    ['blob', bytes(0, 1, 2, 0xff)],
    [
      'commit',
      text(
        'tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\n\nx\n',
      ),
    ],
  ]
  for (const [type, body] of given) {
    const { stdout } = spawnSync('git', ['hash-object', '--literally', '--stdin', '-t', type], {
      input: body,
      encoding: 'utf8',
    })
    assert.is(objectName('sha1', type, body), stdout.trim())
  }
  assert.is(
    objectName('sha256', 'blob', bytes()),
    '473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813',
  )
})

test.run()
