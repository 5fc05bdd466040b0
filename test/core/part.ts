import type { KeyAlgorithm, SigningPart } from '../../src/core/keyring.ts'
import type { Algorithm } from '../support/key-material.ts'
import type { Key } from '../support/keys.ts'
import type { Secret } from '../support/secret.ts'

/** A key pair as the part of a key that may sign, with what is changed of it. */
export function partOf(
  key: Key,
  changes: Partial<SigningPart> = {},
  secret: Secret = key.primary,
): SigningPart {
  return {
    fingerprint: secret.fingerprint,
    keyId: secret.keyId,
    primary: key.fingerprint,
    version: secret.version,
    algorithm: algorithmOf(secret.algorithm),
    spki: secret.publicKey.export({ type: 'spki', format: 'der' }),
    bits: bitsOf(secret.algorithm),
    validFrom: secret.created,
    validUntil: null,
    revoked: null,
    forSigning: true,
    mailboxes: [key.email],
    ssh: null,
    ...changes,
  }
}

function algorithmOf(algorithm: Algorithm): KeyAlgorithm {
  if (algorithm.startsWith('rsa')) return 'rsa'
  return algorithm === 'eddsa' || algorithm === 'ed25519' || algorithm === 'ed448' ? algorithm : 'ecdsa'
}

function bitsOf(algorithm: Algorithm): number {
  if (algorithm === 'eddsa' || algorithm === 'ed25519') return 256
  return Number(/(?<=rsa|ed|brainpoolP|^p)[0-9]{3,}/.exec(algorithm)?.[0])
}
