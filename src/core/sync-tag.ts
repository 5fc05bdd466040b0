import type { SignatureVerdict } from './judge.ts'
import type { Oid } from './oid.ts'
import type { TagObject } from './tag.ts'

/** What the server's sync tag says of a branch. `oid` is the tag object's, the value that a change swaps. */
export type SyncTagState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'valid'; readonly oid: Oid; readonly commit: Oid }
  | { readonly kind: 'invalid'; readonly oid: Oid; readonly detail: string }

/** Flux v1's. */
export const syncTagMessage = 'Sync pointer'

/** The full name of the tag that marks `branch`, or null where it is no branch. `{branch}` is its short name. */
export function syncTagRef(template: string, branch: string): string | null {
  const [, short] = /^refs\/heads\/(.+)$/su.exec(branch) ?? []
  return short === undefined ? null : `refs/tags/${template.replace('{branch}', () => short)}`
}

/**
 * Whether `ref` belongs to sync tags alone: a name that some branch's tag has, or one below or above such a name in
 * the ref tree, which would keep the tag from being made. One rule for all branches, there or not.
 */
export function isReservedForSyncTags(template: string, ref: string, branches: readonly string[]): boolean {
  const parts = ref.split('/')
  const names = parts.map((_, index) => parts.slice(0, index + 1).join('/'))
  const [head = '', tail = ''] = `refs/tags/${template}`.split('{branch}')
  if (
    names.some(
      name => name.length > head.length + tail.length && name.startsWith(head) && name.endsWith(tail),
    )
  )
    return true
  if (head.startsWith(`${ref}/`)) return true
  return branches.some(branch => syncTagRef(template, branch)?.startsWith(`${ref}/`) === true)
}

/**
 * Why a tag object is not the sync tag `ref`, or null where it is. git verify-tag(1) does not compare the tag's own
 * name with the ref's: an old tag, or another branch's, would pass under any name.
 */
export function whyNoSyncTag(tag: TagObject | null, signature: SignatureVerdict, ref: string): string | null {
  if (!signature.ok) return signature.detail ?? signature.reason
  if (tag === null) return 'it is no tag object'
  if (`refs/tags/${tag.name}` !== ref) return 'its own name is another'
  if (tag.targetType !== 'commit') return 'it does not point to a commit'
  return tag.message.trim() === syncTagMessage ? null : `its message is not '${syncTagMessage}'`
}

/** The bytes that are signed: an annotated tag object without its signature. gitformat-signature, git-mktag(1). */
export function syncTagText(ref: string, commit: Oid, tagger: string, seconds: number): string {
  const name = ref.slice('refs/tags/'.length)
  return `object ${commit}\ntype commit\ntag ${name}\ntagger ${tagger} ${seconds} +0000\n\n${syncTagMessage}\n`
}
