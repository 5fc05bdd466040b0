import { namedRefs, type Policy, protectedFolders } from './policy.ts'
import { planPush } from './push.ts'
import type { RefUpdate } from './ref-update.ts'

/** Whether a push, as long as none of `suspectsOf` is a symbolic ref, changes nothing that is protected. */
export function isUnprotected(policy: Policy, updates: readonly RefUpdate[]): boolean {
  const plans = planPush(policy, updates, { refs: new Map(), syncTags: new Map() })
  const asksForTags = policy.syncTag !== null && updates.some(({ ref }) => ref.startsWith('refs/tags/'))
  return !asksForTags && plans.every(({ kind }) => kind === 'pass')
}

/**
 * The refs that could draw a push into more than it names, each if it is a symbolic one: a pushed name that leads to
 * another ref, a protected name that leads to a pushed one. By name, and all refs below some folders.
 */
export function suspectsOf(
  policy: Policy,
  updates: readonly RefUpdate[],
): { readonly names: readonly string[]; readonly folders: readonly string[] } {
  return {
    names: [...updates.map(({ ref }) => ref), ...namedRefs(policy)],
    folders: protectedFolders(policy),
  }
}

/**
 * Whether a push moves a few branches that are there, and no sync tag says more of them: then it is judged from where
 * they stand, whatever other refs there are.
 */
export function isMove(policy: Policy, updates: readonly RefUpdate[]): boolean {
  const moves = updates.every(
    ({ ref, claimed, after }) => ref.startsWith('refs/heads/') && claimed !== null && after !== null,
  )
  return policy.syncTag === null && moves && updates.length <= mostMoves
}

const mostMoves = 10
