import { Fault } from '../core/fault.ts'
import type { Policy } from '../core/policy.ts'
import { planPush } from '../core/push.ts'
import type { PushInput } from '../core/push-input.ts'
import { parseRefUpdates } from '../core/ref-update.ts'
import { renderFault, renderPush } from '../core/report.ts'
import { isAccepted, type RefVerdict } from '../core/verdict.ts'
import { readPolicy } from '../edge/config.ts'
import { appendDecision } from '../edge/decision-log.ts'
import { assertOnlyOwnerWrites } from '../edge/strict-modes.ts'
import { progressLine, writeLines } from '../edge/terminal.ts'
import { judgeRef } from '../gate.ts'
import { readServer } from '../server.ts'
import { trustReader } from '../trust.ts'

/** Judges a push as a whole before any ref moves. Returns the exit code: 0 accepted, 1 rejected, 2 fault. */
export async function preReceive(push: PushInput): Promise<0 | 1 | 2> {
  const began = push.now()
  let log = `${push.gitDir}/refwarden.jsonl`
  const decide = (decision: Readonly<Record<string, unknown>>) =>
    appendDecision(log, {
      time: new Date(began).toISOString(),
      id: push.id,
      repo: push.gitDir,
      pusher: push.pusher,
      ...decision,
      milliseconds: push.now() - began,
    })
  try {
    const policy = readPolicy(push.config, push.gitDir, assertOnlyOwnerWrites)
    log = policy.log ?? log
    const refs = await judgePush(push, policy)
    const accepted = refs.every(isAccepted)
    decide({ verdict: accepted ? 'accepted' : 'rejected', refs: refs.map(logged) })
    writeLines(renderPush(refs, push.id))
    return accepted ? 0 : 1
  } catch (error) {
    const fault =
      error instanceof Fault ? error : new Fault(`unforeseen: ${(error as Error)?.stack ?? error}`)
    writeLines(renderFault(push.id))
    try {
      decide({ verdict: 'fault', fault: fault.message, remedy: fault.remedy })
    } catch {
      writeLines(['hint: it cannot write its log either'])
    }
    return 2
  }
}

async function judgePush(push: PushInput, policy: Policy): Promise<readonly RefVerdict[]> {
  const updates = parseRefUpdates(push.updates)
  if ('malformed' in updates) throw new Fault(`the push is malformed: ${updates.malformed}`)
  const clock = { rule: 'now', now: Math.floor(push.now() / 1000), skew: policy.clockSkew } as const
  const server = await readServer(push.gitDir, policy, updates, clock)
  const trustFor = trustReader({ gitDir: push.gitDir, strictModes: policy.strictModes, clock })
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

function logged({ ref, before, after, reason, detail, judged, rejected, rejections, signers }: RefVerdict) {
  const commits = rejections.map(({ oid, signature }) => ({
    oid,
    code: signature.ok ? null : signature.reason,
    key: signature.ok ? null : signature.key,
  }))
  return { ref, before, after, reason, detail, judged, rejected, commits, signers }
}
