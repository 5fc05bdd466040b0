/** Key pairs in their OpenPGP form and the signatures' arithmetic, which is node:crypto's. */
import type { KeyObject } from 'node:crypto'
import { createHash, sign } from 'node:crypto'
import type { Algorithm } from './key-material.ts'
import { generate } from './key-material.ts'
import { bytes, uint16, uint32 } from './packets.ts'

/** One key pair, primary key or subkey. */
export type Secret = {
  readonly version: 4 | 6
  readonly algorithm: Algorithm
  /** RFC 9580 §9.1. */
  readonly algorithmId: number
  /** Seconds since 1970. */
  readonly created: number
  /** Upper-case hex. */
  readonly fingerprint: string
  readonly keyId: string
  /** Body of the public (sub)key packet. */
  readonly publicBody: Uint8Array
  /** Body of the secret (sub)key packet, without a passphrase. */
  readonly secretBody: Uint8Array
  readonly publicKey: KeyObject
  /** The algorithm's own signature fields over `hashed`, all that the signature's hash covers. */
  signFields(hashId: number, hashed: Uint8Array): Uint8Array
}

/** Names in node:crypto by OpenPGP's number. RFC 9580 §9.5. */
export const hashNames: Readonly<Record<number, string>> = {
  1: 'md5',
  2: 'sha1',
  3: 'ripemd160',
  8: 'sha256',
  9: 'sha384',
  10: 'sha512',
  11: 'sha224',
  12: 'sha3-256',
  14: 'sha3-512',
}

/** A new key pair. `created` in seconds since 1970. */
export function makeSecret(algorithm: Algorithm, version: 4 | 6, created: number): Secret {
  const { algorithmId, publicKey, privateKey, publicFields, secretFields, signature } = generate(algorithm)
  const material = version === 6 ? bytes(uint32(publicFields.length), publicFields) : publicFields
  const publicBody = bytes(version, uint32(created), algorithmId, material)
  const checksum = uint16(secretFields.reduce((sum, octet) => (sum + octet) & 0xffff, 0))
  const fingerprint = createHash(version === 6 ? 'sha256' : 'sha1')
    .update(keyFrame(version, publicBody))
    .digest('hex')
    .toUpperCase()
  const signFields = (hashId: number, hashed: Uint8Array) => {
    const hash = hashNames[hashId] ?? 'sha256'
    if (privateKey.asymmetricKeyType?.startsWith('ed'))
      return signature(sign(null, createHash(hash).update(hashed).digest(), privateKey))
    return signature(sign(hash, hashed, { key: privateKey, dsaEncoding: 'ieee-p1363' }))
  }
  return {
    version,
    algorithm,
    algorithmId,
    created,
    fingerprint,
    keyId: version === 6 ? fingerprint.slice(0, 16) : fingerprint.slice(-16),
    publicBody,
    secretBody: bytes(publicBody, 0, secretFields, version === 6 ? bytes() : checksum),
    publicKey,
    signFields,
  }
}

/** A key as signatures over it hash it. RFC 9580 §5.2.4. */
export function keyFrame(version: number, publicBody: Uint8Array): Uint8Array {
  const length = publicBody.length
  return version === 6 ? bytes(0x9b, uint32(length), publicBody) : bytes(0x99, uint16(length), publicBody)
}
