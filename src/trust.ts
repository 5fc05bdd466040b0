import { build } from './build.ts'
import { compileKeyring, openCompiled } from './core/compiled-keyring.ts'
import { Fault } from './core/fault.ts'
import type { Clock } from './core/judge.ts'
import { type Keyring, keyringOf, type TrustedKey } from './core/keyring.ts'
import type { Policy } from './core/policy.ts'
import { keyState, readKeyFiles } from './edge/key-directory.ts'
import { compiledPath, keepCompiled, readCompiled } from './edge/keyring-cache.ts'
import type { SigningKey } from './edge/openpgp.ts'
import { assertOnlyOwnerReads, assertOnlyOwnerWrites } from './edge/strict-modes.ts'
import type { Trust } from './inspect.ts'

export type TrustReader = (keys: readonly string[]) => Promise<Trust>

/** What decides whom to trust, beside the key files themselves. */
export type KeyRules = {
  readonly gitDir: string
  readonly strictModes: boolean
  readonly clock: Clock
}

/**
 * Reads the keys of each key set once, when it is first needed: a push that touches no protected ref reads none, and
 * all refs of a push see the same keys. Throws a Fault where anything is wrong with one.
 */
export function trustReader(rules: KeyRules): TrustReader {
  const read = new Map<string, Promise<Keyring>>()
  return async keys => {
    const name = JSON.stringify(keys)
    const keyring = read.get(name) ?? keyringFor(keys, rules)
    read.set(name, keyring)
    return { keyring: await keyring, clock: rules.clock }
  }
}

/**
 * The compiled form, where one was made of the key files as they are now; else the keys are read, and compiled for the
 * next push. Files that changed a moment ago are not compiled: another change could leave the same dates.
 */
async function keyringFor(keys: readonly string[], rules: KeyRules): Promise<Keyring> {
  const { strictModes, clock } = rules
  const by = JSON.stringify([build.version, build.commit, keys, strictModes, clock.skew])
  const path = compiledPath(rules.gitDir, by)
  const { state, changed, folders } = keyState(keys)
  const compiled = readCompiled(path)
  const known = compiled === null ? null : openCompiled(compiled, { by, state, now: clock.now })
  if (known !== null) {
    const seen = new Set<string>()
    if (strictModes) for (const folder of folders) assertOnlyOwnerWrites(folder, seen)
    return known
  }
  const { trusted, until } = await readTrustedKeys(keys, clock, strictModes)
  if (keyState(keys).state === state && changed / 1000 + settled < clock.now) {
    keepCompiled(
      path,
      compileKeyring(
        { by, state, at: clock.now, until },
        trusted.flatMap(({ parts }) => parts),
      ),
    )
  }
  return keyringOf(trusted)
}

/** Seconds. */
const settled = 10

/** Everything that can be said of the keys, and until when it stays true. Throws a Fault where anything is wrong with one. */
export async function readTrustedKeys(
  keys: readonly string[],
  clock: Clock,
  strictModes: boolean,
): Promise<{ readonly trusted: readonly TrustedKey[]; readonly until: number | null }> {
  const files = readKeyFiles(keys, strictModes ? assertOnlyOwnerWrites : null)
  const { readKeysFor } = await import('./edge/openpgp.ts')
  const { keys: trusted, until } = await readKeysFor(files, clock)
  return { trusted, until }
}

/**
 * Who may sign a sync tag: the signing key and the recovery keys. These sign for years and are judged at the time of
 * the signature; neither is trusted for commits.
 */
export async function syncTagTrust(policy: Policy, clock: Clock): Promise<Trust> {
  const { key } = await readSigningKey(policy, clock)
  const { recoveryKeys, strictModes } = policy
  const recovery =
    recoveryKeys.length === 0 ? [] : (await readTrustedKeys(recoveryKeys, clock, strictModes)).trusted
  return { keyring: keyringOf([key, ...recovery]), clock: { ...clock, rule: 'signature' } }
}

/** The key that `signing-key` names out of the secret keys in `signing-keys`. Throws a Fault where it cannot sign now. */
export async function readSigningKey(policy: Policy, clock: Clock): Promise<SigningKey> {
  if (policy.signingKey === null || policy.signingKeys.length === 0)
    throw new Fault('sync-tag: no key to sign it with', 'set signing-key and signing-keys')
  const files = readKeyFiles(policy.signingKeys, assertOnlyOwnerReads)
  const { findSigningKey } = await import('./edge/openpgp.ts')
  return findSigningKey(files, policy.signingKey, clock)
}
