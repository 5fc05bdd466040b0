import type { ObjectCounts } from './audit-json.ts'
import { fitted, printable } from './printable.ts'
import type { RefReason } from './rejection.ts'
import type { ObjectVerdict } from './verdict.ts'
import { words } from './words.ts'

/** What `refwarden verify` shows of a failing commit or tag; nothing of a good one. For a terminal of 80 columns. */
export function renderAuditRejection({ oid, author, subject, signature }: ObjectVerdict): readonly string[] {
  if (signature.ok) return []
  const { reason, key, detail, at } = signature
  return [
    headline(oid, reason, detail ?? words[reason].what),
    ...(key === null ? [] : [`  key ${key}${at === null ? '' : `, signed ${dateOf(at)}`}`]),
    ...(author === '' ? [] : [`  by ${fitted(author, 74)}`]),
    ...(subject === '' ? [] : [`  "${fitted(subject, 74)}"`]),
  ]
}

/** What is wrong with a tag whose signature is good. */
export function renderTagRejection(
  { oid, author, subject }: ObjectVerdict,
  reason: RefReason,
  detail: string | null,
): readonly string[] {
  return [
    headline(oid, reason, detail ?? words[reason].what),
    `  by ${fitted(author, 74)}`,
    `  its own name: ${fitted(subject, 64)}`,
  ]
}

function headline(oid: string, reason: string, what: string): string {
  const start = `${oid.slice(0, 12)} ${reason}: `
  return `${start}${fitted(what, Math.max(40, columns - start.length))}`
}

const columns = 80

export type SignerCount = { readonly fingerprint: string; readonly count: number; readonly userId: string }

/** The end of an audit: who signed how many, how many fail, and the last revision that is good. */
export function renderAudit(
  { verified, rejected, lastValid }: ObjectCounts,
  signers: readonly SignerCount[],
): readonly string[] {
  const width = Math.max(...signers.map(({ count }) => String(count).length))
  return [
    ...(signers.length === 0 ? [] : ['signers:']),
    ...signers.flatMap(({ fingerprint, count, userId }) => [
      `  ${String(count).padStart(width)}  ${fingerprint}`,
      `  ${' '.repeat(width)}  ${printable(userId)}`,
    ]),
    `${verified} verified, ${rejected} rejected`,
    ...(lastValid === null
      ? rejected > 0
        ? ['no revision is valid']
        : []
      : [`last valid revision: ${lastValid}`]),
  ]
}

/** Day and time of day, UTC. */
function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('T', ' ').slice(0, 16)
}
