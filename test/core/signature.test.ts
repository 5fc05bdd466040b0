import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import { hex } from '../../src/core/packet.ts'
import {
  type DocumentSignature,
  parseSignature,
  parseSignaturePackets,
  type Signature,
} from '../../src/core/signature.ts'
import { makeKey } from '../support/keys.ts'
import { armor, bytes, packet, subpacket, subpackets, text, uint32 } from '../support/packets.ts'
import { type SignatureShape, signatureBody, signaturePacket } from '../support/signature-packet.ts'
import { suite } from '../support/suite.ts'

const test = suite('signature')
const alice = makeKey({ name: 'Alice' })
const six = makeKey({ name: 'Six', version: 6, algorithm: 'ed25519' })
const rsa = makeKey({ name: 'Rsa', algorithm: 'rsa2048' })
const payload = text('payload')
const at = 1_700_000_000

function packetOf(shape: SignatureShape = {}, key = alice): Uint8Array {
  return signaturePacket(key.primary, payload, { at, ...shape })
}

function parse(shape: SignatureShape = {}, key = alice): Signature {
  return parseSignature(text(armor(packetOf(shape, key))))
}

function document(signature: Signature): DocumentSignature {
  if (signature.kind !== 'document')
    throw new Error(`${signature.kind}: ${'detail' in signature ? signature.detail : ''}`)
  return signature
}

function detail(signature: Signature): string | null {
  return 'detail' in signature ? signature.detail : null
}

test('a signature says which key made it, when, and over which hash', () => {
  const signature = document(parse({ hash: 10 }))
  assert.is(signature.version, 4)
  assert.is(signature.algorithm, 'eddsa')
  assert.is(signature.hash, 'sha512')
  assert.is(signature.at, at)
  assert.is(signature.expires, null)
  assert.equal(signature.issuer, { fingerprint: alice.fingerprint, keyId: alice.keyId })
  assert.is(signature.salt.length, 0)
  assert.is(signature.values.length, 2)
})

test('one of version 6 carries its salt, and its trailer says version 6', () => {
  const signature = document(parse({}, six))
  assert.is(signature.version, 6)
  assert.is(signature.algorithm, 'ed25519')
  assert.equal(signature.issuer, { fingerprint: six.fingerprint, keyId: six.keyId })
  assert.is(signature.salt.length, 16)
  assert.equal([...signature.trailer.subarray(-6, -4)], [6, 0xff])
})

test('the trailer is the signed part of the packet and its length. RFC 9580 §5.2.4', () => {
  const body = signatureBody(alice.primary, payload, { at })
  const signature = document(parseSignaturePackets(packet(2, body)))
  const hashedEnd = 6 + ((body[4] ?? 0) << 8) + (body[5] ?? 0)
  assert.is(hex(signature.trailer), hex(bytes(body.subarray(0, hashedEnd), 4, 0xff, uint32(hashedEnd))))
})

const hashes = [
  [1, 'md5'],
  [2, 'sha1'],
  [3, 'ripemd160'],
  [8, 'sha256'],
  [9, 'sha384'],
  [10, 'sha512'],
  [11, 'sha224'],
  [12, 'sha3-256'],
  [14, 'sha3-512'],
] as const

for (const [id, name] of hashes)
  test(`hash algorithm ${id} is ${name}`, () => {
    assert.is(document(parse({ hash: id }, rsa)).hash, name)
  })

for (const type of [1, 2, 0x10, 0x11, 0x12, 0x13, 0x18, 0x19, 0x1f, 0x20, 0x28, 0x30, 0x40, 0x50, 0x60, 0xff])
  test(`type 0x${type.toString(16).padStart(2, '0')} is not over a document`, () => {
    assert.is(detail(parse({ type }))?.includes('which is not over a document'), true)
  })

for (const version of [0, 1, 2, 3, 5, 7, 255])
  test(`version ${version} is not supported`, () => {
    const body = Uint8Array.from(signatureBody(alice.primary, payload, version === 3 ? { version } : {}))
    body[0] = version
    assert.equal(parseSignaturePackets(packet(2, body)), {
      kind: 'unsupported',
      detail: `a signature of version ${version}`,
    })
  })

for (const algorithmId of [0, 2, 16, 17, 18, 20, 21, 23, 25, 26, 99, 100, 255])
  test(`public-key algorithm ${algorithmId} is not supported`, () => {
    assert.is(detail(parse({ algorithmId })), `public-key algorithm ${algorithmId}`)
  })

