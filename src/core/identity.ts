import type { SigningPart } from './keyring.ts'
import { isSameMailbox, mailboxIn } from './mailbox.ts'
import type { IdentityReason } from './rejection.ts'

/** Whose key a section wants, beyond a trusted one. */
export type Identity = {
  /** Whether the key must have the e-mail address of the committer or tagger. */
  readonly committer: boolean
  /** Fingerprints of the keys that belong to whoever pushes; null: anybody's will do. */
  readonly pusher: ReadonlySet<string> | null
}

/** What an object says of who made it (`name <email>`, as stored), and whose key must have signed it. */
export type Claim = { readonly ident: string; readonly wanted: Identity }

/**
 * Why a signature by `part` is not by whom it should be, or null. An ident or user id that could be read in two ways
 * names nobody, and a key without an address, or one that nobody is said to own, is nobody's.
 */
export function identityObjection(part: SigningPart, { ident, wanted }: Claim): IdentityReason | null {
  const address = mailboxIn(ident)
  if (
    wanted.committer &&
    (address === null || !part.mailboxes.some(mailbox => isSameMailbox(mailbox, address)))
  )
    return 'not-committer'
  if (wanted.pusher === null) return null
  return wanted.pusher.has(part.fingerprint) || wanted.pusher.has(part.primary) ? null : 'not-pusher'
}
