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
