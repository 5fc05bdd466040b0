import type { KeyAlgorithm } from './keyring.ts'

/** By the names of node:crypto. */
export type HashAlgorithm =
  | 'md5'
  | 'sha1'
  | 'ripemd160'
  | 'sha224'
  | 'sha256'
  | 'sha384'
  | 'sha512'
  | 'sha3-256'
  | 'sha3-512'

/** By OpenPGP's number, with the octets of salt in version 6, null where it has none there. RFC 9580 §9.5, table 23. */
export const hashAlgorithms: ReadonlyMap<
  number,
  { readonly name: HashAlgorithm; readonly salt: number | null }
> = new Map([
  [1, { name: 'md5', salt: null }],
  [2, { name: 'sha1', salt: null }],
  [3, { name: 'ripemd160', salt: null }],
  [8, { name: 'sha256', salt: 16 }],
  [9, { name: 'sha384', salt: 24 }],
  [10, { name: 'sha512', salt: 32 }],
  [11, { name: 'sha224', salt: 16 }],
  [12, { name: 'sha3-256', salt: 16 }],
  [14, { name: 'sha3-512', salt: 32 }],
])

/**
 * Whether the digest is shorter than a key of this size may be used with. RFC 9580 §5.2.3.2, §5.2.3.4 and §5.2.3.5: a
 * reader must refuse that. The old form of EdDSA signed shorter ones too, and GnuPG and Sequoia take them.
 */
export function isTooShort(
  hash: HashAlgorithm,
  { algorithm, bits }: { readonly algorithm: KeyAlgorithm; readonly bits: number },
): boolean {
  if (algorithm === 'rsa' || algorithm === 'eddsa') return false
  return digestBits[hash] < (bits > 384 ? 512 : bits)
}

const digestBits: Readonly<Record<HashAlgorithm, number>> = {
  md5: 128,
  sha1: 160,
  ripemd160: 160,
  sha224: 224,
  sha256: 256,
  sha384: 384,
  sha512: 512,
  'sha3-256': 256,
  'sha3-512': 512,
}
