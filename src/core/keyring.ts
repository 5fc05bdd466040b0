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
  /** OpenPGP: upper-case hex. OpenSSH: `SHA256:` and base64, as ssh-keygen(1) shows it. */
  readonly fingerprint: string
  /**
   * 16 upper-case hex digits: the last of a version 4 fingerprint, the first of a version 6 one. OpenSSH, which knows
   * none: the first 16 characters of the fingerprint.
   */
  readonly keyId: string
  /** Fingerprint of the primary key; equal to `fingerprint` for the primary key itself. */
  readonly primary: string
  /** 4 or 6; 0: an OpenSSH key, which has none. */
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
  /** E-mail addresses of its owner: in the user ids that count; for OpenSSH the comment, or the principals. */
  readonly mailboxes: readonly string[]
  /** What OpenSSH adds; null for a part of an OpenPGP key. */
  readonly ssh: SshTerms | null
}

/** On which terms a line of a key file trusts an OpenSSH key, beyond what every key has. */
export type SshTerms = {
  /** Why it is not for signing; null where it is, or where it is an authority. */
  readonly unfit: string | null
  /** What a security key must have asked for; nothing of other keys. */
  readonly presence: 'none' | 'touch' | 'verified'
  /** Of a security key: the application that is hashed into its signatures. */
  readonly application: string | null
  /** For whom an authority may speak; null: it is none, and vouches for no other key. */
  readonly certifies: SshAuthority | null
}

/** ssh-keygen(1), ALLOWED SIGNERS, cert-authority. */
export type SshAuthority = {
  /** Patterns, of which a principal of the certificate must match one: ssh_config(5), PATTERNS. */
  readonly principals: string
  readonly revoked: RevokedCertificates
}

/** What `revoked-keys` says of the certificates of one authority. OpenSSH, PROTOCOL.krl. */
export type RevokedCertificates = {
  /** Fingerprints of keys: `SHA256:…`, or SHA-1 in lower-case hex. */
  readonly keys: readonly string[]
  readonly keyIds: readonly string[]
  /** First and last, in 16 digits of lower-case hex. */
  readonly serials: readonly (readonly [first: string, last: string])[]
}

/** One primary key, or one OpenSSH key, of the key directory with all that vouches for it, from however many files. */
export type TrustedKey = {
  /** Of the primary key, as in its part. */
  readonly fingerprint: string
  /** Paths it was read from; for OpenSSH with the line, `path:line`. */
  readonly files: readonly string[]
  /** As in the key, undisplayable bytes and all. OpenSSH: the principals, or the comment. */
  readonly userIds: readonly string[]
  /** OpenSSH: one for each line with terms of its own. */
  readonly parts: readonly SigningPart[]
  /** Seconds since 1970; null where the key does not say. */
  readonly created: number | null
  /** For people, such as `dsa`, `rsa1024`, `ed25519`. */
  readonly algorithm: string
  /** Why nothing of it can ever pass a signature (`dsa is not supported`, `no self-signature`), or null. */
  readonly unusable: string | null
}

/** A file of the key directory as it was read. */
export type KeyFile = { readonly path: string; readonly bytes: Uint8Array }

/** The keys that one policy trusts, ready to be asked. */
export type Keyring = {
  /** One part, or an OpenSSH key on each of the terms on which it is trusted: any of them is enough. */
  readonly byFingerprint: Pick<ReadonlyMap<string, readonly SigningPart[]>, 'get'>
  /** Several parts may share a 64-bit key id: the arithmetic decides between them. */
  readonly byKeyId: Pick<ReadonlyMap<string, readonly SigningPart[]>, 'get'>
}

/** Makes `keys` askable. */
export function keyringOf(keys: readonly TrustedKey[]): Keyring {
  const parts = keys.flatMap(key => key.parts)
  return {
    byFingerprint: grouped(parts, ({ fingerprint }) => fingerprint),
    byKeyId: grouped(parts, ({ keyId }) => keyId),
  }
}

/** The parts that may have made a signature which names this issuer; a fingerprint decides alone. */
export function partsFor(
  keyring: Keyring,
  { fingerprint, keyId }: { fingerprint: string | null; keyId: string | null },
): readonly SigningPart[] {
  if (fingerprint !== null) return keyring.byFingerprint.get(fingerprint) ?? []
  return keyId === null ? [] : (keyring.byKeyId.get(keyId) ?? [])
}

function grouped(
  parts: readonly SigningPart[],
  nameOf: (part: SigningPart) => string,
): ReadonlyMap<string, readonly SigningPart[]> {
  const groups = new Map<string, SigningPart[]>()
  for (const part of parts) {
    const group = groups.get(nameOf(part))
    if (group === undefined) groups.set(nameOf(part), [part])
    else group.push(part)
  }
  return groups
}
