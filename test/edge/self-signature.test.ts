import * as assert from 'uvu/assert'
import type { TrustedKey } from '../../src/core/keyring.ts'
import { readKeys } from '../../src/edge/openpgp.ts'
import type { Algorithm } from '../support/key-material.ts'
import { type Key, makeKey, type SubkeyOptions } from '../support/keys.ts'
import { bytes, packet, subpacket, subpackets, text, uint16, uint32 } from '../support/packets.ts'
import { keyFrame, makeSecret, type Secret } from '../support/secret.ts'
import { now, type SignatureShape, signatureBody, signaturePacket } from '../support/signature-packet.ts'
import { suite } from '../support/suite.ts'

const day = 86_400
const present = now()
const witness = makeKey({ name: 'Witness' })

/** The key in these files; another, usable one stands beside it, so that it may be unusable. */
async function read(...contents: readonly Uint8Array[]): Promise<TrustedKey> {
  const files = [...contents, witness.publicBinary].map((content, index) => ({
    path: `/keys/${index}`,
    bytes: content,
  }))
  const [key] = await readKeys(files, { now: present, skew: 300 })
  if (key === undefined) throw new Error('no key')
  return key
}

function frame({ version, publicBody }: Secret): Uint8Array {
  return keyFrame(version, publicBody)
}

/** A primary key and nothing that it says of itself. */
function bare({ primary }: Key): Uint8Array {
  return packet(6, primary.publicBody)
}

function certified(key: Key, name: string, shape: SignatureShape, by: Secret = key.primary): Uint8Array {
  const userId = text(name)
  const data = bytes(frame(key.primary), 0xb4, uint32(userId.length), userId)
  return bytes(packet(13, userId), signaturePacket(by, data, { type: 0x13, ...shape }))
}

function direct(key: Key, shape: SignatureShape): Uint8Array {
  return signaturePacket(key.primary, frame(key.primary), { type: 0x1f, ...shape })
}

const mayEverything = subpackets.keyFlags(0x03)
const mayCertify = subpackets.keyFlags(0x01)

const primary = suite('self-signatures of a primary key')

primary(
  'a self-signature renewed long after the key was made: the key is valid from its creation',
  async () => {
    const { parts } = await read(
      makeKey({ created: present - 900 * day, selfSignedAt: present - day }).publicBinary,
    )
    assert.is(parts[0]?.validFrom, present - 900 * day)
    assert.is(parts[0]?.forSigning, true)
  },
)

for (const order of ['older first', 'newer first'])
  primary(`the newest rules the expiry: ${order}`, async () => {
    const older = makeKey({ expires: present - day })
    const newer = older.with({ expires: present + day, selfSignedAt: present - 5 * day })
    const copies = [older.publicBinary, newer.publicBinary]
    const { parts } = await read(...(order === 'older first' ? copies : copies.reverse()))
    assert.is(parts[0]?.validUntil, present + day)
  })

primary('the newest rules, also where it shortens the life or takes the use away', async () => {
  const older = makeKey()
  const shorter = older.with({ expires: present - day, selfSignedAt: present - 5 * day })
  assert.is((await read(older.publicBinary, shorter.publicBinary)).parts[0]?.validUntil, present - day)
  const certifyOnly = older.with({ flags: 0x01, selfSignedAt: present - 5 * day })
  const key = await read(older.publicBinary, certifyOnly.publicBinary)
  assert.is(key.parts[0]?.forSigning, false)
  assert.is(key.unusable, 'no part of it is for signing')
})

primary('the newest of all user ids rules', async () => {
  const key = makeKey()
  const old = certified(key, 'old', {
    at: key.created,
    alsoHashed: [mayEverything, subpackets.keyExpires(day)],
  })
  const renewed = certified(key, 'new', { at: key.created + 10, alsoHashed: [mayEverything] })
  const { parts, userIds } = await read(bytes(bare(key), renewed, old))
  assert.is(parts[0]?.validUntil, null)
  assert.equal(userIds, ['new', 'old'])
})

