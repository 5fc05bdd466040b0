import type { Identity } from './core/identity.ts'
import type { Protection } from './core/policy.ts'
import type { Pushers } from './core/pushers.ts'
import { readPushers } from './edge/config.ts'
import { assertOnlyOwnerWrites } from './edge/strict-modes.ts'

/** Who pushes, as the host names them; null where nobody does now: a mirror, a second look at what was accepted. */
export type Pusher = { readonly name: string | null } | null

/**
 * Whose keys a section wants; null where any trusted one will do. Each file is read once, when it is first needed, so
 * that all refs of a push go by the same. A pusher who is not in it, or whom the host does not name, has no keys.
 */
export function identityReader(
  pusher: Pusher,
  strictModes: boolean,
): (section: Pick<Protection, 'signerIsCommitter' | 'signerIsPusher'>) => Identity | null {
  const read = new Map<string, Pushers>()
  return ({ signerIsCommitter: committer, signerIsPusher: file }) => {
    if (file === null || pusher === null) return committer ? { committer, pusher: null } : null
    const pushers = read.get(file) ?? readPushers(file, strictModes ? assertOnlyOwnerWrites : null)
    read.set(file, pushers)
    return { committer, pusher: pushers.get(pusher.name ?? '') ?? new Set() }
  }
}
