import { concatenated } from './bytes.ts'

/** Curves of ECDSA by their names in GnuPG and Node.js, with the object identifier's content octets. RFC 9580 §9.2. */
export type Curve = {
  readonly name: string
  /** Size of the group's order. */
  readonly bits: number
  readonly oid: readonly number[]
}

export const curves: readonly Curve[] = [
  { name: 'nistp256', bits: 256, oid: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07] },
  { name: 'nistp384', bits: 384, oid: [0x2b, 0x81, 0x04, 0x00, 0x22] },
  { name: 'nistp521', bits: 521, oid: [0x2b, 0x81, 0x04, 0x00, 0x23] },
  { name: 'brainpoolP256r1', bits: 256, oid: [0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07] },
  { name: 'brainpoolP384r1', bits: 384, oid: [0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0b] },
  { name: 'brainpoolP512r1', bits: 512, oid: [0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0d] },
]

/** SubjectPublicKeyInfo of an RSA key from its modulus and exponent, big-endian. RFC 3279 §2.3.1. */
export function spkiOfRsa(modulus: Uint8Array, exponent: Uint8Array): Uint8Array {
  const key = sequence(integer(modulus), integer(exponent))
  return sequence(sequence(oid(rsaEncryption), element(0x05)), bitString(key))
}

/** SubjectPublicKeyInfo of a point on `curve`, uncompressed: 0x04, x, y. RFC 5480 §2. */
export function spkiOfPoint(curve: Curve, point: Uint8Array): Uint8Array {
  return sequence(sequence(oid(ecPublicKey), oid(curve.oid)), bitString(point))
}

/** SubjectPublicKeyInfo of an Ed25519 or Ed448 key in its own encoding. RFC 8410 §4. */
export function spkiOfEdwards(algorithm: 'ed25519' | 'ed448', key: Uint8Array): Uint8Array {
  return sequence(sequence(oid([0x2b, 0x65, algorithm === 'ed25519' ? 0x70 : 0x71])), bitString(key))
}

const rsaEncryption = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]
const ecPublicKey = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]

function oid(content: readonly number[]): Uint8Array {
  return element(0x06, Uint8Array.from(content))
}

function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return element(0x30, ...parts)
}

function bitString(content: Uint8Array): Uint8Array {
  return element(0x03, Uint8Array.of(0), content)
}

/** Positive, whatever its highest bit. */
function integer(magnitude: Uint8Array): Uint8Array {
  return element(0x02, Uint8Array.of(...((magnitude[0] ?? 0) >= 0x80 ? [0] : [])), magnitude)
}

function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const octets = length < 0x80 ? [length] : lengthOctets(length)
  return concatenated([Uint8Array.of(tag, ...octets), ...parts])
}

function lengthOctets(length: number): number[] {
  const octets: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  return [0x80 | octets.length, ...octets]
}