for (const order of ['one first', 'the other first'])
  primary(`of one second, all speak: ${order}`, async () => {
    const key = makeKey()
    const ordered = (...copies: readonly Key[]) =>
      (order === 'one first' ? copies : copies.toReversed()).map(({ publicBinary }) => publicBinary)
    const ending = await read(...ordered(key, key.with({ expires: present - day })))
    assert.is(ending.parts[0]?.validUntil, present - day)
    assert.is((await read(...ordered(key, key.with({ flags: 0x01 })))).parts[0]?.forSigning, false)
    const sixth = makeKey({ version: 6, algorithm: 'ed25519' })
    assert.is((await read(...ordered(sixth, sixth.with({ flags: 0x01 })))).parts[0]?.forSigning, false)
    const later = key.with({ flags: 0x01, selfSignedAt: key.created - 1 })
    assert.is((await read(...ordered(key, later))).parts[0]?.forSigning, true)
  })

const counting: readonly (readonly [name: string, shape: SignatureShape])[] = [
  ['over SHA-1', { hash: 2 }],
  ['over SHA-224', { hash: 11 }],
  ['over SHA-512', { hash: 10 }],
  ['of type 0x10', { type: 0x10 }],
  ['a little in the future', { at: present + 200 }],
  [
    'with an unknown subpacket that is not critical',
    { alsoHashed: [mayEverything, subpackets.unknown(false)] },
  ],
  ['with a notation', { alsoHashed: [mayEverything, subpackets.notation('a@example.org', 'b')] }],
  ['with a critical subpacket in the area that is not signed', { unhashed: [subpackets.unknown(true)] }],
  [
    'with the issuer only where it is not signed',
    { hashed: [subpackets.created(present - day), mayEverything] },
  ],
  ['with a wrong prefix of its hash', { prefix: Uint8Array.of(0, 0) }],
]
for (const [name, shape] of counting)
  primary(`counts: ${name}`, async () => {
    const key = makeKey()
    const { parts } = await read(
      bytes(bare(key), certified(key, 'A', { alsoHashed: [mayEverything], ...shape })),
    )
    assert.is(parts[0]?.forSigning, true)
  })

const notCounting: readonly (readonly [name: string, shape: SignatureShape])[] = [
  ['over MD5', { hash: 1 }],
  ['over RIPEMD-160', { hash: 3 }],
  ['in the future', { at: present + 400 }],
  ['dated before its key', { at: present - 31 * day }],
  ['with an unknown critical subpacket', { alsoHashed: [mayEverything, subpackets.unknown(true)] }],
  [
    'with a critical notation',
    { alsoHashed: [mayEverything, subpackets.notation('a@example.org', 'b', true)] },
  ],
  [
    'expired itself',
    { at: present - 2 * day, alsoHashed: [mayEverything, subpackets.signatureExpires(day)] },
  ],
  ['without its time', { hashed: [mayEverything] }],
  ['of version 3', { version: 3 }],
  ['of another version than the key', { version: 6 }],
  ['naming another algorithm', { algorithmId: 1 }],
  ['forged', { fields: fields => fields.map((octet, at) => (at === fields.length - 1 ? octet ^ 1 : octet)) }],
  ['of type 0x00', { type: 0x00 }],
  ['of type 0x18', { type: 0x18 }],
  ['of type 0x1f', { type: 0x1f }],
]
for (const [name, shape] of notCounting)
  primary(`does not count: ${name}`, async () => {
    const key = makeKey()
    const made = certified(key, 'A', { alsoHashed: [mayEverything], ...shape })
    const read1 = await read(bytes(bare(key), made))
    assert.match(read1.unusable ?? '', /^no self-signature/)
    assert.equal(read1.parts, [])
    const { parts } = await read(
      bytes(bare(key), certified(key, 'A', { at: key.created, alsoHashed: [mayCertify] }), made),
    )
    assert.is(parts[0]?.forSigning, false, 'the older one rules')
  })

primary('a digest that is too short for the curve: does not count', async () => {
  const signs = async (algorithm: Algorithm, hash: number) =>
    (await read(makeKey({ algorithm, selfSignature: { hash } }).publicBinary)).parts[0]?.forSigning
  assert.equal([await signs('p384', 9), await signs('p384', 8)], [true, undefined])
  assert.equal([await signs('p521', 10), await signs('p521', 9)], [true, undefined])
  assert.equal([await signs('rsa2048', 2), await signs('p256', 2)], [true, undefined])
})

