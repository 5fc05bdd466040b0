import { type Oid, parseOid } from './oid.ts'
import type { ObjectVerdict } from './verdict.ts'

export type ObjectCounts = {
  readonly verified: number
  readonly rejected: number
  readonly lastValid: Oid | null
}

/** One object a line, for scripts; `signer` and `signedAt` only where the signature is really that key's. */
export function renderVerdictJson(kind: 'commit' | 'tag'): (verdict: ObjectVerdict) => string {
  return ({ oid, signature }) => {
    const proven = signature.ok || signature.at !== null
    const key = signature.ok ? signature.signer.fingerprint : signature.key
    return JSON.stringify({
      [kind]: oid,
      verdict: signature.ok ? 'verified' : 'rejected',
      code: signature.ok ? null : signature.reason,
      signer: proven ? (signature.signer?.primary ?? null) : null,
      key: key === null || !isFingerprint(key) ? null : key,
      signedAt: signature.at === null ? null : new Date(signature.at * 1000).toISOString(),
    })
  }
}

export function renderSummaryJson(summary: ObjectCounts): string {
  return JSON.stringify({ summary })
}

/** A version 4 or 6 fingerprint has the length of an object name; a key id is shorter. */
function isFingerprint(key: string): boolean {
  return parseOid(key.toLowerCase()) !== null
}