for (const hash of [0, 4, 5, 6, 7, 13, 15, 100, 255])
  test(`hash algorithm ${hash} is not supported`, () => {
    const body = Uint8Array.from(signatureBody(alice.primary, payload))
    body[3] = hash
    assert.is(detail(parseSignaturePackets(packet(2, body))), `hash algorithm ${hash}`)
  })

const time = subpackets.created(at)
const fingerprint = subpackets.issuerFingerprint(4, alice.fingerprint)
const keyId = subpackets.issuer(alice.keyId)
const stranger = 'F'.repeat(40)

const issuers: readonly [what: string, shape: SignatureShape, expected: DocumentSignature['issuer']][] = [
  [
    'a fingerprint that is signed',
    { hashed: [time, fingerprint], unhashed: [] },
    { fingerprint: alice.fingerprint, keyId: alice.keyId },
  ],
  [
    'a fingerprint that is not signed',
    { hashed: [time], unhashed: [fingerprint] },
    { fingerprint: alice.fingerprint, keyId: alice.keyId },
  ],
  [
    'a key id that is signed',
    { hashed: [time, keyId], unhashed: [] },
    { fingerprint: null, keyId: alice.keyId },
  ],
  [
    'a key id that is not signed',
    { hashed: [time], unhashed: [keyId] },
    { fingerprint: null, keyId: alice.keyId },
  ],
  [
    'both, and both twice',
    { hashed: [time, fingerprint, keyId], unhashed: [fingerprint, keyId] },
    { fingerprint: alice.fingerprint, keyId: alice.keyId },
  ],
]

for (const [what, shape, expected] of issuers)
  test(`the issuer from ${what}`, () => {
    assert.equal(document(parse(shape)).issuer, expected)
  })

const unclear: readonly [what: string, shape: SignatureShape][] = [
  ['no issuer', { hashed: [time], unhashed: [] }],
  ['a key id of another key', { hashed: [time, fingerprint], unhashed: [subpackets.issuer('F'.repeat(16))] }],
  ['two key ids', { hashed: [time, keyId], unhashed: [subpackets.issuer('F'.repeat(16))] }],
  [
    'two fingerprints',
    { hashed: [time, fingerprint], unhashed: [subpackets.issuerFingerprint(4, stranger)] },
  ],
  [
    'a fingerprint of another version',
    { hashed: [time], unhashed: [subpackets.issuerFingerprint(6, 'F'.repeat(64))] },
  ],
  [
    'a fingerprint that is too short',
    { hashed: [time], unhashed: [subpackets.issuerFingerprint(4, 'F'.repeat(38))] },
  ],
  ['a fingerprint that is empty', { hashed: [time], unhashed: [subpacket(33, bytes())] }],
  ['a key id that is too short', { hashed: [time], unhashed: [subpackets.issuer('F'.repeat(14))] }],
  ['a key id that is too long', { hashed: [time], unhashed: [subpackets.issuer('F'.repeat(18))] }],
]

for (const [what, shape] of unclear)
  test(`${what}: it does not say clearly which key made it`, () => {
    assert.equal(parse(shape), { kind: 'unreadable', detail: 'it does not say clearly which key made it' })
  })

const untimed: readonly [what: string, shape: SignatureShape][] = [
  ['no time', { hashed: [fingerprint] }],
  ['a time that is not signed', { hashed: [fingerprint], unhashed: [time] }],
  ['two times', { hashed: [time, subpackets.created(at + 1), fingerprint] }],
  ['the same time twice', { hashed: [time, time, fingerprint] }],
  ['a time of three octets', { hashed: [subpacket(2, bytes(1, 2, 3)), fingerprint] }],
  ['a time of five octets', { hashed: [subpacket(2, bytes(1, 2, 3, 4, 5)), fingerprint] }],
]

for (const [what, shape] of untimed)
  test(`${what}: it does not say once when it was made`, () => {
    assert.equal(parse(shape), { kind: 'unreadable', detail: 'it does not say once when it was made' })
  })

test('the expiry counts from when it was made; zero is never; one that is not signed does not count', () => {
  assert.is(document(parse({ alsoHashed: [subpackets.signatureExpires(60)] })).expires, at + 60)
  assert.is(
    document(parse({ alsoHashed: [subpackets.signatureExpires(0xffffffff)] })).expires,
    at + 0xffffffff,
  )
  assert.is(document(parse({ alsoHashed: [subpackets.signatureExpires(0)] })).expires, null)
  assert.is(document(parse({ unhashed: [subpackets.signatureExpires(60)] })).expires, null)
})

