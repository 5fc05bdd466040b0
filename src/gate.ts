import type { StoredObject } from './core/batch-reader.ts'
import { Fault } from './core/fault.ts'
import { fitnessAccount } from './core/fitness.ts'
import type { Oid } from './core/oid.ts'
import type { KeySources, Policy } from './core/policy.ts'
import type { RefPlan } from './core/push.ts'
import type { RefReason } from './core/rejection.ts'
import { type ObjectVerdict, type RefVerdict, reportedRejections, unjudged } from './core/verdict.ts'
import type { Walk } from './core/walk.ts'
import { fitnessOf } from './fitness.ts'
import { inspect, inspectObject, inspectTag, type Trust } from './inspect.ts'
import type { KnownObjects } from './near-walk.ts'
import { objectLimit, readNamed } from './objects.ts'
import { readSyncTags } from './server.ts'
import type { TrustReader, TrustSection } from './trust.ts'
import { commitsAmong, isOnChain, reaches, whyNotOnto } from './verified.ts'

/** Judges one planned ref update to its end: all failing commits, and what of it would be fit to push. */
export async function judgeRef(
  gitDir: string,
  policy: Policy,
  plan: RefPlan,
  trustFor: TrustReader,
  progress: (judged: number) => void,
  known?: KnownObjects,
): Promise<RefVerdict> {
  switch (plan.kind) {
    case 'pass':
      return unjudged(plan, null)
    case 'refuse':
      return { ...unjudged(plan, plan.reason), detail: plan.detail }
    case 'walk':
      return judgeBranch(gitDir, plan, await trustFor(plan.protection), progress, known)
    case 'tag':
      return judgeTag(gitDir, plan, await trustFor(plan.protection))
    case 'sync-tag':
      return unjudged(plan, (await isRecovery(gitDir, policy, plan, trustFor)) ? null : 'sync-tag')
  }
}

async function judgeBranch(
  gitDir: string,
  plan: RefPlan & { kind: 'walk' },
  trust: Trust,
  progress: (judged: number) => void,
  known?: KnownObjects,
): Promise<RefVerdict> {
  const walk = { ...plan.walk, histories: await presentAmong(gitDir, plan) }
  const tally = newTally()
  const account = fitnessAccount(walk)
  const commits = inspect(gitDir, walk, trust, known)
  let step = await commits.next()
  for (; step.done !== true; step = await commits.next()) {
    for (const verdict of step.value) {
      count(tally, verdict)
      account.pass(verdict)
    }
    progress(tally.judged)
  }
  const unproven = await unprovenTip(gitDir, plan, walk, step.value)
  if (unproven !== null) count(tally, await inspectObject(unproven, trust))
  const reason = await whyRefused(gitDir, plan, walk, step.value)
  const refused = { ...unjudged(plan, reason), ...totals(tally) }
  if (reason !== null || tally.rejected === 0) return refused
  const { fit, below } = await fitnessOf(gitDir, walk, trust, account)
  const isPushable = fit !== null && (await whyNotOntoAny(gitDir, { ...walk, tip: fit }, plan.onto)) === null
  return isPushable
    ? { ...refused, lastFit: fit, onto: fit }
    : { ...refused, onto: plan.before ?? fit ?? below }
}

/** Trust roots are named in the configuration, and not each repository has them; the other tips are the server's own. */
async function presentAmong(
  gitDir: string,
  { walk, protection: { trustRoots } }: RefPlan & { kind: 'walk' },
): Promise<readonly Oid[]> {
  const present = await commitsAmong(gitDir, trustRoots)
  return walk.histories.filter(oid => present.includes(oid) || !trustRoots.includes(oid))
}

/**
 * The tip, where a branch that need not go on from an old tip is put on a commit that merges alone brought in. It must
 * pass on its own: what such a merge brought into one branch unsigned could become the tip of another by way of a third.
 */
