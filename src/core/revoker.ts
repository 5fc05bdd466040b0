import { type Certificate, type KeyMaterial, type KeySignature, names } from './certificate.ts'
import { read } from './self-signature.ts'
import { contentOfKey, contentOfSubkey, contentOfUserId } from './signed-content.ts'

/** All keys of the directory by the fingerprints of their primary keys: another key's owner may have a say. */
export type Directory = ReadonlyMap<string, Listed>

type Listed = {
  readonly certificate: Certificate
  /** Fingerprints of the keys that may revoke it. */
  readonly revokers: readonly string[]
}

export function directoryOf(certificates: readonly Certificate[]): Directory {
  return new Map(
    certificates.map(certificate => {
      const revokers = revokersOf(certificate)
      return [certificate.primary.content.fingerprint, { certificate, revokers }]
    }),
  )
}

/**
 * `proven`: by the key itself or by a designated revoker. `unproven`: names a designated revoker whose key is not
 * here. `broken`: names either, and is not by it. `foreign`: by somebody who has no say.
 */
export type Standing = 'proven' | 'unproven' | 'broken' | 'foreign'

export function standingIn(
  signature: KeySignature,
  certificate: Certificate,
  directory: Directory,
  subkey: KeyMaterial | null = null,
): Standing {
  const listed = directory.get(certificate.primary.content.fingerprint)
  return listed === undefined ? 'foreign' : standingOf(signature, listed, directory, subkey)
}

export function standingOf(
  signature: KeySignature,
  { certificate, revokers }: Listed,
  directory: Directory,
  subkey: KeyMaterial | null = null,
): Standing {
  const key = certificate.primary.content
  if (key.signing === null) return 'foreign'
  const content = () => (subkey === null ? contentOfKey(key) : contentOfSubkey(key, subkey))
  if (names(signature.issuer, key)) return signature.isMadeBy(key, content()) ? 'proven' : 'broken'
  const revoker = revokers.find(fingerprint => isNamed(signature, fingerprint))
  if (revoker === undefined) return 'foreign'
  const by = directory.get(revoker)?.certificate.primary.content
  if (by === undefined || by.signing === null) return 'unproven'
  return signature.isMadeBy(by, content()) ? 'proven' : 'broken'
}

/** Named in a self-signature, of whatever age, hash or date. RFC 9580 §5.2.3.23. */
function revokersOf({ primary, userIds, subkeys }: Certificate): readonly string[] {
  const key = primary.content
  const voices = [
    ...[primary, ...subkeys].map(({ signatures }) => ({ signatures, content: () => contentOfKey(key) })),
    ...userIds.map(({ content, signatures }) => ({
      signatures,
      content: () => contentOfUserId(key, content),
    })),
  ]
  return voices.flatMap(({ signatures, content }) =>
    read(signatures)
      .filter(({ revokers, issuer }) => revokers.length > 0 && names(issuer, key))
      .filter(signature => signature.isMadeBy(key, content()))
      .flatMap(({ revokers }) => revokers),
  )
}

/** Version 4 fingerprints only: RFC 9580 has no designated revokers for version 6. */
function isNamed({ issuer }: KeySignature, fingerprint: string): boolean {
  return issuer.fingerprint === null
    ? issuer.keyId === fingerprint.slice(-16)
    : issuer.fingerprint === fingerprint
}