for (const [what, odd] of [
  ['twice', [subpackets.signatureExpires(60), subpackets.signatureExpires(90)]],
  ['of three octets', [subpacket(3, bytes(0, 0, 1))]],
  ['of five octets', [subpacket(3, bytes(0, 0, 0, 0, 1))]],
  ['of none', [subpacket(3, bytes())]],
] as const)
  test(`an expiry ${what} is malformed`, () => {
    assert.equal(parse({ alsoHashed: odd }), { kind: 'unreadable', detail: 'its expiry is malformed' })
  })

test('what is critical must be understood, wherever it stands', () => {
  for (const area of ['alsoHashed', 'unhashed'] as const) {
    assert.is(detail(parse({ [area]: [subpackets.unknown(true)] })), 'a critical subpacket of type 99')
    assert.is(
      detail(parse({ [area]: [subpackets.notation('a@b', 'c', true)] })),
      'a critical subpacket of type 20',
    )
    assert.is(document(parse({ [area]: [keyId, subpackets.unknown(false)] })).at, at)
    assert.is(document(parse({ [area]: [keyId, subpackets.notation('a@b', 'c')] })).at, at)
  }
  const critical = [
    subpackets.created(at, true),
    subpacket(33, bytes(4, Buffer.from(alice.fingerprint, 'hex')), true),
  ]
  assert.is(document(parse({ hashed: [...critical, subpacket(28, text('alice'), true)] })).at, at)
})

test('areas whose lengths do not add up are malformed', () => {
  assert.is(detail(parse({ alsoHashed: [bytes(0)] })), 'its subpackets are malformed')
  assert.is(detail(parse({ unhashed: [keyId, bytes(9, 1)] })), 'its subpackets are malformed')
})

const numbers: readonly [what: string, fields: (fields: Uint8Array) => Uint8Array, key?: typeof alice][] = [
  ['an octet too many', fields => bytes(fields, 0)],
  ['an octet too few', fields => fields.subarray(0, -1)],
  ['none', () => bytes()],
  [
    'one where two belong',
    fields => fields.subarray(0, 2 + (((fields[0] ?? 0) * 256 + (fields[1] ?? 0) + 7) >> 3)),
  ],
  ['three where two belong', fields => bytes(fields, 0, 1, 1)],
  ['a number of no bits', fields => bytes(0, 0, fields)],
  ['two where one belongs', fields => bytes(fields, fields), rsa],
  ['an octet too few for the salt', fields => fields.subarray(0, -1), six],
  ['an octet too many behind the salt', fields => bytes(fields, 0), six],
]

for (const [what, fields, key] of numbers)
  test(`numbers: ${what}`, () => {
    assert.equal(parse({ fields }, key), { kind: 'unreadable', detail: 'its numbers are malformed' })
  })

test('numbers with leading zeros are read as they stand', () => {
  const zeros = (fields: Uint8Array) => bytes(0x08, 0x10, 0, 0, fields.subarray(2))
  assert.is(document(parse({ fields: zeros }, rsa)).values[0]?.length, 258)
})

test('a salt of another size than the hash asks for is malformed', () => {
  for (const size of [0, 15, 17, 32])
    assert.is(detail(parse({ salt: new Uint8Array(size) }, six)), 'its salt is malformed')
  assert.is(document(parse({ hash: 10 }, six)).salt.length, 32)
  assert.is(detail(parse({ hash: 2 }, six)), 'its salt is malformed')
})

test('a wrong hash prefix proves nothing and is not judged by', () => {
  assert.is(parse({ prefix: bytes(0, 0) }).kind, 'document')
})

test('exactly one packet, of type 2', () => {
  const one = packetOf()
  assert.is(parseSignaturePackets(one).kind, 'document')
  assert.is(parseSignaturePackets(bytes(one, one)).kind, 'several')
  assert.is(parseSignaturePackets(bytes(one, packetOf({}, six))).kind, 'several')
  assert.is(parseSignaturePackets(bytes(one, packetOf({ version: 3 }))).kind, 'several')
  assert.is(detail(parseSignaturePackets(bytes(one, packet(10, text('PGP'))))), 'bytes follow its packet')
  assert.is(detail(parseSignaturePackets(bytes(one, 0))), 'bytes follow its packet')
  assert.is(
    detail(parseSignaturePackets(bytes(packet(10, text('PGP')), one))),
    'it holds a packet of type 10',
  )
  assert.is(detail(parseSignaturePackets(packet(8, one))), 'it holds a packet of type 8')
  assert.is(
    detail(parseSignaturePackets(packet(4, bytes(3, 0, 8, 22, new Uint8Array(8), 1)))),
    'it holds a packet of type 4',
  )
  assert.is(detail(parseSignaturePackets(alice.publicBinary)), 'it holds a packet of type 6')
  assert.is(detail(parseSignaturePackets(bytes())), 'its packet is malformed')
  assert.is(detail(parseSignaturePackets(packet(2, bytes()))), 'a signature of version none')
})

