import type { SignatureVerdict } from './judge.ts'
import type { Oid } from './oid.ts'
import type { TagObject } from './tag.ts'

/** What the server's sync tag says of a branch. `oid` is the tag object's, the value that a change swaps. */
export type SyncTagState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'valid'; readonly oid: Oid; readonly commit: Oid }
  /** `oid` is null where something else stands in its place. */
  | { readonly kind: 'invalid'; readonly oid: Oid | null; readonly detail: string }

/** Flux v1's. */
export const syncTagMessage = 'Sync pointer'

/** The full name of the tag that marks `branch`, or null where it is no branch. `{branch}` is its short name. */
export function syncTagRef(template: string, branch: string): string | null {
  const [, short] = /^refs\/heads\/(.+)$/su.exec(branch) ?? []
  return short === undefined ? null : `refs/tags/${template.replace('{branch}', () => short)}`
}

/** The full name of the branch whose sync tag would be `ref`, or null where no branch's is. */
export function branchOfSyncTag(template: string, ref: string): string | null {
  const [head, tail] = around(template)
  const fits = ref.length > head.length + tail.length && ref.startsWith(head) && ref.endsWith(tail)
  return fits ? `refs/heads/${ref.slice(head.length, ref.length - tail.length)}` : null
}

/**
 * Whether `ref` belongs to sync tags alone: a name that some branch's tag has, whether the branch is there or not, or
 * one below such a name; and one above any of `tags`, those that are made here. A ref above or below a tag's name keeps
 * git from making the tag. A pusher's ref may be thousands of folders deep: none of their names is made here.
 */
export function isReservedForSyncTags(template: string, ref: string, tags: readonly string[]): boolean {
  const [head, tail] = around(template)
  const folder = `${ref}/`
  if (head.startsWith(folder)) return true
  if (!ref.startsWith(head)) return false
  return folder.includes(`${tail}/`, head.length + 1) || tags.some(tag => tag.startsWith(folder))
}

/** Whether one of two refs stands in the way of the other: the name of a file where the other has a folder. */
export function isInTheWay(ref: string, other: string): boolean {
  return ref.startsWith(other)
    ? ref[other.length] === '/'
    : other.startsWith(ref) && other[ref.length] === '/'
}

/** The names above `ref` in the ref tree, without `refs`, `refs/heads` and `refs/tags`. */
export function foldersOf(ref: string): readonly string[] {
  const parts = ref.split('/')
  return parts.map((_, index) => parts.slice(0, index).join('/')).filter((_, index) => index > 2)
}

/** What stands before the branch in a tag's full name, and what behind it. */
function around(template: string): readonly [head: string, tail: string] {
  const [head = '', tail = ''] = `refs/tags/${template}`.split('{branch}')
  return [head, tail]
}

/**
 * Why a tag object is not the sync tag `ref`, or null where it is. git verify-tag(1) does not compare the tag's own
 * name with the ref's: an old tag, or another branch's, would pass under any name.
 */
export function whyNoSyncTag(tag: TagObject | null, signature: SignatureVerdict, ref: string): string | null {
  if (!signature.ok) return [signature.reason, signature.key ?? signature.detail].filter(Boolean).join(': ')
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
