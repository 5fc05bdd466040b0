import { renderDecision } from '../core/decision.ts'
import { Fault } from '../core/fault.ts'
import type { Clock } from '../core/judge.ts'
import type { Oid } from '../core/oid.ts'
import type { Policy } from '../core/policy.ts'
import { planPush, type RefPlan, type ServerRefs, syncedBranches } from '../core/push.ts'
import type { PushInput } from '../core/push-input.ts'
import { parseRefUpdates, type RefUpdate } from '../core/ref-update.ts'
import { renderSyncFailure } from '../core/report.ts'
import { isAccepted, type RefVerdict } from '../core/verdict.ts'
import { decisionsOf } from '../decisions.ts'
import { readPolicy } from '../edge/config.ts'
import { assertOnlyOwnerWrites } from '../edge/strict-modes.ts'
import { progressLine, writeLines } from '../edge/terminal.ts'

/**
 * Moves the sync tags of the branches that a push moved, after verifying from each tag to the tip again: it never
 * trusts that pre-receive ran. Undoes nothing; a tag that stays behind is said aloud, and the next push makes it good.
 */
export async function postReceive(push: PushInput): Promise<0 | 2> {
  const decisions = decisionsOf(push.gitDir)
  const note: Note = decision => {
    const { gitDir: repo, id, host, pusher } = push
    const time = new Date(push.now()).toISOString()
    return decisions.record(renderDecision({ time, id, host, repo, pusher, ...decision }))
  }
  const faults: Fault[] = []
  try {
    const input = push.updates()
    const policy = readPolicy(push.config, push.gitDir, assertOnlyOwnerWrites)
    decisions.follow(policy)
    if (policy.syncTag === null) return 0
    const updates = parseRefUpdates(input)
    if ('malformed' in updates) throw new Fault(`the push is malformed: ${updates.malformed}`)
    const refs = updates.filter(({ after }) => after !== null).map(({ ref }) => ref)
    for (const branch of syncedBranches(policy, refs)) {
      try {
        await follow(push, policy, branch, updates, note)
      } catch (error) {
        faults.push(faultOf(error))
      }
    }
  } catch (error) {
    faults.push(faultOf(error))
  }
  if (faults.length === 0) return 0
  writeLines(renderSyncFailure(push.id))
  try {
    for (const { message: fault, remedy } of faults)
      await note({ verdict: 'sync-tag not moved', fault, remedy })
  } catch {
    writeLines(['hint: it cannot write its log either'])
  }
  return 2
}

type Note = (decision: Readonly<Record<string, unknown>>) => Promise<void>

function faultOf(error: unknown): Fault {
  return error instanceof Fault ? error : new Fault(`unforeseen: ${(error as Error)?.stack ?? error}`)
}

/** Runs of two pushes may end in any order: each goes by where the branch stands now, and only the next step forward is made. */
async function follow(
  push: PushInput,
  policy: Policy,
  [branch, tag]: readonly [branch: string, tag: string],
  updates: readonly RefUpdate[],
  note: Note,
): Promise<void> {
  // not loaded by the many pushes after which there is nothing to do
  const { readServer } = await import('../server.ts')
  const { moveSyncTag } = await import('../sync.ts')
  const { gitDir } = push
  const [update] = updates.filter(({ ref }) => ref === branch)
  for (let attempt = 0; attempt < attempts && update !== undefined; attempt++) {
    const clock = { rule: 'now', now: Math.floor(push.now() / 1000), skew: policy.clockSkew } as const
    const { refs, syncTags } = await readServer(gitDir, policy, [update], clock)
    const { oid: tip = null } = refs.get(branch) ?? {}
    const mark = syncTags.get(branch) ?? { kind: 'absent' }
    if (tip === null || (mark.kind === 'valid' && mark.commit === tip)) return
    if (mark.kind === 'invalid')
      throw new Fault(`${tag}: this sync tag is invalid: ${mark.detail}`, `refwarden trust ${branch}`)
    const [plan] = planPush(policy, [{ ...update, after: tip }], { refs: asBefore(refs, updates), syncTags })
    if (plan === undefined) return
    const verdict = await judge(push, policy, plan, clock)
    if (!isAccepted(verdict)) throw notVerified(branch, tip, verdict)
    const old = mark.kind === 'valid' ? mark.oid : null
    if (!(await moveSyncTag(gitDir, policy, { ref: tag, old, commit: tip }, clock))) continue
    return note({ verdict: 'sync-tag moved', ref: tag, before: old, commit: tip, judged: verdict.judged })
  }
  throw new Fault(`${tag}: it is moved by others all the time`, 'push again')
}

const attempts = 20

async function judge(
  { gitDir, now }: PushInput,
  policy: Policy,
  plan: RefPlan,
  clock: Clock,
): Promise<RefVerdict> {
  const { judgeRef } = await import('../gate.ts')
  const { trustReader } = await import('../trust.ts')
  const progress = progressLine(now)
  try {
    const trustFor = trustReader({ gitDir, strictModes: policy.strictModes, clock, pusher: null })
    return await judgeRef(gitDir, policy, plan, trustFor, progress.show)
  } finally {
    progress.end()
  }
}

function notVerified(branch: string, tip: Oid, { reason, rejections }: RefVerdict): Fault {
  const [first] = rejections
  const code = reason ?? (first?.signature.ok === false ? first.signature.reason : 'unsigned')
  return new Fault(
    `${branch}: ${tip} does not pass: ${[code, first?.oid].filter(Boolean).join(' ')}`,
    'was the pre-receive hook off? see refwarden verify',
  )
}

/** What the refs of this push were before it: what it brought vouches for nothing. */
function asBefore(refs: ServerRefs, updates: readonly RefUpdate[]): ServerRefs {
  const before = new Map(refs)
  for (const { ref, claimed } of updates) {
    if (claimed === null) before.delete(ref)
    else before.set(ref, { oid: claimed, type: 'commit', target: refs.get(ref)?.target ?? null })
  }
  return before
}
