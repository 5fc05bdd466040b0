import { type AuditRequest, type AuditTrust, auditScope } from '../audit-scope.ts'
import { type ObjectCounts, renderSummaryJson, renderVerdictJson } from '../core/audit-json.ts'
import { renderAudit, renderAuditRejection } from '../core/audit-report.ts'
import { Fault } from '../core/fault.ts'
import type { Oid } from '../core/oid.ts'
import type { ObjectVerdict } from '../core/verdict.ts'
import type { Walk } from '../core/walk.ts'
import { progressBar, writeOutput } from '../edge/terminal.ts'
import { inspect, inspectTag } from '../inspect.ts'
import { countRange, readNamed } from '../objects.ts'
import { lastFit } from '../verified.ts'

export type VerifyOptions = Omit<AuditRequest, 'now'> & {
  readonly json: boolean
  readonly isTerminal: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** The judgement of the hooks on what is there already. Returns the exit code: 0 where all of it passes, else 1. */
export async function verify(options: VerifyOptions): Promise<0 | 1> {
  const { gitDir, json } = options
  const scope = await auditScope({ ...options, now: Math.floor(options.now() / 1000) })
  if (scope.kind === 'tag') return verifyTag(gitDir, scope.oid, scope.trust, json)
  const { walk, trust } = scope
  const counts = { verified: 0, rejected: new Set<Oid>(), signers: new Map<string, number>() }
  const bar =
    options.isTerminal && !json ? progressBar(await countRange(gitDir, rangeOf(walk)), options.now) : null
  for await (const verdicts of inspect(gitDir, walk, trust)) {
    for (const verdict of verdicts) count(counts, verdict)
    bar?.show(counts.verified + counts.rejected.size)
    const shown = json ? verdicts.map(renderVerdictJson('commit')) : verdicts.flatMap(renderAuditRejection)
    if (!json && shown.length > 0) bar?.clear()
    if (shown.length > 0) writeOutput(`${shown.join('\n')}\n`)
  }
  bar?.clear()
  const lastValid =
    counts.rejected.size === 0 ? walk.tip : ((await lastFit(gitDir, walk, counts.rejected)) ?? scope.base)
  const total: ObjectCounts = { verified: counts.verified, rejected: counts.rejected.size, lastValid }
  writeOutput(
    json
      ? `${renderSummaryJson(total)}\n`
      : `${renderAudit(total, namedSigners(counts.signers, trust)).join('\n')}\n`,
  )
  return counts.rejected.size === 0 ? 0 : 1
}

async function verifyTag(gitDir: string, oid: Oid, trust: AuditTrust, json: boolean): Promise<0 | 1> {
  const [stored] = await readNamed(gitDir, [oid], 1024 * 1024)
  if (stored === undefined || stored === null) throw new Fault(`${oid}: no such object`)
  const { verdict } = await inspectTag(stored, trust)
  const { ok } = verdict.signature
  const counts: ObjectCounts = { verified: ok ? 1 : 0, rejected: ok ? 0 : 1, lastValid: null }
  const lines = json
    ? [renderVerdictJson('tag')(verdict), renderSummaryJson(counts)]
    : [
        ...renderAuditRejection(verdict),
        ...renderAudit(
          counts,
          ok ? namedSigners(new Map([[verdict.signature.signer.primary, 1]]), trust) : [],
        ),
      ]
  writeOutput(`${lines.join('\n')}\n`)
  return ok ? 0 : 1
}

function count(
  counts: { verified: number; rejected: Set<Oid>; signers: Map<string, number> },
  { oid, signature }: ObjectVerdict,
): void {
  if (!signature.ok) {
    counts.rejected.add(oid)
    return
  }
  counts.verified++
  counts.signers.set(signature.signer.primary, (counts.signers.get(signature.signer.primary) ?? 0) + 1)
}

function namedSigners(signers: ReadonlyMap<string, number>, { users }: AuditTrust) {
  return [...signers]
    .sort(([, one], [, other]) => other - one)
    .map(([fingerprint, count]) => ({
      fingerprint,
      count,
      userId: users.get(fingerprint) ?? '',
    }))
}

function rangeOf(walk: Walk) {
  return {
    from: [walk.tip],
    not: [...walk.histories, ...walk.chains],
    firstParent: walk.mode === 'first-parent',
  }
}