test('a length in parts or none at all is malformed; both forms of a whole one are read', () => {
  const long = subpackets.notation('long@example.org', 'x'.repeat(1200))
  assert.is(detail(parse({ header: 'partial', alsoHashed: [long] })), 'its packet is malformed')
  assert.is(detail(parse({ header: 'indeterminate' })), 'its packet is malformed')
  assert.is(parse({ header: 'old' }).kind, 'document')
  assert.is(parse({ header: 'new5' }).kind, 'document')
})

const block = armor(packetOf())
const texts: readonly [what: string, given: string, expected: Signature['kind']][] = [
  [
    'a Version and a Comment',
    armor(packetOf(), { headers: ['Version: GnuPG v2', 'Comment: https://example.org'] }),
    'document',
  ],
  ['no checksum', armor(packetOf(), { crc: false }), 'document'],
  ['carriage returns', armor(packetOf(), { newline: '\r\n' }), 'document'],
  ['no newline at the end', block.trimEnd(), 'document'],
  ['empty lines behind it', `${block}\n\n`, 'document'],
  ['nothing', '', 'unreadable'],
  ['words', 'looks good to me\n', 'unreadable'],
  ['words in front', `x\n${block}`, 'unreadable'],
  ['an empty line in front', `\n${block}`, 'unreadable'],
  ['words behind', `${block}x\n`, 'unreadable'],
  ['no end', block.split('\n').slice(0, -2).join('\n'), 'unreadable'],
  ['two blocks', `${block}${block}`, 'several'],
  ['two blocks with words between', `${block}and\n${block}`, 'several'],
  ['two blocks of different makers', `${block}${six.sign(payload)}`, 'several'],
  ['a beginning inside a block', block.replace('\n\n', '\n\n-----BEGIN PGP SIGNATURE-----\n\n'), 'several'],
  ['a message', block.replaceAll('PGP SIGNATURE', 'PGP MESSAGE'), 'unreadable'],
  ['a public key', alice.publicArmored, 'unreadable'],
  ['a clear-signed text', `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nx\n${block}`, 'unreadable'],
  [
    'an SSH signature that is cut off',
    '-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n',
    'unreadable',
  ],
  [
    'an X.509 signature',
    '-----BEGIN SIGNED MESSAGE-----\nMIIB\n-----END SIGNED MESSAGE-----\n',
    'unsupported',
  ],
  ['an SSH signature in front of a good one', `-----BEGIN SSH SIGNATURE-----\n${block}`, 'several'],
  ['an SSH signature behind a good one', `${block}-----BEGIN SSH SIGNATURE-----\n`, 'several'],
]

for (const [what, given, expected] of texts)
  test(`${what}: ${expected}`, () => {
    assert.is(parseSignature(text(given)).kind, expected)
  })

test('arbitrary packets, and good ones with an octet changed, never throw', () => {
  const good = [packetOf(), packetOf({}, six), packetOf({ hash: 10 }, rsa)]
  const changed = fc
    .tuple(fc.constantFrom(...good), fc.nat(500), fc.nat(255), fc.nat(600))
    .map(([whole, at, octet, end]) => {
      const copy = Uint8Array.from(whole)
      copy[at % copy.length] = octet
      return copy.subarray(0, Math.max(end, 1))
    })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), changed), given => {
      for (const signature of [
        parseSignaturePackets(given),
        parseSignature(given),
        parseSignature(text(armor(given))),
      ])
        if (signature.kind === 'document') {
          assert.ok(signature.values.every(value => value.length > 0))
          assert.match(signature.issuer.keyId ?? '', /^[0-9A-F]{16}$/)
        } else assert.match(signature.kind, /^(several|unreadable|unsupported)$/)
    }),
    { numRuns: 4000 },
  )
})

test('every octet of a good signature packet is read: a shorter or longer one is none', () => {
  const whole = packetOf()
  for (let length = 0; length < whole.length; length++)
    assert.is(parseSignaturePackets(whole.subarray(0, length)).kind, 'unreadable')
})

test.run()
