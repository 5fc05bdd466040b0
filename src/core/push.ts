import type { Oid } from './oid.ts'
import { namedRefs, type Policy, type Protection, protectionFor } from './policy.ts'
import { otherSpelling } from './ref-spelling.ts'
import type { RefUpdate } from './ref-update.ts'
import type { RefReason } from './rejection.ts'
import { branchOfSyncTag, isReservedForSyncTags, type SyncTagState, syncTagRef } from './sync-tag.ts'
import type { Walk } from './walk.ts'

/** A ref as the server has it; `target` is the full name behind a symbolic ref. */
export type ServerRef = { readonly oid: Oid | null; readonly type: string; readonly target: string | null }
export type ServerRefs = ReadonlyMap<string, ServerRef>

/** What is to be done about one ref update. `before` is the server's own value, never the client's claim. */
export type RefPlan = { readonly ref: string; readonly before: Oid | null; readonly after: Oid | null } & (
  | { readonly kind: 'pass' }
  /** `detail` is for the admin's log. */
  | { readonly kind: 'refuse'; readonly reason: RefReason; readonly detail: string | null }
  | {
      readonly kind: 'walk'
      readonly protection: Protection
      readonly walk: Walk
      /** What the walk must come down to: the ref's old tip unless it may be rewound, the sync tag's commit always. */
      readonly onto: readonly Oid[]
      /** The client pushed on top of another value than the server's. */
      readonly stale: boolean
    }
  | { readonly kind: 'tag'; readonly protection: Protection; readonly after: Oid }
  /** A new sync tag for a branch that stands at `tip`, which only a recovery key may push. */
  | {
      readonly kind: 'sync-tag'
      readonly protection: Protection
      readonly tip: Oid | null
      /** What the tag says that is there now: never backwards from it. */
      readonly mark: SyncTagState
      readonly after: Oid
    }
)

/** Whether anything is verified at all; without that a push is none of our business. */
export function protectsAnything(policy: Policy): boolean {
  return policy.protections.some(({ mode }) => mode !== 'none')
}

/** The server before a push: its refs, and what the sync tags say of branches, as far as `branchesToAsk` names them. */
export type ServerState = {
  readonly refs: ServerRefs
  readonly syncTags: ReadonlyMap<string, SyncTagState>
  /** Whether its file system takes two spellings of a ref's name for one. */
  readonly folds?: boolean
}

/** Decides for each update what must be judged. Reads nothing. */
export function planPush(
  policy: Policy,
  updates: readonly RefUpdate[],
  { refs, syncTags, folds = false }: ServerState,
): readonly RefPlan[] {
  if (!protectsAnything(policy)) return updates.map(update => ({ ...about(update, refs), kind: 'pass' }))
  const branches = [...refs.keys(), ...updates.map(({ ref }) => ref), ...namedRefs(policy)]
  const tags = [...syncedBranches(policy, branches).values()]
  const server: Server = {
    refs,
    syncTags,
    behindProtected: targetsOfProtected(policy, refs),
    verified: verifiedTips(policy, { refs, syncTags }),
    isRespelled: folds ? otherSpelling(policy, branches) : () => false,
    isReserved: ref => policy.syncTag !== null && isReservedForSyncTags(policy.syncTag, ref, tags),
  }
  return updates.map(update => planUpdate(policy, update, server))
}

/**
 * The branches whose sync tags a push asks for, each with its tag: those that it changes, those whose tag it changes,
 * and all of them where it makes a new protected branch, which starts from what the others have verified.
 */
export function branchesToAsk(
  policy: Policy,
  updates: readonly RefUpdate[],
  refs: ServerRefs,
): ReadonlyMap<string, string> {
  const { syncTag } = policy
  if (syncTag === null) return new Map()
  const pushed = updates.flatMap(({ ref }) => [ref, branchOfSyncTag(syncTag, ref) ?? ref])
  const isNew = ({ ref, claimed, after }: RefUpdate) =>
    after !== null && (claimed === null || !refs.has(ref)) && activeProtection(policy, ref) !== null
  return syncedBranches(policy, updates.some(isNew) ? [...pushed, ...refs.keys()] : pushed)
}

/** The branches among `refs` whose verified state a sync tag marks, each with the tag's full name. */
export function syncedBranches(policy: Policy, refs: readonly string[]): ReadonlyMap<string, string> {
  const { syncTag } = policy
  if (syncTag === null) return new Map()
  const tagged = refs.map(ref => [ref, syncTagRef(syncTag, ref)] as const)
  return new Map(
    tagged.filter(
      (pair): pair is [string, string] => pair[1] !== null && activeProtection(policy, pair[0]) !== null,
    ),
  )
}

type Server = ServerState & {
  /** Where symbolic refs with protected names lead: moving these moves those. */
  readonly behindProtected: ReadonlySet<string>
  readonly verified: Pick<Walk, 'histories' | 'chains'>
  readonly isReserved: (ref: string) => boolean
  readonly isRespelled: (ref: string) => boolean
}

