import type { SignatureVerdict } from './judge.ts'
import type { Oid } from './oid.ts'
import type { RefReason } from './rejection.ts'

/** What came of one commit or tag object. Texts are the pusher's and not made safe for a terminal. */
export type ObjectVerdict = {
  readonly oid: Oid
  /** Null where the object could not be read. */
  readonly parents: readonly Oid[] | null
  readonly author: string
  readonly subject: string
  readonly signature: SignatureVerdict
}

/** What came of one ref update. */
export type RefVerdict = {
  readonly ref: string
  readonly before: Oid | null
  readonly after: Oid | null
  /** Why the update is refused whatever its commits, or null. */
  readonly reason: RefReason | null
  /** More of the reason, for the admin's log. */
  readonly detail: string | null
  readonly judged: number
  readonly rejected: number
  /** The first of the rejected, newest first; the rest is only counted. */
  readonly rejections: readonly ObjectVerdict[]
  /** Newest revision on the way to `after` that would be accepted, where something would. */
  readonly lastFit: Oid | null
  /** What the refused commits are to be made anew on; null: nothing, they go down to a root. */
  readonly onto: Oid | null
  /** Primary fingerprints of the keys whose signatures passed. */
  readonly signers: readonly string[]
}

/** Of an update whose objects are not looked at. */
export function unjudged(
  { ref, before, after }: Pick<RefVerdict, 'ref' | 'before' | 'after'>,
  reason: RefReason | null,
): RefVerdict {
  return {
    ref,
    before,
    after,
    reason,
    detail: null,
    judged: 0,
    rejected: 0,
    rejections: [],
    lastFit: null,
    onto: before,
    signers: [],
  }
}

export function isAccepted({ reason, rejected }: RefVerdict): boolean {
  return reason === null && rejected === 0
}

/** How many rejected commits of a ref are reported in full. */
export const reportedRejections = 10
