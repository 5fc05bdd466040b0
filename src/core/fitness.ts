import type { Oid } from './oid.ts'
import type { ObjectVerdict } from './verdict.ts'
import { followed, type Walk } from './walk.ts'

/** How far up the first-parent chain to a tip everything is as it should be. */
export type Fitness = {
  /** The newest commit of the walk on the chain from which no rejected commit can be reached; null: none. */
  readonly fit: Oid | null
  /** The commit below the walk's last one on the chain; null: that one is a root. */
  readonly below: Oid | null
}

/** A commit of the chain: how many are above it, and the one below it. */
type Link = { readonly depth: number; readonly below: Oid | null }

export type FitnessAccount = {
  pass(verdict: ObjectVerdict): void
  /** Null where a commit could not be read: nothing is known of what is below it. */
  fitness(): Fitness | null
  /** As of `frontier`. One that was passed already came before a child of it, and the fitness is not to be relied on. */
  open(): readonly Oid[]
}

/**
 * Keeps account of it while the verdicts of a walk pass, children before parents. Of what is passed it keeps nothing:
 * each commit that is still to come has with it the lowest link of the chain from which it can be reached.
 */
export function fitnessAccount({ tip, mode }: Pick<Walk, 'tip' | 'mode'>): FitnessAccount {
  const awaited = new Map<Oid, Link | null>([[tip, null]])
  let next: Oid | null = tip
  let last: Link | null = null
  let spoiled: Link | null = null
  let isRead = true
  return {
    pass({ oid, parents, signature }) {
      let link = awaited.get(oid) ?? null
      awaited.delete(oid)
      if (oid === next) {
        next = parents?.[0] ?? null
        last = { depth: depthOf(last) + 1, below: next }
        link = last
      }
      if (!signature.ok && depthOf(link) > depthOf(spoiled)) spoiled = link
      for (const parent of followed(mode, parents ?? [])) {
        const known = awaited.get(parent) ?? null
        awaited.set(parent, depthOf(known) > depthOf(link) ? known : link)
      }
      isRead &&= parents !== null
    },
    fitness() {
      if (!isRead) return null
      const fit = spoiled === null ? tip : spoiled === last ? null : spoiled.below
      return { fit: last === null ? null : fit, below: last?.below ?? null }
    },
    open: () => [...awaited.keys()],
  }
}

function depthOf(link: Link | null): number {
  return link?.depth ?? -1
}
