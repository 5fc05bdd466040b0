import { Fault } from './core/fault.ts'
import { type FollowOutcome, holdBy } from './core/follow-report.ts'
import type { Clock } from './core/judge.ts'
import type { Oid } from './core/oid.ts'
import type { Policy } from './core/policy.ts'
import { planPush, type RefPlan, type ServerState } from './core/push.ts'
import { isAccepted, type RefVerdict } from './core/verdict.ts'
import { judgeRef } from './gate.ts'
import { listRange } from './objects.ts'
import { readServer } from './server.ts'
import { moveSyncTag, swapRef } from './sync.ts'
import type { TrustReader } from './trust.ts'
import { commitsAmong } from './verified.ts'

export type Mirror = {
  readonly gitDir: string
  readonly policy: Policy
  readonly clock: Clock
  readonly trustFor: TrustReader
}

/** Full names of the branch and its sync tag, and where upstream has the branch. */
export type Followed = { readonly branch: string; readonly tag: string; readonly upstream: Oid }

/**
 * Moves a branch of a mirror to where upstream has it, or to the last revision before what does not pass, and its sync
 * tag with it: what a push of that would be allowed to do, no more. The branch first, so that a kill in between leaves
 * a tag that lags. Each by compare and swap; where another run was faster, all is looked at again.
 */
export async function followBranch(mirror: Mirror, followed: Followed): Promise<FollowOutcome> {
  const { gitDir, policy, clock } = mirror
  const { branch, tag, upstream } = followed
  for (let attempt = 0; attempt < attempts; attempt++) {
    const asked = { ref: branch, claimed: upstream, after: upstream }
    const state = await readServer(gitDir, policy, [asked], clock)
    const before = state.refs.get(branch)?.oid ?? null
    const mark = state.syncTags.get(branch) ?? { kind: 'absent' }
    const whole = await judge(mirror, branch, upstream, state)
    const after = await fitting(mirror, branch, whole, state)
    const outcome = { ref: branch, before, after: after ?? before, upstream, judged: whole.verdict.judged }
    const hold = after === upstream ? null : holdBy(await culprit(mirror, branch, whole, after, state))
    if (after === null) return { ...outcome, hold }
    const seconds = clock.now
    if (after !== before && !(await swapRef(gitDir, { ref: branch, from: before, to: after }, seconds)))
      continue
    const old = mark.kind === 'valid' ? mark.oid : null
    const isMarked = mark.kind === 'valid' && mark.commit === after
    if (isMarked || (await moveSyncTag(gitDir, policy, { ref: tag, old, commit: after }, clock)))
      return { ...outcome, hold }
  }
  throw new Fault(`${branch}: it is moved by others all the time`, 'let one refwarden sync run at a time')
}

const attempts = 5

type Judged = { readonly plan: RefPlan; readonly verdict: RefVerdict }

/** The verdict on a push of `after` to the branch. */
async function judge(
  { gitDir, policy, trustFor }: Mirror,
  branch: string,
  after: Oid,
  state: ServerState,
): Promise<Judged> {
  const claimed = state.refs.get(branch)?.oid ?? null
  const [plan] = planPush(policy, [{ ref: branch, claimed, after }], state)
  if (plan === undefined) throw new Fault(`${branch}: nothing was planned`)
  return { plan, verdict: await judgeRef(gitDir, policy, plan, trustFor, () => undefined) }
}

/** Where the branch may go: all the way, or as far as it is fit, which is judged for itself. Null: nowhere. */
async function fitting(
  mirror: Mirror,
  branch: string,
  { plan, verdict }: Judged,
  state: ServerState,
): Promise<Oid | null> {
  if (plan.kind !== 'walk') return null
  if (isAccepted(verdict)) return plan.after
  const { lastFit } = verdict
  if (lastFit === null) return null
  return isAccepted((await judge(mirror, branch, lastFit, state)).verdict) ? lastFit : null
}

/** The verdict on the next commit of the branch's own chain, which holds it; on the whole where that says nothing. */
async function culprit(
  mirror: Mirror,
  branch: string,
  { plan, verdict }: Judged,
  after: Oid | null,
  state: ServerState,
): Promise<RefVerdict> {
  if (plan.kind !== 'walk' || verdict.reason !== null) return verdict
  const { tip, histories, chains } = plan.walk
  const ends = after === null ? await commitsAmong(mirror.gitDir, [...histories, ...chains]) : [after]
  let next: Oid | undefined
  for await (const [oid] of listRange(mirror.gitDir, { from: [tip], not: ends, firstParent: true }))
    next = oid
  if (next === undefined) return verdict
  const held = (await judge(mirror, branch, next, state)).verdict
  return held.rejected > 0 ? { ...held, reason: null } : verdict
}
