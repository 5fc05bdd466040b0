/** Why a commit or tag object does not pass. Closed: docs/rejections.md has a heading for each. */
export const objectReasons = [
  'unsigned',
  'unknown-key',
  'bad-signature',
  'key-expired',
  'key-revoked',
  'key-not-for-signing',
  'weak-hash',
  'weak-key',
  'signed-in-future',
  'signed-before-key',
  'unreadable-signature',
  'unsupported-signature',
  'several-signatures',
  'malformed-commit',
  'too-large',
] as const

/** Why one that is signed well does not pass where a section asks for more. */
export const identityReasons = ['not-committer', 'not-pusher'] as const

/** Why a ref update does not pass, whatever its commits. */
export const refReasons = [
  'deletion',
  'rewind',
  'foxtrot',
  'unsigned-tag',
  'tag-name',
  'not-a-commit',
  'symbolic-ref',
  'replace-ref',
  'sync-tag',
  'sync-tag-invalid',
] as const

export type IdentityReason = (typeof identityReasons)[number]
export type ObjectReason = (typeof objectReasons)[number] | IdentityReason
export type RefReason = (typeof refReasons)[number]
export type Reason = ObjectReason | RefReason
