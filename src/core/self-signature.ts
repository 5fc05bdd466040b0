import {
  allReadings,
  type Certificate,
  type KeyMaterial,
  type KeySignature,
  names,
  type Reading,
  signatureType,
} from './certificate.ts'
import { contentOfKey, contentOfUserId } from './signed-content.ts'

/** Seconds since 1970, and how far in the future, in seconds, something may be dated. */
export type Moment = { readonly now: number; readonly skew: number }

/** What a primary key says of itself in the self-signatures that count. */
export type SelfDescription = {
  /** Seconds since 1970, the first second at which it is expired; null: never. */
  readonly validUntil: number | null
  readonly forSigning: boolean
  /** The user ids that it vouches for. */
  readonly userIds: readonly Uint8Array[]
}

/**
 * What the newest self-signatures say, or null where none counts. Direct-key signatures and user ids are two voices:
 * the newest of each speaks, and where both speak the key may do only what both let it do; several of the same second
 * over the same user id or key all speak. A signature that says nothing of expiry and use (a designated revoker's appointment, a further user id of
 * a version 6 key) does not silence an older one that does. RFC 9580 §5.2.3.10.
 */
export function describeSelf(
  { primary, userIds }: Certificate,
  signatures: readonly KeySignature[],
  moment: Moment,
): SelfDescription | null {
  const key = primary.content
  const directs = signatures.filter(isOfType(signatureType.directKey))
  const direct = newest(directs.filter(describesKey), signatures, contentOfKey(key))
  const named = userIds.flatMap(userId => {
    const all = read(userId.signatures)
    const certifications = all.filter(({ type }) => (type & ~3) === signatureType.certification)
    const newestOnes = newest(certifications, all, contentOfUserId(key, userId.content))
    return newestOnes.length === 0 ? [] : [{ userId: userId.content, signatures: newestOnes }]
  })
  const byUserId = named.map(({ signatures }) => signatures.filter(describesKey))
  const voices = [...direct, ...newestOf(byUserId)]
  if (voices.length + named.length + newest(directs, signatures, contentOfKey(key)).length === 0) return null
  return {
    validUntil: earliest(...voices.map(voice => endOf(voice, key))),
    forSigning: voices.some(({ flags }) => flags !== null) && voices.every(allowsSigning),
    userIds: named.map(({ userId }) => userId),
  }

  function newest(
    candidates: readonly KeySignature[],
    all: readonly KeySignature[],
    content: Uint8Array,
  ): readonly KeySignature[] {
    const found = newestValid(candidates, key, content, moment)
    return found.filter(signature => !isRevoked(signature, all, key, content))
  }
}

/**
 * The newest of `signatures` that `key` made over `content` and that count at this moment: one, or several of the same
 * second, which contradict each other where readers take one of them, some the first and some the last. One that is
 * dated before its key or in the future, over a broken hash, or with a critical demand that is not known here, does not
 * count.
 */
export function newestValid(
  signatures: readonly KeySignature[],
  key: KeyMaterial,
  content: Uint8Array,
  moment: Moment,
): readonly KeySignature[] {
  const candidates = signatures.filter(signature => counts(signature, key, moment)).sort(byAge)
  const newest = candidates.find(signature => signature.isMadeBy(key, content))
  if (newest === undefined) return []
  const others = candidates.filter(other => other !== newest && other.created === newest.created)
  return [newest, ...others.filter(signature => signature.isMadeBy(key, content))]
}

/** Whether a signature may count, were it by `key`. */
export function counts(signature: KeySignature, key: KeyMaterial, { now, skew }: Moment): boolean {
  const { issuer, strong, understood, created, expires } = signature
  if (!names(issuer, key) || !strong || !understood) return false
  return created >= key.created && created <= now + skew && (expires === null || expires > now)
}

/**
 * When a signature on one of these keys next begins or ceases to count, seconds since 1970, or null. Until then what
 * they are good for stays the same; that a key expires is said by its dates, which are judged anew each time.
 */
export function nextChange(certificates: readonly Certificate[], { now, skew }: Moment): number | null {
  const signatures = read(certificates.flatMap(allReadings))
  const all = [...signatures, ...signatures.flatMap(({ backSignature }) => backSignature ?? [])]
  const times = all.flatMap(({ created, expires }) => [created - skew, expires ?? 0])
  return earliest(...times.filter(time => time > now))
}

/** When what `signature` says of `key` ends: the key's life, or the signature's own. */
export function endOf(signature: KeySignature, key: KeyMaterial): number | null {
  const { keyLifetime, expires } = signature
  return earliest(keyLifetime === null || keyLifetime === 0 ? null : key.created + keyLifetime, expires)
}

/** Null: never. */
export function earliest(...times: readonly (number | null)[]): number | null {
  const ends = times.filter(time => time !== null)
  return ends.length === 0 ? null : Math.min(...ends)
}

/** Key flag 0x02. Without key flags a key is not for signing. RFC 9580 §5.2.3.29. */
export function maySign({ flags }: KeySignature): boolean {
  return flags !== null && (flags & 0x02) !== 0
}

/** The signatures that could be read. */
export function read(readings: readonly Reading[]): readonly KeySignature[] {
  return readings.flatMap(reading => (reading.kind === 'read' ? [reading.signature] : []))
}

export function isOfType(wanted: number): (signature: KeySignature) => boolean {
  return ({ type }) => type === wanted
}

/** A certification made again after it was revoked counts again. RFC 9580 §5.2.1.13. */
function isRevoked(
  signature: KeySignature,
  all: readonly KeySignature[],
  key: KeyMaterial,
  content: Uint8Array,
): boolean {
  return all
    .filter(isOfType(signatureType.certificationRevocation))
    .filter(({ issuer, created }) => names(issuer, key) && created >= signature.created)
    .some(revocation => revocation.isMadeBy(key, content))
}

/** The newest of these groups, each of signatures of one second; the first of several. */
function newestOf(groups: readonly (readonly KeySignature[])[]): readonly KeySignature[] {
  const [newest] = groups.flatMap(([first]) => first ?? []).sort(byAge)
  return groups.find(([first]) => first === newest) ?? []
}

function byAge(a: KeySignature, b: KeySignature): number {
  return b.created - a.created
}

function describesKey({ flags, keyLifetime }: KeySignature): boolean {
  return flags !== null || keyLifetime !== null
}

function allowsSigning(signature: KeySignature): boolean {
  return signature.flags === null || maySign(signature)
}
