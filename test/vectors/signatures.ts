import type { Key } from '../support/keys.ts'
import { armor, bytes, packet, subpacket, subpackets, text } from '../support/packets.ts'
import { type SignatureShape, signaturePacket } from '../support/signature-packet.ts'
import { type Add, at, day, newKey, verified } from './maker.ts'

/** What stands in the signature. */
export function addSignatures(add: Add, alice: Key): void {
  const ok = verified(alice)
  const shaped = (shape: SignatureShape) => ({
    signature: (payload: Uint8Array) => alice.sign(payload, { at, ...shape }),
  })
  const time = subpackets.created(at)
  const fingerprint = subpackets.issuerFingerprint(4, alice.fingerprint)
  const keyId = subpackets.issuer(alice.keyId)
  add(
    'good-key-id-alone',
    ok,
    'the issuer as a key id that is not signed, as GnuPG 1.4 wrote it',
    shaped({ hashed: [time], unhashed: [keyId] }),
  )
  add(
    'good-fingerprint-alone',
    ok,
    'the issuer as a signed fingerprint alone',
    shaped({ hashed: [time, fingerprint], unhashed: [] }),
  )
  add(
    'good-notation',
    ok,
    'a notation, not critical',
    shaped({ alsoHashed: [subpackets.notation('salt@example.org', 'x')] }),
  )
  add(
    'good-critical-time',
    ok,
    'time and issuer critical, as Sequoia writes them',
    shaped({
      hashed: [
        subpackets.created(at, true),
        subpacket(33, bytes(4, Buffer.from(alice.fingerprint, 'hex')), true),
      ],
    }),
  )
  add(
    'good-expires-later',
    ok,
    'a signature with an end that is not reached',
    shaped({ alsoHashed: [subpackets.signatureExpires(day)] }),
  )
  add(
    'good-prefix',
    ok,
    'a wrong hash prefix, as in some signatures by GitHub',
    shaped({ prefix: bytes(0, 0) }),
  )
  add('good-old-header', ok, 'an old packet header', shaped({ header: 'old' }))
  add('good-long-length', ok, 'a length in five octets', shaped({ header: 'new5' }))
  for (const [hash, name] of [
    [9, 'sha384'],
    [10, 'sha512'],
    [11, 'sha224'],
    [12, 'sha3-256'],
    [14, 'sha3-512'],
  ] as const)
    add(`good-${name}`, ok, `over ${name}`, shaped({ hash }))
  const dressed = (options: Parameters<typeof armor>[1]) => ({
    signature: (payload: Uint8Array) => armor(signaturePacket(alice.primary, payload, { at }), options),
  })
  add(
    'good-armor-headers',
    ok,
    'Version and Comment in the armor',
    dressed({ headers: ['Version: GnuPG v2', 'Comment: https://example.org/: x'] }),
  )
  add('good-armor-no-checksum', ok, 'armor without a checksum', dressed({ crc: false }))
  add('good-armor-crlf', ok, 'armor with carriage returns', dressed({ newline: '\r\n' }))
  add('good-armor-width', ok, 'armor of 76 columns', dressed({ width: 76 }))

  for (const [hash, name] of [
    [1, 'md5'],
    [2, 'sha1'],
    [3, 'ripemd160'],
  ] as const)
    add(`weak-${name}`, 'weak-hash', `over ${name}`, shaped({ hash }))
  for (const [type, what] of [
    [0x01, 'a text'],
    [0x02, 'nothing'],
    [0x10, 'a user id'],
    [0x13, 'a user id'],
    [0x18, 'a subkey'],
    [0x19, 'a primary key'],
    [0x1f, 'a key'],
    [0x20, 'a key that it revokes'],
    [0x28, 'a subkey that it revokes'],
    [0x30, 'a certification that it revokes'],
    [0x40, 'a timestamp'],
    [0x50, 'a third party’s signature'],
  ] as const)
    add(
      `type-${type.toString(16).padStart(2, '0')}`,
      'unsupported-signature',
      `type 0x${type.toString(16)}: over ${what}`,
      shaped({ type }),
    )
  add('version-3', 'unsupported-signature', 'version 3', shaped({ version: 3 }))
  add(
    'critical-notation',
    'unsupported-signature',
    'a critical notation',
    shaped({ alsoHashed: [subpackets.notation('only@example.org', 'for tests', true)] }),
  )
  add(
    'critical-unknown',
    'unsupported-signature',
    'a critical subpacket that nobody knows',
    shaped({ alsoHashed: [subpackets.unknown(true)] }),
  )
  add(
    'critical-unhashed',
    'unsupported-signature',
    'the same, not signed',
    shaped({ unhashed: [keyId, subpackets.unknown(true)] }),
  )

  add('no-issuer', 'unreadable-signature', 'no issuer', shaped({ hashed: [time], unhashed: [] }))
  add(
    'two-issuers',
    'unreadable-signature',
    'two issuers',
    shaped({ unhashed: [subpackets.issuer('F'.repeat(16))] }),
  )
  add('no-time', 'unreadable-signature', 'no time', shaped({ hashed: [fingerprint] }))
  add(
    'time-unhashed',
    'unreadable-signature',
    'a time that is not signed',
    shaped({ hashed: [fingerprint], unhashed: [time] }),
  )
  add(
    'two-times',
    'unreadable-signature',
    'two times',
    shaped({ hashed: [time, subpackets.created(at - day), fingerprint] }),
  )
  add(
    'partial-length',
    'unreadable-signature',
    'a length in parts',
    shaped({ header: 'partial', alsoHashed: [subpackets.notation('long@example.org', 'x'.repeat(1200))] }),
  )
  add('no-length', 'unreadable-signature', 'no length', shaped({ header: 'indeterminate' }))
  add(
    'cut-off',
    'unreadable-signature',
    'the last octet is missing',
    shaped({ fields: fields => fields.subarray(0, -1) }),
  )
  add(
    'octet-more',
    'unreadable-signature',
    'an octet too many',
    shaped({ fields: fields => bytes(fields, 0) }),
  )
  add('zeros', 'bad-signature', 'numbers that are one', shaped({ fields: () => bytes(0, 1, 1, 0, 1, 1) }))
  add('claims-alice', 'bad-signature', 'by a stranger who claims to be Alice', {
    by: newKey({ name: 'Mallory' }),
    shape: { hashed: [time, fingerprint], unhashed: [keyId] },
  })

  const packets = (make: (signature: Uint8Array, payload: Uint8Array) => Uint8Array, options = {}) => ({
    signature: (payload: Uint8Array) =>
      armor(make(signaturePacket(alice.primary, payload, { at }), payload), options),
  })
  const mallory = newKey({ name: 'Mallory' })
  add(
    'two-packets',
    'several-signatures',
    'two signature packets',
    packets(signature => bytes(signature, signature)),
  )
  add(
    'two-makers',
    'several-signatures',
    'packets of a stranger and of Alice',
    packets((signature, payload) => bytes(signaturePacket(mallory.primary, payload, { at }), signature)),
  )
  add(
    'marker-only',
    'unreadable-signature',
    'a marker packet: some libraries drop it and verify an empty list',
    packets(() => packet(10, text('PGP'))),
  )
  add(
    'marker-first',
    'unreadable-signature',
    'a marker packet in front',
    packets(signature => bytes(packet(10, text('PGP')), signature)),
  )
  add(
    'literal-behind',
    'unreadable-signature',
    'a literal packet behind',
    packets(signature => bytes(signature, packet(11, text('b\0\0\0\0\0x')))),
  )
  add(
    'one-pass',
    'unreadable-signature',
    'a one-pass signed message',
    packets((signature, payload) =>
      bytes(
        packet(4, bytes(3, 0, 8, 22, Buffer.from(alice.keyId, 'hex'), 1)),
        packet(11, bytes(text('b\0\0\0\0\0'), payload)),
        signature,
      ),
    ),
  )
  add(
    'message-armor',
    'unreadable-signature',
    'armored as a message',
    packets(signature => signature, { type: 'MESSAGE' }),
  )
  add('a-key', 'unreadable-signature', 'a key in the place of a signature', {
    signature: () => alice.publicArmored,
  })
  add('wrong-checksum', 'unreadable-signature', 'a wrong checksum', {
    signature: payload => alice.sign(payload, { at }).replace(/^=..../m, '=AAAA'),
  })
  add('text-in-front', 'unreadable-signature', 'text in front of the armor', {
    signature: payload => `x\n${alice.sign(payload, { at })}`,
  })
  add('text-behind', 'unreadable-signature', 'text behind the armor', {
    signature: payload => `${alice.sign(payload, { at })}x\n`,
  })
  add('two-blocks', 'several-signatures', 'two blocks', {
    signature: payload => `${alice.sign(payload, { at })}${alice.sign(payload, { at })}`,
  })
  add('clear-signed', 'unreadable-signature', 'a clear-signed text', {
    signature: payload =>
      `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nx\n${alice.sign(payload, { at })}`,
  })
  add('no-armor', 'unreadable-signature', 'words', { signature: () => 'looks good to me\n' })
}
