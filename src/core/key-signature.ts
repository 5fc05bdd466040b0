import type { KeyMaterial, KeySignature, Reading } from './certificate.ts'
import { type HashAlgorithm, isTooShort } from './hash-algorithm.ts'
import { hex, parseSubpackets, readNumber } from './packet.ts'

/** A signature packet as the package openpgp has read it; what it found where it is not signed is left out by it. */
export type ReadSignature = {
  readonly signatureType: number | null
  readonly hashAlgorithm: number | null
  readonly created: Date | null
  readonly signatureNeverExpires: boolean
  readonly signatureExpirationTime: number | null
  readonly issuerFingerprint: Uint8Array | null
  readonly issuerKeyID: { toHex(): string }
  readonly unknownSubpackets: readonly { readonly critical: boolean }[]
  readonly rawNotations: readonly { readonly critical: boolean }[]
  readonly keyExpirationTime: number | null
  readonly keyFlags: ArrayLike<number> | null
  readonly reasonForRevocationFlag: number | null
}

/** What it says. `body` is the packet's, where openpgp has not kept all of it. */
export function keySignatureOf(
  packet: ReadSignature,
  body: Uint8Array | null,
  isMadeBy: KeySignature['isMadeBy'],
): KeySignature {
  const created = Math.floor((packet.created?.getTime() ?? 0) / 1000)
  const { signatureNeverExpires, signatureExpirationTime, issuerFingerprint, issuerKeyID } = packet
  const keyId = issuerKeyID.toHex().toUpperCase()
  return {
    type: packet.signatureType ?? 0xff,
    created,
    expires: signatureNeverExpires ? null : created + (signatureExpirationTime ?? 0),
    issuer: {
      fingerprint: issuerFingerprint === null ? null : hex(issuerFingerprint),
      keyId: /^0*$/.test(keyId) ? null : keyId,
    },
    strong: packet.hashAlgorithm !== md5 && packet.hashAlgorithm !== ripemd160,
    understood: ![...packet.unknownSubpackets, ...packet.rawNotations].some(({ critical }) => critical),
    keyLifetime: packet.keyExpirationTime,
    flags: packet.keyFlags === null ? null : (packet.keyFlags[0] ?? 0),
    reason: packet.reasonForRevocationFlag,
    revokers: body === null ? [] : revokersIn(body),
    backSignature: null,
    isMadeBy,
  }
}

/** What is to be known of a signature that openpgp cannot read. Versions 2 and 3: RFC 9580 §5.2.2. */
export function unreadable(body: Uint8Array): Reading {
  const old = (body[0] ?? 0) < 4
  const keyId = old && body.length >= 15 ? hex(body.subarray(7, 15)) : null
  return { kind: 'unreadable', type: body[old ? 2 : 1] ?? 0, issuer: { fingerprint: null, keyId } }
}

const md5 = 1
const ripemd160 = 3

/**
 * The numbers of a signature in the fixed width that the arithmetic takes; null where one does not fit, or where the key
 * does not go with the hash.
 */
export function signatureValue(
  signing: KeyMaterial['signing'],
  hash: HashAlgorithm | undefined,
  numbers: { readonly [name in 'r' | 's' | 'RS']?: Uint8Array },
): Uint8Array | null {
  if (signing === null || hash === undefined || isTooShort(hash, signing)) return null
  const { algorithm, bits } = signing
  if (algorithm === 'ed25519' || algorithm === 'ed448') return numbers.RS ?? null
  const width = Math.ceil(bits / 8)
  const wanted = algorithm === 'rsa' ? [numbers.s] : [numbers.r, numbers.s]
  const value = new Uint8Array(width * wanted.length)
  for (const [index, number] of wanted.entries()) {
    // no fixed width in OpenPGP, and some programs write leading zeros
    const significant = number?.subarray(number.findIndex(octet => octet !== 0)) ?? new Uint8Array()
    if (significant.length === 0 || significant.length > width) return null
    value.set(significant, width * (index + 1) - significant.length)
  }
  return value
}

/** Each of them, where openpgp keeps the last alone. RFC 9580 §5.2.3.23. */
function revokersIn(body: Uint8Array): readonly string[] {
  if (body[0] !== 4) return []
  const subpackets = parseSubpackets(body.subarray(6, 6 + (readNumber(body, 4, 2) ?? 0))) ?? []
  return subpackets
    .filter(({ type, data }) => type === 12 && data.length === 22 && ((data[0] ?? 0) & 0x80) !== 0)
    .map(({ data }) => hex(data.subarray(2)))
}
