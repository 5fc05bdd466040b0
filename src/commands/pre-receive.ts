import { renderDecision, renderPushDecision } from '../core/decision.ts'
import { Fault } from '../core/fault.ts'
import type { Policy } from '../core/policy.ts'
import { planPush, protectsAnything } from '../core/push.ts'
import type { PushInput } from '../core/push-input.ts'
import { parseRefUpdates, type RefUpdate } from '../core/ref-update.ts'
import { renderFault, renderPush } from '../core/report.ts'
import { isMove, isUnprotected, suspectsOf } from '../core/unprotected.ts'
import { isAccepted, type RefVerdict, unjudged } from '../core/verdict.ts'
import { renderWebFault, renderWebPush } from '../core/web-report.ts'
import { decisionsOf } from '../decisions.ts'
import { readPolicy } from '../edge/config.ts'
import { arePlain } from '../edge/loose-refs.ts'
import { assertOnlyOwnerWrites } from '../edge/strict-modes.ts'
import { progressLine, writeLines } from '../edge/terminal.ts'

/** Judges a push as a whole before any ref moves. Returns the exit code: 0 accepted, 1 rejected, 2 fault. */
export async function preReceive(push: PushInput): Promise<0 | 1 | 2> {
  const began = push.now()
  const decisions = decisionsOf(push.gitDir)
  const keySets = new Set<string>()
  let config: string | null = null
  const about = (verdict: 'accepted' | 'rejected' | 'fault') => ({
    time: new Date(began).toISOString(),
    ...{ id: push.id, host: push.host, repo: push.gitDir, pusher: push.pusher, verdict },
    milliseconds: push.now() - began,
    ...{ config, keySets: [...keySets] },
  })
  try {
    const input = push.updates()
    const policy = readPolicy(push.config, push.gitDir, assertOnlyOwnerWrites)
    decisions.follow(policy)
    config = policy.digest
    const refs = await judgePush(push, policy, input, keySets)
    const accepted = refs.every(isAccepted)
    await decisions.record(renderPushDecision(about(accepted ? 'accepted' : 'rejected'), refs))
    writeLines([...renderPush(refs, push.id), ...(push.isWeb ? renderWebPush(refs, push.id) : [])])
    return accepted ? 0 : 1
  } catch (error) {
    const fault =
      error instanceof Fault ? error : new Fault(`unforeseen: ${(error as Error)?.stack ?? error}`)
    writeLines([...renderFault(push.id), ...(push.isWeb ? renderWebFault(push.id) : [])])
    try {
      const { message, remedy } = fault
      await decisions.record(renderDecision({ ...about('fault'), fault: message, remedy }))
    } catch {
      writeLines(['hint: it cannot write its log either'])
    }
    return 2
  }
}

/** Most pushes touch nothing that is protected: for those neither git nor anything that judges is started. */
async function judgePush(
  push: PushInput,
  policy: Policy,
  input: Uint8Array,
  keySets: Set<string>,
): Promise<readonly RefVerdict[]> {
  const updates = parseRefUpdates(input)
  if ('malformed' in updates) throw new Fault(`the push is malformed: ${updates.malformed}`)
  const { names, folders } = suspectsOf(policy, updates)
  const plain = !protectsAnything(policy) || arePlain(push.gitDir, names, folders)
  if (!plain || !isUnprotected(policy, updates)) return judgeUpdates(push, policy, updates, plain, keySets)
  // what the client claims to be there: git itself compares it with the ref
  return updates.map(({ ref, claimed, after }) => unjudged({ ref, before: claimed, after }, null))
}

async function judgeUpdates(
  { gitDir, objects, pusher, now }: PushInput,
  policy: Policy,
  updates: readonly RefUpdate[],
  plain: boolean,
  keySets: Set<string>,
): Promise<readonly RefVerdict[]> {
  const clock = { rule: 'now', now: Math.floor(now() / 1000), skew: policy.clockSkew } as const
  const { readMoves } = await import('../server-refs.ts')
  const moves = plain && isMove(policy, updates) ? await readMoves(gitDir, objects, updates) : null
  const { readServer } = await import('../server.ts')
  const { judgeRef } = await import('../gate.ts')
  const { trustReader } = await import('../trust.ts')
  const trustFor = trustReader(
    { gitDir, strictModes: policy.strictModes, clock, pusher: { name: pusher } },
    keySets,
  )
  const server =
    moves === null
      ? await readServer(gitDir, policy, updates, clock)
      : { refs: moves.refs, syncTags: new Map<string, never>() }
  const progress = progressLine(now)
  const verdicts: RefVerdict[] = []
  try {
    for (const plan of planPush(policy, updates, server)) {
      verdicts.push(await judgeRef(gitDir, policy, plan, trustFor, progress.show, moves?.objects))
    }
  } finally {
    progress.end()
  }
  return verdicts
}
