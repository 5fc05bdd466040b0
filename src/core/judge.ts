import type { HashAlgorithm } from './hash-algorithm.ts'
import type { SigningPart } from './keyring.ts'
import type { ObjectReason } from './rejection.ts'

/** What the bytes and the arithmetic say of one object's signature; nothing of what is allowed. */
export type SignatureFacts =
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'several' }
  | { readonly kind: 'unreadable'; readonly detail: string }
  | { readonly kind: 'unsupported'; readonly detail: string }
  /** `issuer`: fingerprint or key id that the signature names, upper-case hex. */
  | { readonly kind: 'unknown-key'; readonly issuer: string }
  | { readonly kind: 'mismatch'; readonly by: SigningPart }
  | {
      readonly kind: 'match'
      readonly by: SigningPart
      readonly hash: HashAlgorithm
      /** Seconds since 1970: when the signer says that it was made, and from when on it has expired. */
      readonly at: number
      readonly expires: number | null
    }

export type SignatureVerdict =
  | { readonly ok: true; readonly signer: SigningPart; readonly at: number }
  | {
      readonly ok: false
      readonly reason: ObjectReason
      /** The key that made it or that it names, upper-case hex; null where none is named. */
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
export function judge(facts: SignatureFacts, clock: Clock): SignatureVerdict {
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
      return { ...refused('unknown-key'), key: facts.issuer }
    case 'mismatch':
      return { ...refused('bad-signature'), key: facts.by.fingerprint, signer: facts.by }
    case 'match': {
      const reason = faultOf(facts, clock)
      if (reason === null) return { ok: true, signer: facts.by, at: facts.at }
      return { ...refused(reason), key: facts.by.fingerprint, signer: facts.by, at: facts.at }
    }
  }
}

const weakHashes: ReadonlySet<HashAlgorithm> = new Set(['md5', 'sha1', 'ripemd160'])

/** Bits. */
const smallestModulus = 2048

function faultOf(
  { by, hash, at, expires }: SignatureFacts & { kind: 'match' },
  clock: Clock,
): ObjectReason | null {
  const when = clock.rule === 'now' ? clock.now : at
  if (weakHashes.has(hash)) return 'weak-hash'
  if (by.algorithm === 'rsa' && by.bits < smallestModulus) return 'weak-key'
  if (!by.forSigning) return 'key-not-for-signing'
  if (by.revoked !== null && (clock.rule === 'now' || by.revoked.forAllTime || at >= by.revoked.at))
    return 'key-revoked'
  if (at > clock.now + clock.skew) return 'signed-in-future'
  if (at < by.validFrom) return 'signed-before-key'
  if (by.validUntil !== null && Math.max(when, at) >= by.validUntil) return 'key-expired'
  if (expires !== null && when >= expires) return 'key-expired'
  return null
}

function refused(reason: ObjectReason, detail: string | null = null): SignatureVerdict & { ok: false } {
  return { ok: false, reason, key: null, signer: null, at: null, detail }
}
