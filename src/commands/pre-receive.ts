import { renderDecision, renderPushDecision } from '../core/decision.ts'
import { Fault } from '../core/fault.ts'
import type { Policy } from '../core/policy.ts'
import { planPush } from '../core/push.ts'
import type { PushInput } from '../core/push-input.ts'
import { parseRefUpdates } from '../core/ref-update.ts'
import { renderFault, renderPush } from '../core/report.ts'
import { isAccepted, type RefVerdict } from '../core/verdict.ts'
import { renderWebFault, renderWebPush } from '../core/web-report.ts'
import { decisionsOf } from '../decisions.ts'
import { readPolicy } from '../edge/config.ts'
import { assertOnlyOwnerWrites } from '../edge/strict-modes.ts'
import { progressLine, writeLines } from '../edge/terminal.ts'
import { judgeRef } from '../gate.ts'
import { readServer } from '../server.ts'
import { trustReader } from '../trust.ts'

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
    const policy = readPolicy(push.config, push.gitDir, assertOnlyOwnerWrites)
    decisions.follow(policy)
    config = policy.digest
    const refs = await judgePush(push, policy, keySets)
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

async function judgePush(
  push: PushInput,
  policy: Policy,
  keySets: Set<string>,
): Promise<readonly RefVerdict[]> {
  const updates = parseRefUpdates(push.updates)
  if ('malformed' in updates) throw new Fault(`the push is malformed: ${updates.malformed}`)
  const clock = { rule: 'now', now: Math.floor(push.now() / 1000), skew: policy.clockSkew } as const
  const server = await readServer(push.gitDir, policy, updates, clock)
  const { strictModes } = policy
  const trustFor = trustReader(
    { gitDir: push.gitDir, strictModes, clock, pusher: { name: push.pusher } },
    keySets,
  )
  const progress = progressLine(push.now)
  const verdicts: RefVerdict[] = []
  try {
    for (const plan of planPush(policy, updates, server)) {
      verdicts.push(await judgeRef(push.gitDir, policy, plan, trustFor, progress.show))
    }
  } finally {
    progress.end()
  }
  return verdicts
}
