import type { Oid } from './oid.ts'
import { type Policy, type Protection, protectionFor } from './policy.ts'
import type { RefUpdate } from './ref-update.ts'
import type { RefReason } from './rejection.ts'
import type { Walk } from './walk.ts'

/** A ref as the server has it; `target` is the full name behind a symbolic ref. */
export type ServerRef = { readonly oid: Oid | null; readonly type: string; readonly target: string | null }
export type ServerRefs = ReadonlyMap<string, ServerRef>

/** What is to be done about one ref update. `before` is the server's own value, never the client's claim. */
export type RefPlan = { readonly ref: string; readonly before: Oid | null; readonly after: Oid | null } & (
  | { readonly kind: 'pass' }
  | { readonly kind: 'refuse'; readonly reason: RefReason }
  | {
      readonly kind: 'walk'
      readonly protection: Protection
      readonly walk: Walk
      /** The commit that the walk must come down to, or null where the ref is new or may be rewound. */
      readonly onto: Oid | null
      /** The client pushed on top of another value than the server's. */
      readonly stale: boolean
    }
  | { readonly kind: 'tag'; readonly protection: Protection; readonly after: Oid }
)

/** Whether anything is verified at all; without that a push is none of our business. */
export function protectsAnything(policy: Policy): boolean {
  return policy.protections.some(({ mode }) => mode !== 'none')
}

/** Decides for each update what must be judged. Reads nothing: `refs` are the server's before the push. */
export function planPush(
  policy: Policy,
  updates: readonly RefUpdate[],
  refs: ServerRefs,
): readonly RefPlan[] {
  return updates.map(update => planUpdate(policy, update, refs))
}

function planUpdate(policy: Policy, { ref, claimed, after }: RefUpdate, refs: ServerRefs): RefPlan {
  const before = refs.get(ref)?.oid ?? null
  const about = { ref, before, after }
  if (!protectsAnything(policy)) return { ...about, kind: 'pass' }
  const refuse = (reason: RefReason): RefPlan => ({ ...about, kind: 'refuse', reason })
  if (ref.startsWith('refs/replace/')) return refuse('replace-ref')
  if (aliasesProtected(policy, ref, refs)) return refuse('symbolic-ref')
  const protection = activeProtection(policy, ref)
  if (protection === null) return { ...about, kind: 'pass' }
  if (after === null) return protection.delete ? { ...about, kind: 'pass' } : refuse('deletion')
  if (ref.startsWith('refs/tags/')) {
    if (before !== null && before !== after && !protection.rewind) return refuse('rewind')
    return { ...about, after, kind: 'tag', protection }
  }
  const walk = walkTo(policy, protection, { ref, after, before }, refs)
  const onto = protection.rewind ? null : before
  return { ...about, kind: 'walk', protection, walk, onto, stale: claimed !== before }
}

/** The section that rules `ref`, or null where nothing about it is verified. */
function activeProtection(policy: Policy, ref: string): Protection | null {
  const protection = protectionFor(policy, ref)
  return protection === null || protection.mode === 'none' ? null : protection
}

/**
 * A hook hears only the name that was pushed: `stable`, a symbolic ref to `main`, moves `main`; and a push to `real`
 * moves `main` where `main` is a symbolic ref to `real`.
 */
function aliasesProtected(policy: Policy, ref: string, refs: ServerRefs): boolean {
  const isProtected = (name: string) => activeProtection(policy, name) !== null
  const target = refs.get(ref)?.target ?? null
  if (target !== null) return isProtected(ref) || isProtected(target)
  if (isProtected(ref)) return false
  return [...refs].some(([name, other]) => other.target === ref && isProtected(name))
}

/**
 * An existing branch is verified up to where it stands. A new one starts from what the server's other protected
 * branches have verified; so does one that may be rewound, from its own past too. Trust roots count always.
 */
function walkTo(
  policy: Policy,
  protection: Protection,
  { ref, before, after }: { ref: string; before: Oid | null; after: Oid },
  refs: ServerRefs,
): Walk {
  const histories: Oid[] = [...protection.trustRoots]
  const chains: Oid[] = []
  const add = (oid: Oid, mode: Protection['mode']) => (mode === 'all' ? histories : chains).push(oid)
  if (before !== null) add(before, protection.mode)
  else
    for (const [name, { oid, type, target }] of refs) {
      if (
        oid === null ||
        type !== 'commit' ||
        target !== null ||
        name === ref ||
        name.startsWith('refs/tags/')
      )
        continue
      const other = activeProtection(policy, name)
      if (other !== null) add(oid, other.mode)
    }
  return { tip: after, mode: protection.mode === 'first-parent' ? 'first-parent' : 'all', histories, chains }
}
