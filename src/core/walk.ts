import type { Oid } from './oid.ts'
import type { Mode } from './policy.ts'

/**
 * The commits to judge: from `tip` down to what is verified already. Commits parked on an unprotected branch are in
 * it: only what a protected ref or a trust root vouches for ends it.
 */
export type Walk = {
  readonly tip: Oid
  readonly mode: Exclude<Mode, 'none'>
  /** Everything that these reach is verified. */
  readonly histories: readonly Oid[]
  /** Of these only the first-parent chain is verified; what a merge on it brought in may be unsigned. */
  readonly chains: readonly Oid[]
}

/** The parents that a walk in this mode goes on to. */
export function followed(mode: Walk['mode'], parents: readonly Oid[]): readonly Oid[] {
  return mode === 'all' ? parents : parents.slice(0, 1)
}

/**
 * Keeps account of a walk by the parents that stand in the judged objects themselves, so that no list of git's (a
 * graft, a shallow boundary, a failed child) can leave a commit out.
 */
export function frontier(
  tip: Oid,
  mode: Walk['mode'],
): {
  /** `parents` is null where the object could not be read. */
  pass(oid: Oid, parents: readonly Oid[] | null): void
  /** Named by a judged commit, or the tip, and not judged after that. */
  open(): readonly Oid[]
} {
  const awaited = new Set<Oid>([tip])
  return {
    pass(oid, parents) {
      awaited.delete(oid)
      for (const parent of followed(mode, parents ?? [])) awaited.add(parent)
    },
    open: () => [...awaited],
  }
}
