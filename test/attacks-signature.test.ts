import type { Attack } from './support/attacks.ts'
import { declareAttacks } from './support/attacks.ts'
import { commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { armor, bytes, hex, packet, subpacket, subpackets, text } from './support/packets.ts'
import { now, signatureBody, signaturePacket } from './support/signature-packet.ts'
import { suite } from './support/suite.ts'

/*
 * What other verifiers have taken for a good signature: packets that a library drops and then verifies an empty list,
 * messages in the place of a detached signature (CVE-2025-47934, CVE-2018-12020), numbers that anybody can write.
 */
const alice = makeKey()
const mallory = makeKey({ name: 'Mallory' })
const rsa = makeKey({ name: 'Rita', algorithm: 'rsa2048' })
const p256 = makeKey({ name: 'Petra', algorithm: 'p256' })

const inPackets = (
  name: string,
  make: (signature: Uint8Array, payload: Uint8Array) => Uint8Array,
  type?: string,
) =>
  commit(name, alice, {
    signature: payload =>
      armor(make(signaturePacket(alice.primary, payload), payload), type === undefined ? {} : { type }),
  })
const inText = (name: string, make: (payload: Uint8Array) => string) =>
  commit(name, alice, { signature: make })
const signed = (name: string) => commit(`beside ${name}`, alice)

const marker = packet(10, text('PGP'))
const onePass = (payload: Uint8Array) =>
  bytes(packet(4, bytes(3, 0, 8, 22, hex(alice.keyId), 1)), packet(11, bytes(text('b\0\0\0\0\0'), payload)))

const packets: readonly (readonly [name: string, code: Attack['code'], refused: Attack['refused']])[] = [
  ['a marker alone, which some drop', 'unreadable-signature', inPackets('a', () => marker)],
  ['a padding packet alone', 'unreadable-signature', inPackets('b', () => packet(21, text('xx')))],
  ['a marker in front', 'unreadable-signature', inPackets('c', signature => bytes(marker, signature))],
  [
    'a packet that nobody knows behind it',
    'unreadable-signature',
    inPackets('d', signature => bytes(signature, packet(60, text('x')))),
  ],
  [
    'a signed message with its content',
    'unreadable-signature',
    inPackets('e', (signature, payload) => bytes(onePass(payload), signature)),
  ],
  [
    'the same, armored as a message',
    'unreadable-signature',
    inPackets('f', (signature, payload) => bytes(onePass(payload), signature), 'MESSAGE'),
  ],
  [
    'a compressed packet around it',
    'unreadable-signature',
    inPackets('g', signature => packet(8, bytes(0, signature))),
  ],
  [
    'a packet in parts',
    'unreadable-signature',
    commit('h', alice, {
      shape: { header: 'partial', alsoHashed: [subpackets.notation('a@example.org', 'x'.repeat(1200))] },
    }),
  ],
  [
    'version 5, which libraries pass over',
    'unsupported-signature',
    inPackets('i', (_, payload) => packet(2, bytes(5, signatureBody(alice.primary, payload).subarray(1)))),
  ],
  ['a key in its place', 'unreadable-signature', inText('j', () => alice.publicArmored)],
  [
    'a clear-signed text',
    'unreadable-signature',
    inText('k', payload => `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nx\n${alice.sign(payload)}`),
  ],
  ['text in front of it', 'unreadable-signature', inText('l', payload => `x\n${alice.sign(payload)}`)],
  ['text behind it', 'unreadable-signature', inText('m', payload => `${alice.sign(payload)}x\n`)],
  [
    'a stranger’s block behind it, cut off',
    'several-signatures',
    inText('n', payload => `${alice.sign(payload)}${mallory.sign(payload).slice(0, 80)}\n`),
  ],
]

const test = suite('attacks: what is no detached signature')
declareAttacks(
  test,
  [alice],
  packets.map(([name, code, refused]) => ({ name, code, refused, accepted: signed(name) })),
)
test.run()

const at = now() - 60
const numbers: readonly Attack[] = [
  {
    name: 'RSA: the number one',
    code: 'bad-signature',
    refused: commit('one', rsa, { shape: { fields: () => bytes(0, 1, 1) } }),
    accepted: commit('by RSA', rsa),
  },
  {
    name: 'RSA: no number at all',
    code: 'unreadable-signature',
    refused: commit('none', rsa, { shape: { fields: () => bytes(0, 0) } }),
    accepted: commit('by RSA again', rsa),
  },
  {
    name: 'ECDSA: zeros with a length (CVE-2022-21449)',
    code: 'bad-signature',
    refused: commit('psychic', p256, { shape: { fields: () => bytes(0, 8, 0, 0, 8, 0) } }),
    accepted: commit('by ECDSA', p256),
  },
  {
    name: 'ECDSA: zeros without a length',
    code: 'unreadable-signature',
    refused: commit('zeros', p256, { shape: { fields: () => bytes(0, 0, 0, 0) } }),
    accepted: commit('by ECDSA again', p256),
  },
  {
    name: 'EdDSA: numbers that are one',
    code: 'bad-signature',
    refused: commit('ones', alice, { shape: { fields: () => bytes(0, 1, 1, 0, 1, 1) } }),
    accepted: commit('by EdDSA', alice),
  },
  {
    name: 'made for another algorithm than the key’s',
    code: 'bad-signature',
    refused: commit('algorithm', alice, { shape: { algorithmId: 19 } }),
    accepted: commit('by its own algorithm', alice, { shape: { algorithmId: 22 } }),
  },
  {
    name: 'the time moved after it was signed',
    code: 'bad-signature',
    refused: commit('moved', alice, {
      signature: payload => {
        const body = Buffer.from(signatureBody(alice.primary, payload, { at }))
        body.writeUInt32BE(at - 86400, body.indexOf(Buffer.of(5, 2)) + 2)
        return armor(packet(2, body))
      },
    }),
    accepted: commit('not moved', alice, { shape: { at } }),
  },
  {
    name: 'a stranger’s that names a trusted key by its key id alone, which is not signed',
    code: 'bad-signature',
    refused: commit('64 bits', mallory, {
      at,
      shape: { hashed: [subpackets.created(at)], unhashed: [subpackets.issuer(alice.keyId)] },
    }),
    accepted: commit('64 bits, her own', alice, {
      at,
      shape: { hashed: [subpackets.created(at)], unhashed: [subpackets.issuer(alice.keyId)] },
    }),
  },
  {
    name: 'two key ids, one of a stranger',
    code: 'unreadable-signature',
    refused: commit('two ids', alice, {
      shape: { unhashed: [subpackets.issuer(alice.keyId), subpackets.issuer(mallory.keyId)] },
    }),
    accepted: commit('one id, twice', alice, {
      shape: { unhashed: [subpackets.issuer(alice.keyId), subpackets.issuer(alice.keyId)] },
    }),
  },
  {
    name: 'an end of its own that is given twice',
    code: 'unreadable-signature',
    refused: commit('two ends', alice, {
      shape: { alsoHashed: [subpackets.signatureExpires(1), subpackets.signatureExpires(0)], at },
    }),
    accepted: commit('no end', alice, { shape: { alsoHashed: [subpackets.signatureExpires(0)], at } }),
  },
  {
    name: 'an end of three octets',
    code: 'unreadable-signature',
    refused: commit('three octets', alice, { shape: { alsoHashed: [subpacket(3, bytes(0, 0, 1))] } }),
    accepted: commit('an end tomorrow', alice, {
      shape: { alsoHashed: [subpackets.signatureExpires(86400)], at },
    }),
  },
]

const made = suite('attacks: numbers and what is signed with them')
declareAttacks(made, [alice, rsa, p256], numbers)
made.run()
