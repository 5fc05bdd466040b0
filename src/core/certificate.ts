import type { KeyAlgorithm } from './keyring.ts'

/** A primary key or subkey as its packet has it; nothing vouches for it yet. RFC 9580 §5.5. */
export type KeyMaterial = {
  /** Upper-case hex. */
  readonly fingerprint: string
  /** 16 upper-case hex digits. */
  readonly keyId: string
  readonly version: number
  /** Seconds since 1970. */
  readonly created: number
  /** For people, such as `rsa4096`, `dsa2048`, `version 3`. */
  readonly label: string
  /** Body of the packet: what signatures over the key hash. */
  readonly body: Uint8Array
  /** Null where it cannot sign, or not with arithmetic that is done here. */
  readonly signing: {
    readonly algorithm: KeyAlgorithm
    readonly spki: Uint8Array
    readonly bits: number
  } | null
}

/** A signature on a key, as far as its own bytes say; nobody has checked it yet. RFC 9580 §5.2. */
export type KeySignature = {
  /** RFC 9580 §5.2.1. */
  readonly type: number
  /** Seconds since 1970. */
  readonly created: number
  /** Seconds since 1970, the first second at which the signature itself has expired; null: never. */
  readonly expires: number | null
  /** Upper-case hex. */
  readonly issuer: { readonly fingerprint: string | null; readonly keyId: string | null }
  /** No MD5, no RIPEMD-160. SHA-1 passes: in a self-signature only the key's owner could make a collision. */
  readonly strong: boolean
  /** Nothing critical in it that is not known here. */
  readonly understood: boolean
  /** Seconds from the creation of the key; 0: for ever; null: it does not say. */
  readonly keyLifetime: number | null
  /** First octet of the key flags; null: it has none. */
  readonly flags: number | null
  /** Reason for revocation; null: it has none. */
  readonly reason: number | null
  /** Fingerprints of the keys that may revoke this one. RFC 9580 §5.2.3.23. */
  readonly revokers: readonly string[]
  readonly backSignature: KeySignature | null
  /** Whether `key` made it over `content`: arithmetic, and nothing of dates or strength. */
  readonly isMadeBy: (key: KeyMaterial, content: Uint8Array) => boolean
}

/** What a signature packet is to a key: read, or too odd to be read; `type` is as far as that goes. */
export type Reading =
  | { readonly kind: 'read'; readonly signature: KeySignature }
  | { readonly kind: 'unreadable'; readonly type: number; readonly issuer: KeySignature['issuer'] }

export type Signed<T> = { readonly content: T; readonly signatures: readonly Reading[] }

/** A transferable public key, taken apart and not yet judged. RFC 9580 §10.1. */
export type Certificate = {
  readonly primary: Signed<KeyMaterial>
  readonly userIds: readonly Signed<Uint8Array>[]
  readonly subkeys: readonly Signed<KeyMaterial>[]
  readonly files: readonly string[]
}

export const signatureType = {
  /** 0x10 to 0x13: four degrees of belief, all the same in a self-signature. */
  certification: 0x10,
  subkeyBinding: 0x18,
  primaryKeyBinding: 0x19,
  directKey: 0x1f,
  keyRevocation: 0x20,
  subkeyRevocation: 0x28,
  certificationRevocation: 0x30,
} as const

/** Every signature in it, in the order of the file. */
export function allReadings({ primary, userIds, subkeys }: Certificate): readonly Reading[] {
  return [primary, ...userIds, ...subkeys].flatMap(({ signatures }) => signatures)
}

/** Whether a signature that names `issuer` says that it is by `key`. One that names nobody may be by anybody. */
export function names(issuer: KeySignature['issuer'], key: KeyMaterial): boolean {
  if (issuer.fingerprint !== null) return issuer.fingerprint === key.fingerprint
  return issuer.keyId === null || issuer.keyId === key.keyId
}
