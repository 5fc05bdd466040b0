import { Fault } from './core/fault.ts'
import type { Clock } from './core/judge.ts'
import { type Keyring, keyringOf } from './core/keyring.ts'
import type { Policy } from './core/policy.ts'
import { readKeyFiles } from './edge/key-directory.ts'
import type { SigningKey } from './edge/openpgp.ts'
import { assertOnlyOwnerReads, assertOnlyOwnerWrites } from './edge/strict-modes.ts'
import type { Trust } from './inspect.ts'

export type TrustReader = (keys: readonly string[]) => Promise<Trust>

/**
 * Reads the keys of each key set once, when it is first needed: a push that touches no protected ref reads none, and
 * all refs of a push see the same keys. Throws a Fault where anything is wrong with one.
 */
export function trustReader(clock: Clock, strictModes: boolean): TrustReader {
  const read = new Map<string, Promise<Keyring>>()
  return async keys => {
    const name = JSON.stringify(keys)
    const keyring = read.get(name) ?? readKeyring(keys, clock, strictModes)
    read.set(name, keyring)
    return { keyring: await keyring, clock }
  }
}

export async function readKeyring(
  keys: readonly string[],
  clock: Clock,
  strictModes: boolean,
): Promise<Keyring> {
  const files = readKeyFiles(keys, strictModes ? assertOnlyOwnerWrites : null)
  const { readKeys } = await import('./edge/openpgp.ts')
  return keyringOf(await readKeys(files, clock))
}

/**
 * Who may sign a sync tag: the signing key and the recovery keys. These sign for years and are judged at the time of
 * the signature; neither is trusted for commits.
 */
export async function syncTagTrust(policy: Policy, clock: Clock): Promise<Trust> {
  const own = await readSigningKey(policy, clock)
  const recovery =
    policy.recoveryKeys.length === 0
      ? []
      : (await readKeyring(policy.recoveryKeys, clock, policy.strictModes)).keys
  return { keyring: keyringOf([own.key, ...recovery]), clock: { ...clock, rule: 'signature' } }
}

/** The key that `signing-key` names out of the secret keys in `signing-keys`. Throws a Fault where it cannot sign now. */
export async function readSigningKey(policy: Policy, clock: Clock): Promise<SigningKey> {
  if (policy.signingKey === null || policy.signingKeys.length === 0)
    throw new Fault('sync-tag: no key to sign it with', 'set signing-key and signing-keys')
  const files = readKeyFiles(policy.signingKeys, assertOnlyOwnerReads)
  const { findSigningKey } = await import('./edge/openpgp.ts')
  return findSigningKey(files, policy.signingKey, clock)
}
