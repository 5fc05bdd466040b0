import type { StoredObject } from './core/batch-reader.ts'
import type { Clock } from './core/judge.ts'
import type { Oid } from './core/oid.ts'
import { type Mode, namedRefs, type Policy, protectedFolders, protectionFor } from './core/policy.ts'
import { branchesToAsk, protectsAnything, type ServerRefs, type ServerState } from './core/push.ts'
import type { RefUpdate } from './core/ref-update.ts'
import { isInTheWay, type SyncTagState, whyNoSyncTag } from './core/sync-tag.ts'
import { foldsNames, looseRefsBelow } from './edge/loose-refs.ts'
import { inspectTag, type Trust } from './inspect.ts'
import { readNamed } from './objects.ts'
import { readServerRefs } from './server-refs.ts'
import { syncTagTrust } from './trust.ts'
import { commitsAmong, whyNotOnto } from './verified.ts'

/** The server as it stands before a push, as far as these updates ask for it. Where nothing is protected, nothing is read. */
export async function readServer(
  gitDir: string,
  policy: Policy,
  updates: readonly RefUpdate[],
  clock: Clock,
): Promise<ServerState> {
  if (!protectsAnything(policy)) return { refs: new Map(), syncTags: new Map() }
  const loose = protectedFolders(policy).flatMap(folder => looseRefsBelow(gitDir, folder))
  const refs = await readServerRefs(gitDir, [
    ...updates.map(({ ref }) => ref),
    ...namedRefs(policy),
    ...loose,
  ])
  const folds = foldsNames(gitDir)
  const asked = branchesToAsk(policy, updates, refs)
  const syncTags = new Map<string, SyncTagState>()
  const found: (FoundTag & { readonly branch: string })[] = []
  for (const [branch, ref] of asked) {
    const { oid = null, target = null } = refs.get(ref) ?? {}
    const tip = refs.get(branch)?.oid ?? null
    const detail = target !== null ? `it is a symbolic ref to ${target}` : inTheWay(ref, refs)
    if (detail !== null) syncTags.set(branch, { kind: 'invalid', oid, detail })
    else if (oid !== null) found.push({ branch, ref, oid, tip, mode: protectionFor(policy, branch)?.mode })
  }
  if (found.length === 0) return { refs, syncTags, folds }
  const states = await readSyncTags(gitDir, found, await syncTagTrust(policy, clock))
  for (const [index, state] of states.entries()) syncTags.set(found[index]?.branch ?? '', state)
  return { refs, syncTags, folds }
}

/** Why git could not make the tag `ref`, or null. */
function inTheWay(ref: string, refs: ServerRefs): string | null {
  if (refs.has(ref)) return null
  for (const name of refs.keys()) if (isInTheWay(ref, name)) return `${name} stands in its way`
  return null
}

/** A tag object that is to be judged as the sync tag `ref` of a branch at `tip`; null: not made yet. */
export type FoundTag = {
  readonly ref: string
  readonly oid: Oid
  readonly tip: Oid | null
  readonly mode: Mode | undefined
}

/** What each of the tags says, in order. */
export async function readSyncTags(
  gitDir: string,
  tags: readonly FoundTag[],
  trust: Trust,
): Promise<readonly Judged[]> {
  const objects = await readNamed(
    gitDir,
    tags.map(({ oid }) => oid),
    1024 * 1024,
  )
  const read = await Promise.all(tags.map((tag, index) => judgeTag(tag, objects[index] ?? null, trust)))
  const commits = read.flatMap(tag => (tag.kind === 'valid' ? [tag.commit] : []))
  const present = new Set(await commitsAmong(gitDir, commits))
  const states: Judged[] = []
  for (const [index, tag] of read.entries()) states.push(await placed(gitDir, tag, present, tags[index]))
  return states
}

type Judged = SyncTagState & { readonly kind: 'valid' | 'invalid' }

/** By its own bytes alone. */
async function judgeTag({ ref, oid }: FoundTag, stored: StoredObject | null, trust: Trust): Promise<Judged> {
  if (stored?.type !== 'tag') return { kind: 'invalid', oid, detail: 'it is no tag object' }
  const { tag, verdict } = await inspectTag(stored, trust)
  const detail = whyNoSyncTag(tag, verdict.signature, ref)
  if (tag === null || detail !== null) return { kind: 'invalid', oid, detail: detail ?? '' }
  return { kind: 'valid', oid, commit: tag.target }
}

/** By where its commit stands. */
async function placed(
  gitDir: string,
  tag: Judged,
  present: ReadonlySet<Oid>,
  { tip = null, mode }: Partial<FoundTag> = {},
): Promise<Judged> {
  if (tag.kind === 'invalid') return tag
  const invalid = (detail: string): Judged => ({ kind: 'invalid', oid: tag.oid, detail })
  if (!present.has(tag.commit)) return invalid('its commit is missing')
  if (tip === null) return tag
  const walk = { tip, mode: mode === 'first-parent' ? mode : 'all', histories: [], chains: [] } as const
  const why = await whyNotOnto(gitDir, walk, tag.commit)
  if (why === null) return tag
  return invalid(
    `its commit ${tag.commit} is not ${why === 'rewind' ? 'in' : 'on the first-parent chain of'} the branch`,
  )
}