primary('by another key, or over another key or user id: does not count', async () => {
  const key = makeKey()
  const other = makeKey()
  const shape = { alsoHashed: [mayEverything] }
  const byOther = certified(key, 'A', { ...shape, hashed: [subpackets.created(present)] }, other.primary)
  assert.ok((await read(bytes(bare(key), byOther))).unusable)
  const namesKey = [
    subpackets.created(present),
    subpackets.issuerFingerprint(4, key.fingerprint),
    mayEverything,
  ]
  const asKey = certified(key, 'A', { hashed: namesKey, unhashed: [] }, other.primary)
  assert.ok((await read(bytes(bare(key), asKey))).unusable)
  const signature = certified(key, 'Alice', shape).subarray(2 + 5)
  assert.is((await read(bytes(bare(key), packet(13, text('Alice')), signature))).unusable, null)
  assert.ok((await read(bytes(bare(key), packet(13, text('Mallory')), signature))).unusable)
})

primary('without key flags it is not for signing', async () => {
  const { parts, unusable } = await read(makeKey({ flags: null }).publicBinary)
  assert.is(parts[0]?.forSigning, false)
  assert.is(unusable, 'no part of it is for signing')
})

primary('where the area that is not signed says more, that is not believed', async () => {
  const key = makeKey()
  const shape = { unhashed: [mayEverything, subpackets.issuer(key.keyId)] }
  assert.is((await read(bytes(bare(key), certified(key, 'A', shape)))).parts[0]?.forSigning, false)
})

primary('a self-signature that will expire ends what it says', async () => {
  const key = makeKey()
  const shape = { at: present - day, alsoHashed: [mayEverything, subpackets.signatureExpires(3 * day)] }
  assert.is(
    (await read(bytes(bare(key), certified(key, 'A', shape)))).parts[0]?.validUntil,
    present + 2 * day,
  )
})

primary('a revoked user id no longer speaks, unless it was certified again', async () => {
  const key = makeKey()
  const userId = text('old')
  const data = bytes(frame(key.primary), 0xb4, uint32(userId.length), userId)
  const revokedAt = (at: number, by = key.primary) => signaturePacket(by, data, { type: 0x30, at })
  const old = certified(key, 'old', { at: present - 3 * day, alsoHashed: [mayEverything] })
  const other = certified(key, 'other', { at: present - 9 * day, alsoHashed: [mayCertify] })
  const signs = async (...parts: readonly Uint8Array[]) =>
    (await read(bytes(bare(key), ...parts))).parts[0]?.forSigning
  assert.is(await signs(other, old), true)
  assert.is(await signs(other, old, revokedAt(present - 2 * day)), false)
  assert.is(await signs(other, old, revokedAt(present + 9 * day)), false)
  assert.is(await signs(other, old, revokedAt(present - 4 * day)), true)
  assert.is(await signs(other, old, revokedAt(present - 2 * day, makeSecret('eddsa', 4, present))), true)
  assert.ok((await read(bytes(bare(key), old, revokedAt(present - 2 * day)))).unusable)
})

primary('a direct-key signature speaks too: what both voices let the key do, it may do', async () => {
  const key = makeKey()
  const alone = await read(bytes(bare(key), direct(key, { alsoHashed: [mayEverything] })))
  assert.is(alone.parts[0]?.forSigning, true)
  const named = certified(key, 'A', { alsoHashed: [mayEverything, subpackets.keyExpires(90 * day)] })
  const limited = await read(
    bytes(bare(key), direct(key, { alsoHashed: [mayEverything, subpackets.keyExpires(60 * day)] }), named),
  )
  assert.is(limited.parts[0]?.validUntil, key.created + 60 * day)
  const certifyOnly = await read(bytes(bare(key), direct(key, { alsoHashed: [mayCertify] }), named))
  assert.is(certifyOnly.parts[0]?.forSigning, false)
})

primary('a newer signature that says nothing of the key does not silence the one that does', async () => {
  const key = makeKey()
  const says = { at: present - 9 * day, alsoHashed: [mayEverything, subpackets.keyExpires(60 * day)] }
  const appointment = direct(key, { alsoHashed: [subpacket(12, bytes(0x80, 22, new Uint8Array(20)))] })
  const { parts } = await read(
    bytes(bare(key), appointment, certified(key, 'A', says), certified(key, 'B', {})),
  )
  assert.is(parts[0]?.forSigning, true)
  assert.is(parts[0]?.validUntil, key.created + 60 * day)
  const limiting = direct(key, { at: present - 9 * day, alsoHashed: [mayCertify] })
  const limited = await read(bytes(bare(key), appointment, limiting, certified(key, 'A', says)))
  assert.is(limited.parts[0]?.forSigning, false)
  const six = makeKey({ version: 6, algorithm: 'ed25519', expires: present + day })
  const further = await read(bytes(six.publicBinary, certified(six, 'further', { at: present })))
  assert.is(further.parts[0]?.forSigning, true)
  assert.is(further.parts[0]?.validUntil, present + day)
  assert.equal(further.userIds, ['Alice <alice@example.org>', 'further'])
})

