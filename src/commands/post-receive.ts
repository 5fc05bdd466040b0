import { Fault } from '../core/fault.ts'
import type { Policy } from '../core/policy.ts'
import { planPush, type ServerRefs, syncedBranches } from '../core/push.ts'
import type { PushInput } from '../core/push-input.ts'
import { parseRefUpdates, type RefUpdate } from '../core/ref-update.ts'
import { renderSyncFailure } from '../core/report.ts'
import { isAccepted } from '../core/verdict.ts'
import { readPolicy } from '../edge/config.ts'
import { appendDecision } from '../edge/decision-log.ts'
import { assertOnlyOwnerWrites } from '../edge/strict-modes.ts'
import { progressLine, writeLines } from '../edge/terminal.ts'
import { judgeRef } from '../gate.ts'
import { readServer } from '../server.ts'
import { moveSyncTag } from '../sync.ts'
import { trustReader } from '../trust.ts'

/**
 * Moves the sync tags of the branches that a push moved, after verifying from each tag to the tip again: it never
 * trusts that pre-receive ran. Undoes nothing; a tag that stays behind is said aloud, and the next push makes it good.
 */
export async function postReceive(push: PushInput): Promise<0 | 2> {
  let log = `${push.gitDir}/refwarden.jsonl`
  try {
    const policy = readPolicy(push.config, push.gitDir, assertOnlyOwnerWrites)
    log = policy.log ?? log
    if (policy.syncTag === null) return 0
    const updates = parseRefUpdates(push.updates)
    if ('malformed' in updates) throw new Fault(`the push is malformed: ${updates.malformed}`)
    const synced = syncedBranches(
      policy,
      updates.map(({ ref }) => ref),
    )
    for (const update of updates.filter(({ ref, after }) => after !== null && synced.has(ref))) {
      await follow(push, policy, update, updates)
    }
    return 0
  } catch (error) {
    const fault =
      error instanceof Fault ? error : new Fault(`unforeseen: ${(error as Error)?.stack ?? error}`)
    writeLines(renderSyncFailure(push.id))
    const time = new Date(push.now()).toISOString()
    const { gitDir: repo, id, pusher } = push
    appendDecision(log, {
      time,
      id,
      repo,
      pusher,
      verdict: 'sync-tag not moved',
      fault: fault.message,
      remedy: fault.remedy,
    })
    return 2
  }
}

/** Runs of two pushes may end in any order: each goes by where the branch stands now, and only the next step forward is made. */
async function follow(
  push: PushInput,
  policy: Policy,
  update: RefUpdate,
  updates: readonly RefUpdate[],
): Promise<void> {
  const { gitDir } = push
  const { ref } = update
  const progress = progressLine(push.now)
  for (let attempt = 0; attempt < attempts; attempt++) {
    const clock = { rule: 'now', now: Math.floor(push.now() / 1000), skew: policy.clockSkew } as const
    const { refs, syncTags } = await readServer(gitDir, policy, [update], clock)
    const tip = refs.get(ref)?.oid ?? null
    const mark = syncTags.get(ref) ?? { kind: 'absent' as const }
    if (tip === null || (mark.kind === 'valid' && mark.commit === tip)) return
    if (mark.kind === 'invalid')
      throw new Fault(`${ref}: its sync tag is invalid: ${mark.detail}`, `refwarden trust ${ref}`)
    const [plan] = planPush(policy, [{ ...update, after: tip }], { refs: asBefore(refs, updates), syncTags })
    if (plan === undefined) return
    const verdict = await judgeRef(
      gitDir,
      policy,
      plan,
      trustReader({ gitDir, strictModes: policy.strictModes, clock }),
      progress.show,
    )
    progress.end()
    if (!isAccepted(verdict)) {
      const [first] = verdict.rejections
      const reason = verdict.reason ?? (first?.signature.ok === false ? first.signature.reason : 'unsigned')
      throw new Fault(
        `${ref}: ${tip} does not pass: ${reason} ${first?.oid ?? ''}`,
        'was the pre-receive hook off? see refwarden verify',
      )
    }
    const tag = syncedBranches(policy, [ref]).get(ref)
    if (tag === undefined) return
    const old = mark.kind === 'valid' ? mark.oid : null
    if (await moveSyncTag(gitDir, policy, { ref: tag, old, commit: tip }, clock)) return
  }
  throw new Fault(`${ref}: its sync tag is moved by others all the time`)
}

const attempts = 20

/** What the refs of this push were before it: what it brought vouches for nothing. */
function asBefore(refs: ServerRefs, updates: readonly RefUpdate[]): ServerRefs {
  const before = new Map(refs)
  for (const { ref, claimed } of updates) {
    if (claimed === null) before.delete(ref)
    else before.set(ref, { oid: claimed, type: 'commit', target: null })
  }
  return before
}