function about({ ref, after }: RefUpdate, refs: ServerRefs) {
  return { ref, before: refs.get(ref)?.oid ?? null, after }
}

function planUpdate(policy: Policy, update: RefUpdate, server: Server): RefPlan {
  const { ref, claimed, after } = update
  const { before } = about(update, server.refs)
  const refuse = (reason: RefReason, detail: string | null = null): RefPlan => ({
    ref,
    before,
    after,
    kind: 'refuse',
    reason,
    detail,
  })
  const protection = activeProtection(policy, ref)
  if (ref.startsWith('refs/replace/')) return refuse('replace-ref')
  if (server.isRespelled(ref) || isAlias(policy, ref, server)) return refuse('symbolic-ref')
  if (server.isReserved(ref)) {
    const branch = policy.syncTag === null ? null : branchOfSyncTag(policy.syncTag, ref)
    const marked = branch === null ? null : activeProtection(policy, branch)
    if (branch === null || marked === null || after === null) return refuse('sync-tag')
    const tip = server.refs.get(branch)?.oid ?? null
    const mark = server.syncTags.get(branch) ?? absent
    return { ref, before, after, kind: 'sync-tag', protection: marked, tip, mark }
  }
  if (protection === null) return { ref, before, after, kind: 'pass' }
  if (after === null) return protection.delete ? { ref, before, after, kind: 'pass' } : refuse('deletion')
  if (ref.startsWith('refs/tags/')) {
    if (before !== null && before !== after && !protection.rewind) return refuse('rewind')
    return { ref, before, after, kind: 'tag', protection }
  }
  const mark = server.syncTags.get(ref) ?? absent
  if (mark.kind === 'invalid') return refuse('sync-tag-invalid', mark.detail)
  const marked = mark.kind === 'valid' ? [mark.commit] : []
  const onto = before !== null && !protection.rewind ? [before, ...marked] : marked
  const isNew = marked.length === 0 && before === null
  // a ref that names something else than a commit has nothing verified behind it
  const { oid = null, type } = server.refs.get(ref) ?? {}
  const known = marked[0] ?? (type === 'commit' ? oid : null)
  const verified = isNew ? server.verified : verifiedBy(protection.mode, known)
  const walk = walkTo(after, protection, verified)
  return { ref, before, after, kind: 'walk', protection, walk, onto, stale: claimed !== before }
}

const absent: SyncTagState = { kind: 'absent' }

/** The section that rules `ref`, or null where nothing about it is verified. */
function activeProtection(policy: Policy, ref: string): Protection | null {
  const protection = protectionFor(policy, ref)
  return protection === null || protection.mode === 'none' ? null : protection
}

/**
 * A hook hears only the name that was pushed: `stable`, a symbolic ref to `main`, moves `main`; and a push to `real`
 * moves `main` where `main` is a symbolic ref to `real`.
 */
function isAlias(policy: Policy, ref: string, { refs, behindProtected, isReserved }: Server): boolean {
  const isProtected = (name: string) => activeProtection(policy, name) !== null || isReserved(name)
  const target = refs.get(ref)?.target ?? null
  if (target !== null) return isProtected(ref) || isProtected(target) || behindProtected.has(target)
  return behindProtected.has(ref) && !isProtected(ref)
}

function targetsOfProtected(policy: Policy, refs: ServerRefs): ReadonlySet<string> {
  const links = [...refs].filter(
    ([name, { target }]) => target !== null && activeProtection(policy, name) !== null,
  )
  return new Set(links.flatMap(([, { target }]) => target ?? []))
}

/**
 * What the server's protected branches vouch for when a new one is made: up to the sync tag where there is one, nothing
 * where it is invalid. A branch that nothing protects never does.
 */
function verifiedTips(policy: Policy, { refs, syncTags }: ServerState): Pick<Walk, 'histories' | 'chains'> {
  const tips = { all: new Set<Oid>(), 'first-parent': new Set<Oid>(), none: new Set<Oid>() }
  for (const [name, { oid, type, target }] of refs) {
    const mark = syncTags.get(name) ?? absent
    if (oid === null || type !== 'commit' || target !== null || name.startsWith('refs/tags/')) continue
    if (mark.kind === 'invalid') continue
    tips[activeProtection(policy, name)?.mode ?? 'none'].add(mark.kind === 'valid' ? mark.commit : oid)
  }
  return { histories: [...tips.all], chains: [...tips['first-parent']] }
}

function verifiedBy(mode: Protection['mode'], tip: Oid | null): Pick<Walk, 'histories' | 'chains'> {
  const tips = tip === null ? [] : [tip]
  return mode === 'all' ? { histories: tips, chains: [] } : { histories: [], chains: tips }
}

/** Trust roots count always, beside what is verified. */
function walkTo(
  tip: Oid,
  { mode, trustRoots }: Protection,
  verified: Pick<Walk, 'histories' | 'chains'>,
): Walk {
  return {
    tip,
    mode: mode === 'first-parent' ? 'first-parent' : 'all',
    histories: [...trustRoots, ...verified.histories],
    chains: verified.chains,
  }
}