primary('a version 6 salt of the wrong length does not count', async () => {
  const key = makeKey({ version: 6, algorithm: 'ed25519', selfSignature: null })
  const shape = { alsoHashed: [mayEverything] }
  assert.is((await read(bytes(bare(key), direct(key, shape)))).unusable, null)
  assert.ok((await read(bytes(bare(key), direct(key, { ...shape, salt: new Uint8Array(8) })))).unusable)
})

primary.run()

const subkeys = suite('binding signatures of subkeys')

/** The first subkey as a part, or null. */
async function subkeyOf(...contents: readonly Uint8Array[]) {
  const { parts } = await read(...contents)
  return parts.find(part => part.fingerprint !== part.primary) ?? null
}

subkeys('it signs where its primary key binds it and it vouches for its primary key', async () => {
  const key = makeKey({ created: present - 9 * day, subkeys: [{ created: present - 5 * day }] })
  const part = await subkeyOf(key.publicBinary)
  assert.is(part?.forSigning, true)
  assert.is(part?.validFrom, present - 5 * day)
  assert.is(part?.primary, key.fingerprint)
})

subkeys('it is valid no sooner and no longer than its primary key', async () => {
  const key = makeKey({
    created: present - 5 * day,
    expires: present + day,
    subkeys: [{ created: present - 9 * day, boundAt: present - 5 * day, expires: present + 2 * day }],
  })
  const part = await subkeyOf(key.publicBinary)
  assert.is(part?.validFrom, present - 5 * day)
  assert.is(part?.validUntil, present + day)
  const shorter = await subkeyOf(
    key.with({ subkeys: [{ boundAt: present - day, expires: present }] }).publicBinary,
  )
  assert.is(shorter?.validUntil, present)
})

for (const order of ['one first', 'the other first'])
  subkeys(`bound twice in one second, it may do what both let it do: ${order}`, async () => {
    const key = makeKey({ subkeys: [{}] })
    const bound = (changes: SubkeyOptions) => {
      const copies = [key.publicBinary, key.with({ subkeys: [changes] }).publicBinary]
      return subkeyOf(...(order === 'one first' ? copies : copies.reverse()))
    }
    assert.is((await bound({ expires: present - day }))?.validUntil, present - day)
    assert.is((await bound({ flags: 0x04 }))?.forSigning, false)
    assert.is((await bound({ backSignature: 'none' }))?.forSigning, false)
    assert.is((await bound({ flags: 0x04, boundAt: key.created + 1 }))?.forSigning, false)
    assert.is((await bound({ boundAt: key.created + 1 }))?.forSigning, true)
  })

const none: readonly (readonly [name: string, key: Key])[] = [
  ['no binding', makeKey({ subkeys: [{ binding: { type: 0x13 } }] })],
  ['a binding over MD5', makeKey({ subkeys: [{ binding: { hash: 1 } }] })],
  ['a binding in the future', makeKey({ subkeys: [{ boundAt: present + 400 }] })],
  [
    'an expired binding',
    makeKey({ subkeys: [{ binding: { alsoHashed: [subpackets.signatureExpires(day)] } }] }),
  ],
  [
    'an unknown critical demand',
    makeKey({ subkeys: [{ binding: { alsoHashed: [subpackets.unknown(true)] } }] }),
  ],
]
for (const [name, key] of none)
  subkeys(`no part of the key: ${name}`, async () => {
    assert.is(await subkeyOf(key.publicBinary), null)
    assert.is((await read(key.publicBinary)).unusable, null)
  })

subkeys('not for signing: a subkey that a primary key of RSA below 2048 bits vouches for', async () => {
  const bound = (algorithm: 'rsa1024' | 'rsa2048') =>
    subkeyOf(makeKey({ algorithm, subkeys: [{ algorithm: 'eddsa' }] }).publicBinary)
  assert.is((await bound('rsa1024'))?.forSigning, false)
  assert.is((await bound('rsa2048'))?.forSigning, true)
})

