import { constants, createPublicKey, hash as digest, type KeyObject, verify } from 'node:crypto'
import type { KeyAlgorithm, SigningPart } from '../core/keyring.ts'
import type { ObjectFormat, Oid } from '../core/oid.ts'
import type { DocumentSignature } from '../core/signature.ts'
import type { SshCertificate } from '../core/ssh-certificate.ts'
import type { SshArithmetic } from '../core/ssh-fingerprint.ts'
import { type SshSignature, sshSignedBytes } from '../core/ssh-signature.ts'
import type { SshSignatureValue } from '../core/ssh-signature-value.ts'

/** Whether the key of `part` made `signature` over `payload`: arithmetic alone. */
export function isMadeBy(
  part: SigningPart,
  signature: DocumentSignature | SshSignature,
  payload: readonly Uint8Array[],
): Promise<boolean> {
  return signature.kind === 'ssh'
    ? isMadeByOpenssh(part, signature, payload)
    : isMadeByOpenpgp(part, signature, payload)
}

/** Whether the authority that a certificate names signed it. */
export async function isCertified({ authority, body, signature }: SshCertificate): Promise<boolean> {
  const key = importedKey(authority.spki)
  return key !== null && isSigned(key, authority.application, signature, body)
}

export const sshArithmetic: SshArithmetic = {
  fingerprintsOf: blob => ({
    sha256: shown(digestOf('sha256', [blob])),
    sha1: digestOf('sha1', [blob]).toString('hex'),
  }),
  shown,
  isPublicKey: spki => importedKey(spki) !== null,
}

function shown(hash: Uint8Array): string {
  return `SHA256:${Buffer.from(hash).toString('base64').replace(/=+$/, '')}`
}

/** A signature of another algorithm or version than the key's is never by it (RFC 9580 §5.2.3). */
async function isMadeByOpenpgp(
  part: SigningPart,
  signature: DocumentSignature,
  payload: readonly Uint8Array[],
): Promise<boolean> {
  if (part.algorithm !== signature.algorithm || part.version !== signature.version) return false
  const value = signatureValue(part, signature.values)
  if (value === null) return false
  const document = [signature.salt, ...payload, signature.trailer]
  const key = publicKeyOf(part)
  if (key === null) return false
  return isEdwards(part.algorithm)
    ? verified(null, digestOf(signature.hash, document), key, value)
    : verified(signature.hash, Buffer.concat(document), key, value)
}

/** The name git gives an object: the hash of its type, size and bytes. gitformat-hash. */
export function objectName(format: ObjectFormat, type: string, bytes: Uint8Array): Oid {
  return digest(format, Buffer.concat([Buffer.from(`${type} ${bytes.length}\0`), bytes]), 'hex') as Oid
}

const publicKeys = new WeakMap<SigningPart, KeyObject>()

function publicKeyOf(part: SigningPart): KeyObject | null {
  const known = publicKeys.get(part)
  if (known !== undefined) return known
  const key = importedKey(part.spki)
  if (key !== null) publicKeys.set(part, key)
  return key
}

/** Null where it is no key: a certificate of the pusher's can hold a point that is not on its curve. */
function importedKey(spki: Uint8Array): KeyObject | null {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  } catch {
    return null
  }
}

async function isMadeByOpenssh(
  part: SigningPart,
  { key: { algorithm }, hash, signature }: SshSignature,
  payload: readonly Uint8Array[],
): Promise<boolean> {
  const key = publicKeyOf(part)
  if (key === null || part.ssh === null || part.algorithm !== algorithm) return false
  const document = Buffer.concat(sshSignedBytes(hash, digestOf(hash, payload)))
  return isSigned(key, part.ssh.application, signature, document)
}

/** A security key signs digests, its application's and the document's, with what it says beside. OpenSSH, PROTOCOL.u2f. */
function isSigned(
  key: KeyObject,
  application: string | null,
  { hash, value, token }: SshSignatureValue,
  document: Uint8Array,
): Promise<boolean> {
  if (application === null || token === null)
    return application === null && token === null
      ? verified(hash, document, key, value)
      : Promise.resolve(false)
  const signed = [
    digestOf('sha256', [Buffer.from(application, 'latin1')]),
    token.bytes,
    digestOf('sha256', [document]),
  ]
  return verified(hash, Buffer.concat(signed), key, value)
}

/** EdDSA in OpenPGP signs the digest of the document, not the document. RFC 9580 §5.2.3.3 to §5.2.3.5. */
function isEdwards(algorithm: KeyAlgorithm): boolean {
  return algorithm === 'eddsa' || algorithm === 'ed25519' || algorithm === 'ed448'
}

function digestOf(hash: string, document: readonly Uint8Array[]): Buffer {
  return digest(hash, Buffer.concat(document), 'buffer')
}

/** The numbers in the fixed width that the arithmetic takes; null where one is too large for the key. */
function signatureValue(part: SigningPart, values: readonly Uint8Array[]): Uint8Array | null {
  if (part.algorithm === 'ed25519' || part.algorithm === 'ed448') return values[0] ?? null
  const width = Math.ceil(part.bits / 8)
  const padded = values.map(value => leftPadded(value, part.algorithm === 'eddsa' ? 32 : width))
  return padded.every(value => value !== null) ? Buffer.concat(padded) : null
}

/** OpenPGP numbers have no fixed width, and some programs write leading zeros. */
function leftPadded(value: Uint8Array, width: number): Uint8Array | null {
  const significant = value.subarray(value.findIndex(byte => byte !== 0))
  if (significant.length > width) return null
  const padded = new Uint8Array(width)
  padded.set(significant, width - significant.length)
  return padded
}

/** Signatures that are verified at once: for those of most pushes it does not pay to start libuv's threads. */
const few = 16
let asked = 0

async function verified(
  hash: string | null,
  data: Uint8Array,
  key: KeyObject,
  value: Uint8Array,
): Promise<boolean> {
  asked += 1
  if (asked <= few) return verify(hash, data, howToVerify(key), value)
  return new Promise((resolve, reject) => {
    verify(hash, data, howToVerify(key), value, (error, result) =>
      error === null ? resolve(result) : reject(error),
    )
  })
}

function howToVerify(key: KeyObject) {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return { key, padding: constants.RSA_PKCS1_PADDING }
    case 'ec':
      return { key, dsaEncoding: 'ieee-p1363' } as const
    default:
      return key
  }
}