async function unprovenTip(
  gitDir: string,
  { onto }: RefPlan & { kind: 'walk' },
  walk: Walk,
  ends: readonly Oid[],
): Promise<StoredObject | null> {
  if (onto.length > 0 || !ends.includes(walk.tip) || (await isOnChain(gitDir, walk.tip, walk))) return null
  const [tip] = await readNamed(gitDir, [walk.tip], objectLimit)
  return tip?.type === 'commit' ? tip : null
}

async function whyRefused(
  gitDir: string,
  { onto, stale }: RefPlan & { kind: 'walk' },
  walk: Walk,
  ends: readonly Oid[],
): Promise<RefReason | null> {
  if (ends.includes(walk.tip) && (await commitsAmong(gitDir, [walk.tip])).length === 0) return 'not-a-commit'
  const why = await whyNotOntoAny(
    gitDir,
    walk,
    onto.filter(oid => !ends.includes(oid)),
  )
  return why ?? (stale ? 'rewind' : null)
}

async function whyNotOntoAny(
  gitDir: string,
  walk: Walk,
  onto: readonly Oid[],
): Promise<'rewind' | 'foxtrot' | null> {
  for (const oid of onto) {
    const why = await whyNotOnto(gitDir, walk, oid)
    if (why !== null) return why
  }
  return null
}

/** A tag is judged by its own bytes; what it points to is a matter of the branches. */
async function judgeTag(gitDir: string, plan: RefPlan & { kind: 'tag' }, trust: Trust): Promise<RefVerdict> {
  const [stored] = await readNamed(gitDir, [plan.after], 1024 * 1024)
  if (stored === undefined || stored === null) throw new Fault(`git has no object ${plan.after}`)
  if (stored.type !== 'tag') return unjudged(plan, 'unsigned-tag')
  const { tag, verdict } = await inspectTag(stored, trust)
  const tally = newTally()
  if (!verdict.signature.ok && verdict.signature.reason === 'unsigned') return unjudged(plan, 'unsigned-tag')
  count(tally, verdict)
  const named = unjudged(plan, tag !== null && `refs/tags/${tag.name}` !== plan.ref ? 'tag-name' : null)
  if (tag !== null && tag.targetType !== 'commit')
    return { ...named, ...totals(tally), reason: 'not-a-commit' }
  return { ...named, ...totals(tally) }
}

/**
 * Whether a pushed sync tag is one by a recovery key, the only hand but the server's that may move it; and never back:
 * whoever may push has all the old tags.
 */
async function isRecovery(
  gitDir: string,
  { recoveryKeys: keys, revokedKeys }: Policy,
  { ref, after, tip, mark, protection: { mode } }: RefPlan & { kind: 'sync-tag' },
  trustFor: TrustReader,
): Promise<boolean> {
  if (keys.length === 0) return false
  const [tag] = await readSyncTags(
    gitDir,
    [{ ref, oid: after, tip, mode }],
    await trustFor(anybody({ keys, revokedKeys })),
  )
  if (tag?.kind !== 'valid') return false
  return mark.kind !== 'valid' || (await reaches(gitDir, tag.commit, mark.commit))
}

/** Nothing but the key counts for who may repair a sync tag. */
function anybody(sources: KeySources): TrustSection {
  return { ...sources, signerIsCommitter: false, signerIsPusher: null }
}

type Tally = {
  judged: number
  rejected: number
  readonly first: ObjectVerdict[]
  readonly signers: Set<string>
}

function newTally(): Tally {
  return { judged: 0, rejected: 0, first: [], signers: new Set() }
}

function count(tally: Tally, verdict: ObjectVerdict): void {
  tally.judged++
  if (verdict.signature.ok) {
    tally.signers.add(verdict.signature.signer.primary)
    return
  }
  tally.rejected++
  if (tally.first.length < reportedRejections) tally.first.push(verdict)
}

function totals({ judged, rejected, first, signers }: Tally) {
  return { judged, rejected, rejections: first, signers: [...signers] }
}
