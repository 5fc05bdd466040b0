import type { SignatureFacts } from './core/judge.ts'
import { type Keyring, partsFor, type SigningPart } from './core/keyring.ts'
import { type DocumentSignature, parseSignature } from './core/signature.ts'
import { certifiedPart } from './core/ssh-authority.ts'
import type { SshFingerprints } from './core/ssh-fingerprint.ts'
import type { SshSignature } from './core/ssh-signature.ts'
import { isCertified, isMadeBy, sshArithmetic } from './edge/arithmetic.ts'

/** What is signed, by what it says of itself. */
export type SignedDocument = {
  /** The bytes that are signed, in pieces. */
  readonly payload: readonly Uint8Array[]
  /** Each signature on it. */
  readonly signatures: readonly Uint8Array[]
  /** Seconds since 1970: its own date; null: it has none. */
  readonly dated: number | null
}

/** Which key made the signature, over these bytes, when; nothing of whether that is good enough. */
export async function factsOf(document: SignedDocument, keyring: Keyring): Promise<SignatureFacts> {
  const [text, second] = document.signatures
  if (text === undefined) return { kind: 'unsigned' }
  if (second !== undefined) return { kind: 'several' }
  const signature = parseSignature(text)
  switch (signature.kind) {
    case 'document':
      return openpgpFacts(signature, document, keyring)
    case 'ssh':
      return sshFacts(signature, document, keyring)
    default:
      return signature
  }
}

async function openpgpFacts(
  signature: DocumentSignature,
  { payload, dated }: SignedDocument,
  keyring: Keyring,
): Promise<SignatureFacts> {
  const { issuer, hash, at, expires } = signature
  const parts = partsFor(keyring, issuer)
  for (const part of parts) {
    if (await isMadeBy(part, signature, payload))
      return { kind: 'match', by: [part], hash, at, expires, dated, token: null }
  }
  const [by] = parts
  return by === undefined
    ? { kind: 'unknown-key', issuer: issuer.fingerprint ?? issuer.keyId ?? '' }
    : { kind: 'mismatch', by }
}

async function sshFacts(
  signature: SshSignature,
  { payload, dated }: SignedDocument,
  keyring: Keyring,
): Promise<SignatureFacts> {
  const fingerprints = sshArithmetic.fingerprintsOf(signature.key.blob)
  const issuer = fingerprints.sha256
  const parts = await partsOf(signature, fingerprints, keyring)
  if (parts === null) return { kind: 'unreadable', detail: 'its certificate is not by whom it names' }
  const [by, ...others] = parts
  if (by === undefined) return { kind: 'unknown-key', issuer }
  if (!(await isMadeBy(by, signature, payload))) return { kind: 'mismatch', by }
  const { hash, signature: value } = signature
  const weakest = value.hash === 'sha1' ? value.hash : hash
  return {
    kind: 'match',
    by: [by, ...others],
    hash: weakest,
    at: null,
    expires: null,
    dated,
    token: value.token,
  }
}

/** The key on each of the terms on which it is trusted, itself or by a certificate; null where that is a forgery. */
async function partsOf(
  { certificate }: SshSignature,
  fingerprints: SshFingerprints,
  keyring: Keyring,
): Promise<readonly SigningPart[] | null> {
  if (certificate === null) return partsFor(keyring, { fingerprint: fingerprints.sha256, keyId: null })
  const authority = sshArithmetic.fingerprintsOf(certificate.authority.blob)
  const lines = partsFor(keyring, { fingerprint: authority.sha256, keyId: null })
  const parts = lines.flatMap(line => certifiedPart(certificate, line, fingerprints) ?? [])
  return parts.length === 0 || (await isCertified(certificate)) ? parts : null
}
