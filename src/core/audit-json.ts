import { type Oid, parseOid } from './oid.ts'
import type { Reason, RefReason } from './rejection.ts'
import type { ObjectVerdict } from './verdict.ts'

export type ObjectCounts = {
  readonly verified: number
  readonly rejected: number
  readonly lastValid: Oid | null
}

/** One commit a line, for scripts; `signer` and `signedAt` only where the signature is really that key's. */
export function renderCommitJson(verdict: ObjectVerdict): string {
  return JSON.stringify({ commit: verdict.oid, ...verdictFields(verdict, null) })
}

/** The same of a tag object; `reason`: what is wrong with it beside its signature. */
export function renderTagJson(verdict: ObjectVerdict, reason: RefReason | null): string {
  return JSON.stringify({ tag: verdict.oid, ...verdictFields(verdict, reason) })
}

export function renderSummaryJson(summary: ObjectCounts): string {
  return JSON.stringify({ summary })
}

function verdictFields({ signature }: ObjectVerdict, reason: RefReason | null) {
  const code: Reason | null = signature.ok ? reason : signature.reason
  const proven = signature.ok || (signature.signer !== null && signature.reason !== 'bad-signature')
  const key = signature.ok ? signature.signer.fingerprint : signature.key
  return {
    verdict: code === null ? 'verified' : 'rejected',
    code,
    signer: proven ? (signature.signer?.primary ?? null) : null,
    key: key === null || !isFingerprint(key) ? null : key,
    signedAt: signature.at === null ? null : new Date(signature.at * 1000).toISOString(),
  }
}

/** A version 4 or 6 fingerprint has the length of an object name; a key id is shorter, and OpenSSH has none. */
function isFingerprint(key: string): boolean {
  return key.startsWith('SHA256:') || parseOid(key.toLowerCase()) !== null
}
