import { type HashAlgorithm, isTooShort } from './hash-algorithm.ts'
import { type Claim, identityObjection } from './identity.ts'
import type { SigningPart, SshTerms } from './keyring.ts'
import type { ObjectReason } from './rejection.ts'

/** What the bytes and the arithmetic say of one object's signature; nothing of what is allowed. */
export type SignatureFacts =
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'several' }
  | { readonly kind: 'unreadable'; readonly detail: string }
  | { readonly kind: 'unsupported'; readonly detail: string }
  /** `issuer`: fingerprint or key id that the signature names. */
  | { readonly kind: 'unknown-key'; readonly issuer: string; readonly detail?: string }
  | { readonly kind: 'mismatch'; readonly by: SigningPart }
  | {
      readonly kind: 'match'
      /** The key that made it, on each of the terms on which it is trusted: any of them is enough. */
      readonly by: readonly [SigningPart, ...SigningPart[]]
      readonly hash: HashAlgorithm
      /** Seconds since 1970: when the signature says that it was made; null: it does not, as one of OpenSSH. */
      readonly at: number | null
      /** Seconds since 1970 from which on the signature itself has expired, or null. */
      readonly expires: number | null
      /** Seconds since 1970: the date of the commit or tag, which its author chose; null: it has none. */
      readonly dated: number | null
      /** What a security key says that it asked for; null: no security key made it. */
      readonly token: { readonly touched: boolean; readonly verified: boolean } | null
    }

export type SignatureVerdict =
  /** `at`: when the signature says that it was made, or null. */
  | { readonly ok: true; readonly signer: SigningPart; readonly at: number | null }
  | {
      readonly ok: false
      readonly reason: ObjectReason
      /** Fingerprint of the key that made it, or what the signature names; null where it names none. */
      readonly key: string | null
      readonly signer: SigningPart | null
      readonly at: number | null
      /** For people, where the reason alone does not say it; never the pusher's bytes. */
      readonly detail: string | null
    }

/** By which clock a key is judged: the server's, at a push; the signature's own, in an audit of old history. */
export type Clock = {
  readonly rule: 'now' | 'signature'
  /** Seconds since 1970. */
  readonly now: number
  /** Seconds. */
  readonly skew: number
}

/**
 * Whether the facts are good enough. At a push the server's clock decides: a signature that an expired or retired
 * key dates back into its life does not pass. A key that was compromised, or revoked without a reason, is bad for
 * all time under either clock.
 */
export function judge(facts: SignatureFacts, clock: Clock, claim: Claim | null = null): SignatureVerdict {
  switch (facts.kind) {
    case 'unsigned':
      return refused('unsigned')
    case 'several':
      return refused('several-signatures')
    case 'unreadable':
      return refused('unreadable-signature', facts.detail)
    case 'unsupported':
      return refused('unsupported-signature', facts.detail)
    case 'unknown-key':
      return { ...refused('unknown-key', facts.detail), key: facts.issuer }
    case 'mismatch':
      return { ...refused('bad-signature'), key: facts.by.fingerprint, signer: facts.by }
    case 'match':
      return judgeMatch(facts, clock, claim)
  }
}

type Match = SignatureFacts & { readonly kind: 'match' }

function judgeMatch(facts: Match, clock: Clock, claim: Claim | null): SignatureVerdict {
  const { at, by } = facts
  const [part, next, ...others] = by
  const objection = objectionTo(part, facts, clock) ?? foreign(part, claim)
  if (objection === null) return { ok: true, signer: part, at }
  const other = next === undefined ? null : judgeMatch({ ...facts, by: [next, ...others] }, clock, claim)
  if (other?.ok === true) return other
  return { ...refused(objection.reason, objection.detail), key: part.fingerprint, signer: part, at }
}

const weakHashes: ReadonlySet<HashAlgorithm> = new Set(['md5', 'sha1', 'ripemd160'])

/** Bits; RSA. */
export const smallestModulus = 2048

type Objection = { readonly reason: ObjectReason; readonly detail?: string | null }

/** Why a signature by `part` is not good enough, or null. */
function objectionTo(part: SigningPart, facts: Match, clock: Clock): Objection | null {
  const { hash, at, expires, dated } = facts
  // a signature without a date is made now, but for an audit, which goes by the date of the object
  const claimed = at ?? (clock.rule === 'signature' ? dated : null)
  const made = claimed ?? clock.now
  const when = clock.rule === 'now' ? clock.now : made
  const { revoked, validFrom, validUntil, ssh } = part
  if (weakHashes.has(hash) || (ssh === null && isTooShort(hash, part))) return { reason: 'weak-hash' }
  if (isWeak(part)) return { reason: 'weak-key' }
  if (!part.forSigning) return { reason: 'key-not-for-signing', detail: ssh?.unfit ?? null }
  if (revoked !== null && (clock.rule === 'now' || revoked.forAllTime || made >= revoked.at))
    return { reason: 'key-revoked' }
  if (made > clock.now + clock.skew) return { reason: 'signed-in-future' }
  if (made < validFrom)
    return { reason: 'signed-before-key', detail: at === null ? 'its key is not valid yet' : null }
  if (validUntil !== null && Math.max(when, made) >= validUntil) return { reason: 'key-expired' }
  if (expires !== null && when >= expires) return { reason: 'key-expired' }
  return ssh === null ? null : untouched(ssh, facts)
}

function foreign(part: SigningPart, claim: Claim | null): Objection | null {
  const reason = claim === null ? null : identityObjection(part, claim)
  return reason === null ? null : { reason }
}

/** A security key that signs without anybody near it is worth no more than a file. */
function untouched({ presence }: SshTerms, { token }: Match): Objection | null {
  if (token === null || presence === 'none') return null
  if (!token.touched) return { reason: 'unsupported-signature', detail: 'its security key was not touched' }
  if (presence === 'verified' && !token.verified)
    return { reason: 'unsupported-signature', detail: 'its security key did not ask for a PIN' }
  return null
}

/** An RSA key that can be factored in the foreseeable future. */
export function isWeak({ algorithm, bits }: SigningPart): boolean {
  return algorithm === 'rsa' && bits < smallestModulus
}

function refused(reason: ObjectReason, detail: string | null = null): SignatureVerdict & { ok: false } {
  return { ok: false, reason, key: null, signer: null, at: null, detail }
}
