import {
  type Certificate,
  contentOfKey,
  contentOfSubkey,
  contentOfUserId,
  type KeyMaterial,
  type KeySignature,
  names,
  type Reading,
  signatureType,
} from './certificate.ts'
import { Fault } from './fault.ts'
import type { Revocation } from './keyring.ts'
import { printable } from './printable.ts'
import { isOfType, read } from './self-signature.ts'

/** All keys of the directory by the fingerprints of their primary keys: a revocation may be by another key's owner. */
export type Directory = ReadonlyMap<string, Certificate>

/** A revocation that stands in no key of its own. */
export type LoneReading = { readonly file: string; readonly reading: Reading }

/**
 * What each key is revoked by that does not stand in it. A revocation of a key that is not here is nobody's business
 * and passed over; one that names a key here, and is not by it, is a Fault.
 */
export function assignRevocations(
  lone: readonly LoneReading[],
  directory: Directory,
): ReadonlyMap<Certificate, readonly KeySignature[]> {
  const assigned = new Map<Certificate, KeySignature[]>()
  for (const { file, reading } of lone) {
    if (reading.kind === 'unreadable') throw faulty(file, 'a revocation that cannot be read')
    const { signature } = reading
    const { fingerprint, keyId } = signature.issuer
    if (fingerprint === null && keyId === null)
      throw faulty(file, 'a revocation that does not say of which key')
    const standings = [...directory.values()].map(
      certificate => [certificate, standingOf(signature, certificate, directory)] as const,
    )
    const proven = standings.find(([, standing]) => standing === 'proven')?.[0]
    if (proven !== undefined) assigned.set(proven, [...(assigned.get(proven) ?? []), signature])
    else if (standings.some(([, standing]) => standing !== 'foreign'))
      throw faulty(file, 'a revocation that is not by the key that it names')
  }
  return assigned
}

/**
 * Whether and how the primary key is revoked. A revocation of any age counts, whatever its hash and date: who can
 * make one may also throw the key away. One that cannot be read counts too; one that its own arithmetic belies is a
 * Fault.
 */
export function keyRevocation(
  certificate: Certificate,
  lone: readonly KeySignature[],
  directory: Directory,
  now: number,
): Revocation | null {
  const key = certificate.primary.content
  const readings = allReadings(certificate)
  if (readings.some(reading => isUnreadable(reading, signatureType.keyRevocation, key))) return unexplained
  const found = read(readings)
    .filter(isOfType(signatureType.keyRevocation))
    .filter(signature => stands(standingOf(signature, certificate, directory), certificate))
  return combined([...found, ...lone], now)
}

/** How each subkey is revoked, by its fingerprint. The revocation may stand behind another subkey of the same key. */
export function subkeyRevocations(
  certificate: Certificate,
  directory: Directory,
  now: number,
): ReadonlyMap<string, Revocation> {
  const key = certificate.primary.content
  const revoked = new Map<string, Revocation>()
  const found = new Map<string, KeySignature[]>()
  for (const { content: subkey, signatures } of certificate.subkeys) {
    if (signatures.some(reading => isUnreadable(reading, signatureType.subkeyRevocation, key)))
      revoked.set(subkey.fingerprint, unexplained)
    for (const signature of read(signatures).filter(isOfType(signatureType.subkeyRevocation))) {
      const others = certificate.subkeys.map(({ content }) => content).filter(other => other !== subkey)
      const standings = [subkey, ...others].map(
        target => [target, standingOf(signature, certificate, directory, target)] as const,
      )
      const target = standings.find(([, standing]) => standing === 'proven' || standing === 'unproven')?.[0]
      if (target !== undefined)
        found.set(target.fingerprint, [...(found.get(target.fingerprint) ?? []), signature])
      else stands(standings[0]?.[1] ?? 'foreign', certificate)
    }
  }
  for (const [fingerprint, signatures] of found) {
    const revocation = combined(signatures, now)
    if (revocation !== null && !revoked.has(fingerprint)) revoked.set(fingerprint, revocation)
  }
  return revoked
}

/**
 * `proven`: by the key itself or by a designated revoker. `unproven`: names a designated revoker whose key is not
 * here. `broken`: names either, and is not by it. `foreign`: by somebody who has no say.
 */
type Standing = 'proven' | 'unproven' | 'broken' | 'foreign'

function standingOf(
  signature: KeySignature,
  certificate: Certificate,
  directory: Directory,
  subkey: KeyMaterial | null = null,
): Standing {
  const key = certificate.primary.content
  if (key.signing === null) return 'foreign'
  const content = subkey === null ? contentOfKey(key) : contentOfSubkey(key, subkey)
  if (names(signature.issuer, key)) return signature.isMadeBy(key, content) ? 'proven' : 'broken'
  const revoker = revokersOf(certificate).find(fingerprint => isNamed(signature, fingerprint))
  if (revoker === undefined) return 'foreign'
  const by = directory.get(revoker)?.primary.content
  if (by === undefined || by.signing === null) return 'unproven'
  return signature.isMadeBy(by, content) ? 'proven' : 'broken'
}

function stands(standing: Standing, { files }: Certificate): boolean {
  if (standing === 'broken')
    throw faulty(files.join(', '), 'a revocation that is not by the key that it names')
  return standing !== 'foreign'
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

function isUnreadable(reading: Reading, type: number, key: KeyMaterial): boolean {
  return reading.kind === 'unreadable' && reading.type === type && names(reading.issuer, key)
}

function allReadings({ primary, userIds, subkeys }: Certificate): readonly Reading[] {
  return [primary, ...userIds, ...subkeys].flatMap(({ signatures }) => signatures)
}

const unexplained: Revocation = { at: 0, forAllTime: true }

/** RFC 9580 §5.2.3.31. */
const superseded = 1
const retired = 3

/** A date in the future counts at once. Any reason but these two, and none at all, may mean a stolen key. */
function combined(signatures: readonly KeySignature[], now: number): Revocation | null {
  if (signatures.length === 0) return null
  return {
    at: Math.min(now, ...signatures.map(({ created }) => created)),
    forAllTime: signatures.some(({ reason }) => reason !== superseded && reason !== retired),
  }
}

function faulty(file: string, detail: string): Fault {
  return new Fault(
    `${printable(file)}: ${detail}`,
    'take it away, or replace it by one that gpg --import accepts',
  )
}
