import type { ObjectFormat } from '../../src/core/oid.ts'
import type { Cast } from './cast.ts'
import { longAgo } from './cast.ts'
import { commit } from './history.ts'
import type { Key } from './keys.ts'
import { armor, bytes, packet, subpackets, text, unarmor } from './packets.ts'
import type { ReasonCase } from './reasons.ts'
import type { SignatureShape } from './signature-packet.ts'
import { signatureHeader } from './signed-object.ts'
import { makeSshKey, sshArmor } from './ssh-keys.ts'

/** Reasons that lie in the signature itself, and in what it is over. */
export function signatureReasons(cast: Cast, format: ObjectFormat): readonly ReasonCase[] {
  const { alice, mallory, rsa, dsa } = cast
  const stranger = makeSshKey('ed25519')
  const other = alice.sign(text('other content'))
  const headerOf = (armored: string) => signatureHeader(format, armored).trimEnd()
  const own = format === 'sha256' ? 'gpgsig-sha256' : 'gpgsig'
  const foreign = format === 'sha256' ? 'gpgsig' : 'gpgsig-sha256'
  const shaped = (name: string, shape: SignatureShape, key: Key = alice) => commit(name, key, { shape })
  const signed = (name: string, signature: (payload: Uint8Array) => string) =>
    commit(name, alice, { signature })
  const packed = (name: string, change: (packet: Uint8Array) => Uint8Array) =>
    signed(name, payload => armor(change(unarmor(alice.sign(payload)))))
  return [
    {
      code: 'unsigned',
      refused: [
        commit('no signature'),
        commit('a signature in the message', null, { message: `look\n\n${other}` }),
        commit('a signature in a header of another case', alice, { rewrite: swap(own, own.toUpperCase()) }),
        commit('a signature in a header of another name', alice, { rewrite: swap(own, 'signature') }),
        commit('a signature in the header of the other object format', alice, {
          rewrite: swap(own, foreign),
        }),
        commit('a signature in the author', null, { author: 'Alice -----BEGIN PGP SIGNATURE----- <a@x>' }),
        commit('a signature in a merged tag', null, { headers: [mergetag(alice)] }),
      ],
      accepted: [
        commit('a signature', alice),
        commit('a signature, and one in the message', alice, { message: `look\n\n${other}` }),
        commit('a signature, and one in a merged tag', alice, { headers: [mergetag(alice)] }),
      ],
    },
    {
      code: 'bad-signature',
      refused: [
        signed('the signature of other content', () => other),
        commit('the author changed', alice, { rewrite: swap('author Alice', 'author Alicia') }),
        commit('text added', alice, { rewrite: object => bytes(object, text('more\n')) }),
        commit('a header added', alice, { rewrite: swap('\n\n', '\nnote x\n\n') }),
        commit('a header taken out', alice, { headers: ['note x'], rewrite: swap('note x\n', '') }),
        commit('headers in another order', alice, {
          headers: ['note x', 'note y'],
          rewrite: swap('note x\nnote y', 'note y\nnote x'),
        }),
        commit('signed over LF, stored with CRLF', alice, {
          message: 'one\ntwo\n',
          rewrite: swap('one\ntwo\n', 'one\r\ntwo\r\n'),
        }),
        commit('signed over UTF-8, stored in Latin-1', alice, {
          headers: ['encoding ISO-8859-1'],
          message: 'Grüße\n',
          rewrite: swap('Gr\u00c3\u00bc\u00c3\u009fe', 'Gr\u00fc\u00dfe'),
        }),
        commit("a stranger's signature that names a trusted key", mallory, {
          at: longAgo,
          shape: {
            hashed: [subpackets.created(longAgo), subpackets.issuerFingerprint(4, alice.fingerprint)],
            unhashed: [subpackets.issuer(alice.keyId)],
          },
        }),
        signed('signed without the last line end', payload => alice.sign(payload.subarray(0, -1))),
      ],
      accepted: [
        commit('stored with CRLF, signed so', alice, { message: 'one\r\ntwo\r\n' }),
        commit('stored in Latin-1, signed so', alice, {
          headers: ['encoding ISO-8859-1'],
          message: Uint8Array.of(0x47, 0x72, 0xfc, 0xdf, 0x65, 0x0a),
        }),
        commit('two headers in their order', alice, { headers: ['note x', 'note y'] }),
      ],
    },
    {
      code: 'weak-hash',
      refused: [alice, rsa].flatMap(key =>
        [1, 2, 3].map(hash => shaped(`hash ${hash} by ${key.name}`, { hash }, key)),
      ),
      accepted: [alice, rsa].flatMap(key =>
        [8, 9, 10, 11, 12, 14].map(hash => shaped(`hash ${hash} by ${key.name}`, { hash }, key)),
      ),
    },
    {
      code: 'unreadable-signature',
      refused: [
        signed('a wrong checksum', payload => alice.sign(payload).replace(/^=....$/m, '=AAAA')),
        signed('no line that begins it', payload => alice.sign(payload).replace(/^.*\n/, '')),
        signed('a message in the place of a signature', payload =>
          armor(unarmor(alice.sign(payload)), { type: 'MESSAGE' }),
        ),
        signed('nothing in the armor', () => armor(new Uint8Array())),
        packed('a packet that is cut off', whole => whole.subarray(0, -1)),
        packed('a byte behind the packet', whole => bytes(whole, 0)),
        packed('another packet behind it', whole => bytes(whole, packet(13, text('Alice')))),
        shaped('a packet without a length', { header: 'indeterminate' }),
        shaped('no creation time', { hashed: [subpackets.issuerFingerprint(4, alice.fingerprint)] }),
        commit('a creation time that is not signed', alice, {
          at: longAgo,
          shape: { hashed: [], unhashed: [subpackets.created(longAgo), subpackets.issuer(alice.keyId)] },
        }),
        shaped('no word of which key made it', { hashed: [subpackets.created(longAgo)], unhashed: [] }),
        shaped('two keys named', { alsoHashed: [subpackets.issuerFingerprint(4, mallory.fingerprint)] }),
        shaped('two creation times', { alsoHashed: [subpackets.created(longAgo)] }),
      ],
      accepted: [
        signed('armor with Version and Comment', payload =>
          armor(unarmor(alice.sign(payload)), { headers: ['Version: GnuPG v2', 'Comment: hello'] }),
        ),
        signed('armor without a checksum', payload => armor(unarmor(alice.sign(payload)), { crc: false })),
        signed('armor with lines of 76 columns', payload =>
          armor(unarmor(alice.sign(payload)), { width: 76 }),
        ),
        shaped('an old packet header', { header: 'old' }),
        shaped('a packet header with five octets of length', { header: 'new5' }),
        shaped('a notation', { alsoHashed: [subpackets.notation('a@example.org', 'b')] }),
        shaped('a subpacket that nobody knows', { alsoHashed: [subpackets.unknown(false)] }),
        shaped("a wrong prefix of the digest, as some of GitHub's have", { prefix: Uint8Array.of(0, 0) }),
        shaped('a number with a leading zero', { fields: leadingZero }, rsa),
      ],
    },
    {
      code: 'unsupported-signature',
      refused: [
        ...[0x01, 0x02, 0x10, 0x13, 0x18, 0x19, 0x1f, 0x20, 0x28, 0x30, 0x40, 0x50].map(type =>
          shaped(`a signature of type 0x${type.toString(16)}`, { type }),
        ),
        shaped('a signature of version 3', { version: 3 }),
        shaped('DSA', {}, dsa),
        shaped('a critical notation', { alsoHashed: [subpackets.notation('a@example.org', 'b', true)] }),
        shaped('a critical subpacket that nobody knows', { alsoHashed: [subpackets.unknown(true)] }),
        signed('an SSH signature that is not for git', payload =>
          stranger.sign(payload, { namespace: 'file' }),
        ),
        signed('an X.509 signature', x509Block),
      ],
      accepted: [shaped('a critical creation time', { hashed: createdAndIssuer(alice) })],
    },
    {
      code: 'several-signatures',
      refused: [
        commit('two headers', alice, { headers: [headerOf(other)] }),
        commit('a header of each object format', alice, {
          headers: [headerOf(other).replace(own, foreign)],
        }),
        signed('two blocks in a header', payload => alice.sign(payload) + alice.sign(payload)),
        signed('two blocks by two makers', payload => alice.sign(payload) + mallory.sign(payload)),
        packed('two packets in a block', whole => bytes(whole, whole)),
      ],
      accepted: [commit('one, and a second one in the message', alice, { message: `two\n\n${other}` })],
    },
  ]
}

