import { Fault } from './core/fault.ts'
import type { Clock } from './core/judge.ts'
import { type Oid, parseOid } from './core/oid.ts'
import type { Policy } from './core/policy.ts'
import {
  protectsAnything,
  type ServerRef,
  type ServerRefs,
  type ServerState,
  syncedBranches,
} from './core/push.ts'
import type { RefUpdate } from './core/ref-update.ts'
import { type SyncTagState, whyNoSyncTag } from './core/sync-tag.ts'
import { gitLines } from './edge/git.ts'
import { mayBeSymbolic } from './edge/loose-refs.ts'
import { inspectTag, type Trust } from './inspect.ts'
import { readNamed } from './objects.ts'
import { syncTagTrust } from './trust.ts'
import { reaches } from './verified.ts'

/** The server as it stands before a push, as far as these updates ask for it. Where nothing is protected, nothing is read. */
export async function readServer(
  gitDir: string,
  policy: Policy,
  updates: readonly RefUpdate[],
  clock: Clock,
): Promise<ServerState> {
  if (!protectsAnything(policy)) return { refs: new Map(), syncTags: new Map() }
  const exact = policy.protections.map(({ pattern }) => pattern).filter(pattern => !pattern.includes('*'))
  const refs = await readServerRefs(gitDir, [...updates.map(({ ref }) => ref), ...exact])
  const synced = syncedBranches(
    policy,
    updates.map(({ ref }) => ref),
  )
  const syncTags = new Map<string, SyncTagState>()
  for (const [branch, ref] of synced) {
    const oid = refs.get(ref)?.oid ?? null
    const tip = refs.get(branch)?.oid ?? null
    if (oid === null) continue
    syncTags.set(branch, await readSyncTag(gitDir, { ref, oid, tip }, await syncTagTrust(policy, clock)))
  }
  return { refs, syncTags }
}

/** Judges the tag object that `ref` is on the server, for a branch that stands at `tip` (null: not made yet). */
export async function readSyncTag(
  gitDir: string,
  { ref, oid, tip }: { readonly ref: string; readonly oid: Oid; readonly tip: Oid | null },
  trust: Trust,
): Promise<SyncTagState & { kind: 'valid' | 'invalid' }> {
  const invalid = (detail: string) => ({ kind: 'invalid', oid, detail }) as const
  const [stored] = await readNamed(gitDir, [oid], 1024 * 1024)
  if (stored?.type !== 'tag') return invalid('it is no tag object')
  const { tag, verdict } = await inspectTag(stored, trust)
  const why = whyNoSyncTag(tag, verdict.signature, ref)
  if (why !== null || tag === null) return invalid(why ?? '')
  const [target] = await readNamed(gitDir, [tag.target], 0)
  if (target?.type !== 'commit') return invalid('its commit is missing')
  if (tip !== null && !(await reaches(gitDir, tip, tag.target)))
    return invalid('its commit is not in the branch')
  return { kind: 'valid', oid, commit: tag.target }
}

/**
 * Every ref of the repository by its full name, and of `asked` those that are dangling symbolic refs too (a push to
 * one makes its target), which git-for-each-ref(1) leaves out.
 */
export async function readServerRefs(gitDir: string, asked: readonly string[]): Promise<ServerRefs> {
  const refs = new Map<string, ServerRef>()
  const format = '--format=%(objectname) %(objecttype) %(refname)%00%(symref)'
  for await (const line of gitLines(gitDir, ['for-each-ref', format])) {
    const [, name = '', type = '', ref = '', target = ''] = /^(\S+) (\S+) ([^\0]+)\0(.*)$/su.exec(line) ?? []
    const oid = parseOid(name)
    if (oid === null) throw new Fault('git for-each-ref answered something that is no ref')
    refs.set(ref, { oid, type, target: target === '' ? null : target })
  }
  for (const ref of asked.filter(ref => !refs.has(ref) && mayBeSymbolic(gitDir, ref))) {
    const question = gitLines(gitDir, ['symbolic-ref', '--quiet', ref], '', [0, notSymbolic])
    for await (const target of question) refs.set(ref, { oid: null, type: '', target })
  }
  return refs
}

/** The exit code of git-symbolic-ref(1) for a ref that is none. */
const notSymbolic = 1
