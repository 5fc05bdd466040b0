import { byteText } from './bytes.ts'
import { decodeSshArmor } from './ssh-armor.ts'
import { parseSshPublicKey, type SshPublicKey } from './ssh-public-key.ts'
import {
  isWhole,
  readBytes,
  readPositive,
  readString,
  readText,
  readUint32,
  type Wire,
  wireOf,
} from './ssh-wire.ts'

/** A private key in OpenSSH's own form, or what is wrong with it. */
export type OpensshPrivateKey =
  | { readonly kind: 'key'; readonly key: SshPublicKey; readonly secret: SecretNumbers }
  | { readonly kind: 'locked' }
  | { readonly kind: 'unreadable'; readonly detail: string }

/** By their names in a JSON Web Key, big-endian. RFC 7517, RFC 7518 §6, RFC 8037. */
export type SecretNumbers = {
  readonly kty: 'OKP' | 'EC' | 'RSA'
  readonly crv: string | null
  readonly numbers: Readonly<Record<string, Uint8Array>>
}

const label = 'OPENSSH PRIVATE KEY'

/** Whether a file says that it is one. */
export function isOpensshPrivateKey(text: Uint8Array): boolean {
  const begin = `-----BEGIN ${label}-----`
  return byteText(text.subarray(0, begin.length)) === begin
}

/** One key without a passphrase, in its one form to the last byte. OpenSSH, PROTOCOL.key. */
export function parseOpensshPrivateKey(text: Uint8Array): OpensshPrivateKey {
  const armor = decodeSshArmor(text, label)
  if (armor.kind === 'unreadable') return armor
  const wire = wireOf(armor.bytes)
  const magic = byteText(readBytes(wire, openssh.length))
  const [cipher, kdf, kdfOptions] = [readText(wire), readText(wire), readString(wire)]
  const count = readUint32(wire)
  const key = parseSshPublicKey(readString(wire))
  const secrets = wireOf(readString(wire))
  if (magic !== openssh || !wire.sound) return unreadable('its fields are malformed')
  if (cipher !== 'none') return { kind: 'locked' }
  if (!isWhole(wire) || kdf !== 'none' || kdfOptions.length > 0 || count !== 1 || key === null)
    return unreadable('not one key of a type that is known')
  const [check, again] = [readUint32(secrets), readUint32(secrets)]
  if (check !== again || readText(secrets) !== key.type) return unreadable('its secret half is damaged')
  const secret = readSecret(secrets, key)
  readText(secrets) // the comment
  return secret !== null && isPadded(secrets)
    ? { kind: 'key', key, secret }
    : unreadable('its secret half is damaged, or in a security key')
}

const openssh = 'openssh-key-v1\0'

function readSecret(wire: Wire, key: SshPublicKey): SecretNumbers | null {
  if (key.application !== null) return null
  if (key.algorithm === 'rsa') return readRsa(wire)
  return key.algorithm === 'ed25519' ? readEd25519(wire) : readEcdsa(wire, key)
}

/** The seed, and the public key behind it once more. */
function readEd25519(wire: Wire): SecretNumbers | null {
  const x = readString(wire)
  const pair = readString(wire)
  if (x.length !== 32 || pair.length !== 64) return null
  return { kty: 'OKP', crv: 'Ed25519', numbers: { x, d: pair.subarray(0, 32) } }
}

function readEcdsa(wire: Wire, { bits }: SshPublicKey): SecretNumbers | null {
  readText(wire) // the name of the curve
  const point = readString(wire)
  const scalar = readPositive(wire)
  const width = Math.ceil(bits / 8)
  if (point.length !== 1 + 2 * width || scalar.length > width) return null
  const d = new Uint8Array(width)
  d.set(scalar, width - scalar.length)
  const [x, y] = [point.subarray(1, 1 + width), point.subarray(1 + width)]
  return { kty: 'EC', crv: `P-${bits}`, numbers: { x, y, d } }
}

function readRsa(wire: Wire): SecretNumbers | null {
  const [n, e, d] = [readPositive(wire), readPositive(wire), readPositive(wire)]
  const [qi, p, q] = [readPositive(wire), readPositive(wire), readPositive(wire)]
  if (!wire.sound) return null
  return { kty: 'RSA', crv: null, numbers: { n, e, d, p, q, dp: remainder(d, p), dq: remainder(d, q), qi } }
}

/** Of the exponent for a prime: what a JSON Web Key has and OpenSSH leaves out. */
function remainder(exponent: Uint8Array, prime: Uint8Array): Uint8Array {
  const digits = (numberOf(exponent) % (numberOf(prime) - 1n)).toString(16)
  const pairs = (digits.length % 2 === 0 ? digits : `0${digits}`).match(/../g) ?? []
  return Uint8Array.from(pairs, pair => Number.parseInt(pair, 16))
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => value * 256n + BigInt(byte), 0n)
}

/** Up to a block of 8 octets, with 1, 2, 3 and so on. */
function isPadded({ bytes, at, sound }: Wire): boolean {
  const padding = bytes.subarray(at)
  return (
    sound &&
    bytes.length % 8 === 0 &&
    padding.length < 8 &&
    padding.every((byte, index) => byte === index + 1)
  )
}

function unreadable(detail: string): OpensshPrivateKey {
  return { kind: 'unreadable', detail }
}
