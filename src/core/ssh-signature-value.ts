import type { HashAlgorithm } from './hash-algorithm.ts'
import type { SshPublicKey } from './ssh-public-key.ts'
import { isWhole, readByte, readPositive, readString, readText, readUint32, wireOf } from './ssh-wire.ts'

/** What a key of OpenSSH made, in the form that the arithmetic takes. */
export type SshSignatureValue = {
  /** Which hash the key signed; Ed25519 signs what it is given. */
  readonly hash: HashAlgorithm | null
  /** In the width of the key: RSA one number, ECDSA r and s. Ed25519: as it is. */
  readonly value: Uint8Array
  /** What a security key says beside it, and signs with it. */
  readonly token: SecurityToken | null
}

/** OpenSSH, PROTOCOL.u2f, "SSH U2F Signatures". */
export type SecurityToken = {
  /** Somebody touched it. */
  readonly touched: boolean
  /** It asked for a PIN or a fingerprint. */
  readonly verified: boolean
  /** The flags and the counter, as they are signed. */
  readonly bytes: Uint8Array
}

/**
 * The signature in `bytes`, where it is in the form of `key`: RFC 4253 §6.6, RFC 5656 §3.1.2, RFC 8332, RFC 8709 §6.
 * Null for what another type of key makes, and for whatever is malformed.
 */
export function parseSshSignatureValue(bytes: Uint8Array, key: SshPublicKey): SshSignatureValue | null {
  const wire = wireOf(bytes)
  const format = readText(wire)
  const hash = hashOf(format, key)
  const content = readString(wire)
  const value = hash === undefined ? null : fixedWidth(content, key)
  const rest = wire.at
  const token = key.application === null ? null : { flags: readByte(wire), counter: readUint32(wire) }
  if (hash === undefined || value === null || !isWhole(wire)) return null
  if (token === null) return { hash, value, token }
  const [touched, verified] = [(token.flags & 0x01) !== 0, (token.flags & 0x04) !== 0]
  return { hash, value, token: { touched, verified, bytes: bytes.subarray(rest) } }
}

/** Undefined where a key of this type makes no signature of this name. */
function hashOf(format: string, { type, bits, application }: SshPublicKey): HashAlgorithm | null | undefined {
  if (type === 'ssh-rsa') return rsaHashes.get(format)
  if (format !== type) return undefined
  if (type.includes('ed25519')) return null
  // RFC 5656 §6.2.1
  if (bits === 256 || application !== null) return 'sha256'
  return bits === 384 ? 'sha384' : 'sha512'
}

/** SHA-1 is read so that it can be called weak. */
const rsaHashes: ReadonlyMap<string, HashAlgorithm> = new Map([
  ['ssh-rsa', 'sha1'],
  ['rsa-sha2-256', 'sha256'],
  ['rsa-sha2-512', 'sha512'],
])

function fixedWidth(content: Uint8Array, { algorithm, bits }: SshPublicKey): Uint8Array | null {
  const width = Math.ceil(bits / 8)
  if (algorithm === 'ed25519') return content.length === 64 ? content : null
  // some agents leave out leading zeros
  if (algorithm === 'rsa') return content.length === 0 ? null : padded([content], width)
  const wire = wireOf(content)
  const numbers = [readPositive(wire), readPositive(wire)]
  return isWhole(wire) ? padded(numbers, width) : null
}

/** Null where one is too large for the key. */
function padded(numbers: readonly Uint8Array[], width: number): Uint8Array | null {
  const value = new Uint8Array(width * numbers.length)
  for (const [index, number] of numbers.entries()) {
    if (number.length > width) return null
    value.set(number, width * (index + 1) - number.length)
  }
  return value
}