subkeys("a stranger's subkey that was appended is no part of the key", async () => {
  const stranger = makeKey({ subkeys: [{}] })
  const own = stranger.subkeys[0]
  if (own === undefined) throw new Error('no subkey')
  const data = bytes(frame(witness.primary), frame(own))
  const shape = { type: 0x18, alsoHashed: [subpackets.keyFlags(2)] }
  for (const by of [stranger.primary, own]) {
    const binding = signaturePacket(by, data, shape)
    const claiming = signaturePacket(by, data, {
      ...shape,
      hashed: [subpackets.created(present), subpackets.issuerFingerprint(4, witness.fingerprint)],
      unhashed: [],
    })
    for (const signature of [binding, claiming])
      assert.is(await subkeyOf(bytes(witness.publicBinary, packet(14, own.publicBody), signature)), null)
  }
})

for (const backSignature of ['none', 'foreign'] as const)
  subkeys(`not for signing: back-signature ${backSignature}`, async () => {
    const part = await subkeyOf(makeKey({ subkeys: [{ backSignature }] }).publicBinary)
    assert.is(part?.forSigning, false)
  })

subkeys('not for signing: a back-signature over MD5, of another type, for another primary key', async () => {
  const key = makeKey()
  const subkey = makeSecret('eddsa', 4, key.created)
  const data = bytes(frame(key.primary), frame(subkey))
  const bound = (back: Uint8Array) => {
    const alsoHashed = [subpackets.keyFlags(2), subpackets.embedded(back)]
    const binding = signaturePacket(key.primary, data, { type: 0x18, alsoHashed })
    return subkeyOf(bytes(key.publicBinary, packet(14, subkey.publicBody), binding))
  }
  const back = (shape: SignatureShape, over = data) => signatureBody(subkey, over, { type: 0x19, ...shape })
  assert.is((await bound(back({})))?.forSigning, true)
  assert.is((await bound(back({ hash: 2 })))?.forSigning, true)
  assert.is((await bound(back({ hash: 1 })))?.forSigning, false)
  assert.is((await bound(back({ type: 0x18 })))?.forSigning, false)
  assert.is((await bound(back({ at: present + 400 })))?.forSigning, false)
  assert.is((await bound(back({ alsoHashed: [subpackets.unknown(true)] })))?.forSigning, false)
  assert.is((await bound(back({}, bytes(frame(witness.primary), frame(subkey)))))?.forSigning, false)
})

for (const flags of [null, 0x00, 0x01, 0x0c, 0x20])
  subkeys(`not for signing: key flags ${flags}`, async () => {
    assert.is((await subkeyOf(makeKey({ subkeys: [{ flags }] }).publicBinary))?.forSigning, false)
  })

subkeys('the newest binding rules', async () => {
  const older = makeKey({ subkeys: [{ expires: present - day }] })
  const longer = older.with({ subkeys: [{ boundAt: present - day, expires: present + day }] })
  assert.is((await subkeyOf(longer.publicBinary, older.publicBinary))?.validUntil, present + day)
  const useless = older.with({ subkeys: [{ boundAt: present - day, flags: 0x0c }] })
  assert.is((await subkeyOf(older.publicBinary, useless.publicBinary))?.forSigning, false)
  const unvouched = older.with({ subkeys: [{ boundAt: present - day, backSignature: 'none' }] })
  assert.is((await subkeyOf(older.publicBinary, unvouched.publicBinary))?.forSigning, false)
})

subkeys('a subkey of another version than its primary key is no part of it', async () => {
  const key = makeKey({ version: 4 })
  const subkey = makeSecret('ed25519', 6, key.created)
  const data = bytes(0x99, uint16(key.primary.publicBody.length), key.primary.publicBody, frame(subkey))
  const binding = signaturePacket(key.primary, data, { type: 0x18, alsoHashed: [subpackets.keyFlags(2)] })
  assert.is(await subkeyOf(bytes(key.publicBinary, packet(14, subkey.publicBody), binding)), null)
})

subkeys('the primary key as its own subkey stays one part', async () => {
  const key = makeKey()
  const data = bytes(frame(key.primary), frame(key.primary))
  const binding = signaturePacket(key.primary, data, { type: 0x18, alsoHashed: [subpackets.keyFlags(0x0c)] })
  const { parts } = await read(bytes(key.publicBinary, packet(14, key.primary.publicBody), binding))
  assert.equal(
    parts.map(part => part.forSigning),
    [true],
  )
})

subkeys.run()
