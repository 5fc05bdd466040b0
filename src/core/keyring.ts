/** Public-key algorithms whose arithmetic is done here. RFC 9580 §9.1; `eddsa` is the legacy form, id 22. */
export type KeyAlgorithm = 'rsa' | 'ecdsa' | 'eddsa' | 'ed25519' | 'ed448'

/** Why and when a key or part was revoked. RFC 9580 §5.2.3.31. */
export type Revocation = {
  /** Seconds since 1970. */
  readonly at: number
  /** Compromised, or revoked without a reason: bad for all time. Otherwise (superseded, retired) from `at` on. */
  readonly forAllTime: boolean
}

/**
 * A primary key or subkey that its primary key vouches for, as plain data. What the primary key says of itself
 * (expiry, revocation) is already folded in. A part may be unfit (expired, revoked, not for signing): it is kept,
 * so that a signature by it can be named for what it is.
 */
export type SigningPart = {
  /** Upper-case hex. */
  readonly fingerprint: string
  /** 16 upper-case hex digits: the last of a version 4 fingerprint, the first of a version 6 one. */
  readonly keyId: string
  /** Fingerprint of the primary key; equal to `fingerprint` for the primary key itself. */
  readonly primary: string
  /** 4 or 6. */
  readonly version: number
  readonly algorithm: KeyAlgorithm
  /** DER SubjectPublicKeyInfo. RFC 5280 §4.1.2.7. */
  readonly spki: Uint8Array
  /** RSA: size of the modulus. Elliptic: size of the curve. */
  readonly bits: number
  /** Seconds since 1970: from creation of the part and of its primary key, whichever is later. */
  readonly validFrom: number
  /** Seconds since 1970, the first second at which it is expired; null: never. */
  readonly validUntil: number | null
  readonly revoked: Revocation | null
  /** Key flag 0x02 in its newest self-signature and, for a subkey, a back-signature. RFC 9580 §5.2.3.29. */
  readonly forSigning: boolean
}

/** One primary key of the key directory with all that vouches for it, from however many files. */
export type TrustedKey = {
  /** Of the primary key, upper-case hex. */
  readonly fingerprint: string
  /** Paths it was read from. */
  readonly files: readonly string[]
  /** As in the key, undisplayable bytes and all. */
  readonly userIds: readonly string[]
  readonly parts: readonly SigningPart[]
  /** Seconds since 1970. */
  readonly created: number
  /** For people, such as `dsa`, `rsa1024`, `ed25519`. */
  readonly algorithm: string
  /** Why nothing of it can ever pass a signature (`dsa is not supported`, `no self-signature`), or null. */
  readonly unusable: string | null
}

/** A file of the key directory as it was read. */
export type KeyFile = { readonly path: string; readonly bytes: Uint8Array }

/** The keys that one policy trusts, ready to be asked. */
export type Keyring = {
  readonly byFingerprint: Pick<ReadonlyMap<string, SigningPart>, 'get'>
  /** Several parts may share a 64-bit key id: the arithmetic decides between them. */
  readonly byKeyId: Pick<ReadonlyMap<string, readonly SigningPart[]>, 'get'>
}

/** Makes `keys` askable. */
export function keyringOf(keys: readonly TrustedKey[]): Keyring {
  const byFingerprint = new Map<string, SigningPart>()
  const byKeyId = new Map<string, SigningPart[]>()
  for (const part of keys.flatMap(key => key.parts)) {
    if (byFingerprint.has(part.fingerprint)) continue
    byFingerprint.set(part.fingerprint, part)
    byKeyId.set(part.keyId, [...(byKeyId.get(part.keyId) ?? []), part])
  }
  return { byFingerprint, byKeyId }
}

/** The parts that may have made a signature which names this issuer; a fingerprint decides alone. */
export function partsFor(
  keyring: Keyring,
  issuer: { fingerprint: string | null; keyId: string | null },
): readonly SigningPart[] {
  if (issuer.fingerprint !== null) {
    const part = keyring.byFingerprint.get(issuer.fingerprint)
    return part === undefined ? [] : [part]
  }
  return issuer.keyId === null ? [] : (keyring.byKeyId.get(issuer.keyId) ?? [])
}
