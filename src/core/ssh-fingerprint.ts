/** Of a key: SHA-256 as ssh-keygen(1) shows it, and SHA-1 in lower-case hex, which old lists of revoked keys hold. */
export type SshFingerprints = { readonly sha256: string; readonly sha1: string }

/** What of keys is arithmetic, and so not done in core. */
export type SshArithmetic = {
  /** Of the bytes of a public key without certificate. */
  readonly fingerprintsOf: (blob: Uint8Array) => SshFingerprints
  /** How a SHA-256 hash is shown: `SHA256:` and base64 without padding. */
  readonly shown: (hash: Uint8Array) => string
  /** Whether it is a key at all: a point on its curve. */
  readonly isPublicKey: (spki: Uint8Array) => boolean
}
