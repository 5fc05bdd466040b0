import { fitted } from './printable.ts'
import type { ObjectVerdict } from './verdict.ts'

/** A commit or tag, and the part of the key whose signature is on it. */
export type Use = { readonly type: 'commit' | 'tag'; readonly verdict: ObjectVerdict }

/**
 * Whether the key made its signature, good enough or not. One that only names the key, over other content, was not made
 * by it.
 */
export function isUse({ signature }: ObjectVerdict): boolean {
  return signature.ok || (signature.signer !== null && signature.reason !== 'bad-signature')
}

export function renderUse({ type, verdict }: Use): string {
  const { oid, subject, signature } = verdict
  const day = signature.at === null ? '' : timeOf(signature.at).slice(0, 10)
  return `${oid}  ${day}  ${type === 'tag' ? 'tag ' : ''}${fitted(subject, 60)}`
}

export function renderUseJson({ type, verdict }: Use): string {
  const { oid, author, subject, signature } = verdict
  return JSON.stringify({
    object: oid,
    type,
    key: signature.signer?.fingerprint ?? null,
    signer: signature.signer?.primary ?? null,
    signedAt: signature.at === null ? null : timeOf(signature.at),
    code: signature.ok ? null : signature.reason,
    author,
    subject,
  })
}

export type UseCount = { readonly commits: number; readonly tags: number; readonly refs: readonly string[] }

export function renderUseCount({ commits, tags, refs }: UseCount, who: string): string {
  const some = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`
  const shown =
    refs.length <= 5 ? refs.join(', ') : `${refs.slice(0, 5).join(', ')} and ${refs.length - 5} more`
  return fitted(`${some(commits, 'commit')}, ${some(tags, 'tag')} signed by ${who} on ${shown}`, 2000)
}

export function renderUseCountJson(count: UseCount): string {
  return JSON.stringify({ summary: count })
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
