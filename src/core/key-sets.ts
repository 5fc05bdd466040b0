import type { TrustedKey } from './keyring.ts'
import type { Policy } from './policy.ts'

/** Paths of keys that are trusted together, and for what. */
export type KeySet = {
  /** `commits`: and tags. `sync-tags`: set by hand (`recovery-keys`). `server`: the key that signs sync tags itself. */
  readonly signs: 'commits' | 'sync-tags' | 'server'
  /** Patterns of the sections that it rules; none for sync tags and for what the command line names. */
  readonly refs: readonly string[]
  readonly paths: readonly string[]
  /** Paths of what `revoked-keys` takes out of them. */
  readonly revoked: readonly string[]
}

/** With what was read from its files. */
export type FilledKeySet = KeySet & { readonly keys: readonly TrustedKey[] }

/** Every set of keys that a configuration names; sections with the same paths share one. */
export function keySetsOf(policy: Policy): readonly KeySet[] {
  const byPaths = new Map<string, KeySet>()
  for (const { pattern, keys: paths, revokedKeys: revoked, mode } of policy.protections) {
    if (mode === 'none' || paths.length === 0) continue
    const name = JSON.stringify([paths, revoked])
    const refs = [...(byPaths.get(name)?.refs ?? []), pattern]
    byPaths.set(name, { signs: 'commits', paths, revoked, refs })
  }
  const { recoveryKeys, revokedKeys: revoked, syncTag, signingKeys } = policy
  const recovery = { signs: 'sync-tags', refs: [], paths: recoveryKeys, revoked } as const
  const server = { signs: 'server', refs: [], paths: signingKeys, revoked: [] } as const
  return [
    ...byPaths.values(),
    ...(recoveryKeys.length > 0 ? [recovery] : []),
    ...(syncTag !== null ? [server] : []),
  ]
}

/** Whom a set of keys is for, to stand in front of its paths. */
export function titleOf({ signs, refs }: KeySet): string {
  if (signs === 'sync-tags') return 'sync tags, set by hand'
  if (signs === 'server') return 'sync tags, set by the server'
  return refs.join(', ')
}