/** Puts one run of bytes in the place of another, where it comes first. */
function swap(from: string, to: string): (object: Uint8Array) => Uint8Array {
  return object => {
    const before = Buffer.from(object).toString('latin1')
    const after = before.replace(from, () => to)
    if (after === before) throw new Error(`the object has no ${from}`)
    return Buffer.from(after, 'latin1')
  }
}

/** As git writes a signed tag into the merge of it. */
export function mergetag(signer: Key): string {
  const tag = text(
    `object ${'1'.repeat(40)}\ntype commit\ntag v1\ntagger A <a@example.org> ${longAgo} +0000\n\nv1\n`,
  )
  const folded = Buffer.from(bytes(tag, text(signer.sign(tag))))
    .toString()
    .trimEnd()
    .replace(/\n/g, '\n ')
  return `mergetag ${folded}`
}

/** An RSA number one octet longer than it need be. RFC 9580 §3.2 allows no such thing; some programs write it. */
function leadingZero(fields: Uint8Array): Uint8Array {
  const bits = (fields.length - 2 + 1) * 8
  return bytes(bits >> 8, bits & 0xff, 0, fields.subarray(2))
}

function createdAndIssuer({ fingerprint }: Key): readonly Uint8Array[] {
  return [subpackets.created(longAgo, true), subpackets.issuerFingerprint(4, fingerprint)]
}

function x509Block(): string {
  return sshArmor(text('0'), 'SIGNED MESSAGE')
}
