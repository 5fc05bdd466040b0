import { type AuditRequest, type AuditScope, type AuditTrust, auditScope } from '../audit-scope.ts'
import { type ObjectCounts, renderCommitJson, renderSummaryJson, renderTagJson } from '../core/audit-json.ts'
import { renderAudit, renderAuditRejection, renderTagRejection } from '../core/audit-report.ts'
import { Fault } from '../core/fault.ts'
import { fitnessAccount } from '../core/fitness.ts'
import type { Oid } from '../core/oid.ts'
import type { RefReason } from '../core/rejection.ts'
import type { ObjectVerdict } from '../core/verdict.ts'
import type { Walk } from '../core/walk.ts'
import { progressBar, writeOutput } from '../edge/terminal.ts'
import { fitnessOf } from '../fitness.ts'
import { inspect, inspectTag } from '../inspect.ts'
import { countRange, readNamed } from '../objects.ts'
import { readSyncTags } from '../server.ts'
import { inspectPresent, shallowFile } from '../shallow.ts'

export type VerifyOptions = Omit<AuditRequest, 'now'> & {
  readonly json: boolean
  readonly isTerminal: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** The judgement of the hooks on what is there already. Returns the exit code: 0 where all of it passes, else 1. */
export async function verify(options: VerifyOptions): Promise<0 | 1> {
  const scope = await auditScope({ ...options, now: Math.floor(options.now() / 1000) })
  return scope.kind === 'tag' ? verifyTag(options, scope) : verifyHistory(options, scope)
}

async function verifyHistory(
  { gitDir, json, isTerminal, now }: VerifyOptions,
  { walk, trust }: AuditScope & { kind: 'history' },
): Promise<0 | 1> {
  const account = fitnessAccount(walk)
  const shallow = await shallowFile(gitDir)
  const counts = { verified: 0, rejected: 0, signers: new Map<string, number>() }
  const commits =
    shallow === null ? inspect(gitDir, walk, trust) : inspectPresent(gitDir, shallow, walk, trust)
  const bar = isTerminal && !json ? progressBar(shallow === null ? await total(gitDir, walk) : 0, now) : null
  let step = await commits.next()
  for (; step.done !== true; step = await commits.next()) {
    for (const verdict of step.value) {
      count(counts, verdict)
      account.pass(verdict)
    }
    const shown = json ? step.value.map(renderCommitJson) : step.value.flatMap(renderAuditRejection)
    if (!json && shown.length > 0) bar?.clear()
    if (shown.length > 0) writeOutput(`${shown.join('\n')}\n`)
    bar?.show(counts.verified + counts.rejected)
  }
  bar?.clear()
  const cut = shallow === null ? [] : step.value
  const { verified, rejected, signers } = counts
  const lastValid =
    cut.length > 0 ? null : rejected === 0 ? walk.tip : await lastFit(gitDir, walk, trust, account)
  conclude(json, { verified, rejected, lastValid }, signers, trust)
  if (cut[0] !== undefined)
    throw new Fault(
      `${cut[0]}: missing, with all that is behind it: this clone is shallow`,
      'git fetch --unshallow, or verify a range A..B that is here',
    )
  return rejected === 0 ? 0 : 1
}

/** What is below the walk is verified, or counts as verified. */
async function lastFit(...whole: Parameters<typeof fitnessOf>): Promise<Oid | null> {
  const { fit, below } = await fitnessOf(...whole)
  return fit ?? below
}

async function verifyTag(
  { gitDir, json }: VerifyOptions,
  { oid, ref, sync, trust }: AuditScope & { kind: 'tag' },
): Promise<0 | 1> {
  const [stored] = await readNamed(gitDir, [oid], 1024 * 1024)
  if (stored === undefined || stored === null) throw new Fault(`${oid}: no such object`)
  const { tag, verdict } = await inspectTag(stored, trust)
  const [state] = sync === null ? [] : await readSyncTags(gitDir, [sync], trust)
  const detail = state?.kind === 'invalid' ? state.detail : null
  const isNamed = ref?.startsWith('refs/tags/') !== true || `refs/tags/${tag?.name}` === ref
  const whyNot = isNamed ? 'not-a-commit' : 'tag-name'
  const plain: RefReason | null = isNamed && tag?.targetType === 'commit' ? null : whyNot
  const reason = sync === null ? plain : detail === null ? null : 'sync-tag-invalid'
  const { signature } = verdict
  const ok = signature.ok && reason === null
  const wrong =
    signature.ok && reason !== null
      ? renderTagRejection(verdict, reason, detail)
      : renderAuditRejection(verdict)
  const lines = json ? [renderTagJson(verdict, reason)] : wrong
  if (lines.length > 0) writeOutput(`${lines.join('\n')}\n`)
  const signers = new Map(ok ? [[signature.signer.primary, 1]] : [])
  conclude(json, { verified: ok ? 1 : 0, rejected: ok ? 0 : 1, lastValid: null }, signers, trust)
  return ok ? 0 : 1
}

function conclude(
  json: boolean,
  counts: ObjectCounts,
  signers: ReadonlyMap<string, number>,
  trust: AuditTrust,
): void {
  const lines = json ? [renderSummaryJson(counts)] : renderAudit(counts, namedSigners(signers, trust))
  writeOutput(`${lines.join('\n')}\n`)
}

function count(
  counts: { verified: number; rejected: number; signers: Map<string, number> },
  { signature }: ObjectVerdict,
): void {
  if (!signature.ok) {
    counts.rejected++
    return
  }
  counts.verified++
  counts.signers.set(signature.signer.primary, (counts.signers.get(signature.signer.primary) ?? 0) + 1)
}

function namedSigners(signers: ReadonlyMap<string, number>, { users }: AuditTrust) {
  return [...signers]
    .sort(([, one], [, other]) => other - one)
    .map(([fingerprint, count]) => ({ fingerprint, count, userId: users.get(fingerprint) ?? '' }))
}

function total(gitDir: string, walk: Walk): Promise<number> {
  return countRange(gitDir, {
    from: [walk.tip],
    not: [...walk.histories, ...walk.chains],
    firstParent: walk.mode === 'first-parent',
  })
}
