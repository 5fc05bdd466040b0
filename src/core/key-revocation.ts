import {
  allReadings,
  type Certificate,
  type KeyMaterial,
  type KeySignature,
  names,
  type Reading,
  signatureType,
} from './certificate.ts'
import { Fault } from './fault.ts'
import type { Revocation } from './keyring.ts'
import { printable } from './printable.ts'
import { type Directory, standingIn, standingOf } from './revoker.ts'
import { isOfType, read } from './self-signature.ts'

/** A revocation that stands in no key of its own. */
export type LoneReading = { readonly file: string; readonly reading: Reading }

/**
 * What each key is revoked by that does not stand in it but alone, or behind another key of the same file. A
 * revocation of a key that is not here is passed over; a lone one that names a key here and is not by it, or that
 * cannot be checked, is a Fault.
 */
export function assignRevocations(
  lone: readonly LoneReading[],
  directory: Directory,
): ReadonlyMap<Certificate, readonly KeySignature[]> {
  const assigned = new Map<Certificate, KeySignature[]>()
  for (const { file, reading } of lone) {
    if (reading.kind === 'unreadable') throw faulty(file, 'a revocation that cannot be read')
    const { fingerprint, keyId } = reading.signature.issuer
    if (fingerprint === null && keyId === null)
      throw faulty(file, 'a revocation that does not say of which key')
    if (!assign(reading.signature)) throw faulty(file, notByIt)
  }
  for (const { certificate, revokers } of directory.values())
    for (const signature of keyRevocations(certificate))
      if (standingOf(signature, { certificate, revokers }, directory) === 'foreign') assign(signature)
  return assigned

  /** False where it names a key here and could be proven for none. */
  function assign(signature: KeySignature): boolean {
    let named = false
    for (const listed of directory.values()) {
      const standing = standingOf(signature, listed, directory)
      if (standing === 'foreign') continue
      named = true
      if (standing !== 'proven') continue
      const { certificate } = listed
      assigned.set(certificate, [...(assigned.get(certificate) ?? []), signature])
      return true
    }
    return !named
  }
}

/**
 * Whether and how the primary key is revoked. A revocation counts whatever its age, hash and date: who can make one
 * may as well throw the key away. One that cannot be read counts too; one that is not by the key it names is a Fault.
 */
export function keyRevocation(
  certificate: Certificate,
  lone: readonly KeySignature[],
  directory: Directory,
  now: number,
): Revocation | null {
  const key = certificate.primary.content
  const unread = allReadings(certificate).some(reading =>
    isUnreadable(reading, signatureType.keyRevocation, key),
  )
  if (unread) return unexplained
  const own = keyRevocations(certificate).filter(signature => {
    const standing = standingIn(signature, certificate, directory)
    if (standing === 'broken') throw faulty(certificate.files.join(', '), notByIt)
    return standing !== 'foreign'
  })
  return combined([...own, ...lone], now)
}

/** How each subkey is revoked, by its fingerprint. The revocation may stand behind another subkey of the same key. */
export function subkeyRevocations(
  certificate: Certificate,
  directory: Directory,
  now: number,
): ReadonlyMap<string, Revocation> {
  const key = certificate.primary.content
  const subkeys = certificate.subkeys.map(({ content }) => content)
  const found = new Map<string, KeySignature[]>()
  const unread = new Map<string, Revocation>()
  for (const { content: subkey, signatures } of certificate.subkeys) {
    if (signatures.some(reading => isUnreadable(reading, signatureType.subkeyRevocation, key)))
      unread.set(subkey.fingerprint, unexplained)
    for (const signature of read(signatures).filter(isOfType(signatureType.subkeyRevocation))) {
      const standing = (target: KeyMaterial) => standingIn(signature, certificate, directory, target)
      const candidates = [subkey, ...subkeys.filter(other => other !== subkey)]
      const target = candidates.find(candidate => ['proven', 'unproven'].includes(standing(candidate)))
      if (target !== undefined)
        found.set(target.fingerprint, [...(found.get(target.fingerprint) ?? []), signature])
      else if (standing(subkey) === 'broken') throw faulty(certificate.files.join(', '), notByIt)
    }
  }
  const revoked = [...found].map(
    ([fingerprint, all]) => [fingerprint, combined(all, now) ?? unexplained] as const,
  )
  return new Map([...revoked, ...unread])
}

function isUnreadable(reading: Reading, type: number, key: KeyMaterial): boolean {
  return reading.kind === 'unreadable' && reading.type === type && names(reading.issuer, key)
}

/** Of the primary key, wherever in the file they stand. */
function keyRevocations(certificate: Certificate): readonly KeySignature[] {
  return read(allReadings(certificate)).filter(isOfType(signatureType.keyRevocation))
}

/** Of a revocation that cannot be read. */
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

const notByIt = 'a revocation that is not by the key that it names'

function faulty(files: string, detail: string): Fault {
  return new Fault(
    `${printable(files)}: ${detail}`,
    'take it away, or put one in its place that gpg --import takes',
  )
}
