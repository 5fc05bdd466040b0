import { Fault } from './core/fault.ts'
import { type FilledKeySet, type KeySet, keySetsOf } from './core/key-sets.ts'
import type { Policy } from './core/policy.ts'
import type { Moment } from './core/self-signature.ts'
import { readPolicy } from './edge/config.ts'
import { assertOnlyOwnerWrites } from './edge/strict-modes.ts'
import { readSyncTagKeys, readTrustedKeys } from './trust.ts'

/** Where an admin's keys are: the configuration, or folders and files in its stead. */
export type KeyPlace = {
  /** Absolute. */
  readonly config: string
  /** Absolute: a repository, whose own refwarden.ini counts too; null: none. */
  readonly gitDir: string | null
  /** Absolute; where there are any, no configuration is read. */
  readonly keys: readonly string[]
}

export type KeyDirectory = {
  readonly sets: readonly KeySet[]
  /** Null where the command line names the keys. */
  readonly policy: Policy | null
}

/** Throws a Fault where the configuration is wrong or names no keys. */
export function findKeySets({ config, gitDir, keys: paths }: KeyPlace): KeyDirectory {
  if (paths.length > 0) return { sets: [{ signs: 'commits', refs: [], paths, revoked: [] }], policy: null }
  const policy = readPolicy(config, gitDir, assertOnlyOwnerWrites)
  const sets = keySetsOf(policy)
  if (sets.length === 0)
    throw new Fault(`${config}: it protects nothing`, 'add a section, or name the keys: --keys PATH')
  return { sets, policy }
}

/** What a push would make of the set now. Throws a Fault where anything is wrong with a file. */
export async function fillKeySet(set: KeySet, policy: Policy | null, now: number): Promise<FilledKeySet> {
  const clock = { rule: 'now', ...momentOf(policy, now) } as const
  if (set.signs === 'server' && policy !== null)
    return { ...set, keys: await readSyncTagKeys({ ...policy, recoveryKeys: [] }, clock) }
  const sources = { keys: set.paths, revokedKeys: set.revoked }
  const { trusted } = await readTrustedKeys(sources, clock, policy?.strictModes ?? false)
  return { ...set, keys: trusted }
}

/** The sets that can be read, and the first fault where one cannot: the others are worth seeing all the same. */
export async function readKeySets(
  place: KeyPlace,
  now: number,
): Promise<{ readonly sets: readonly FilledKeySet[]; readonly fault: Fault | null }> {
  const { sets, policy } = findKeySets(place)
  const filled: FilledKeySet[] = []
  let fault: Fault | null = null
  for (const set of sets) {
    try {
      filled.push(await fillKeySet(set, policy, now))
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      fault ??= error
    }
  }
  return { sets: filled, fault }
}

/** As a push has it. */
export function momentOf(policy: Policy | null, now: number): Moment {
  return { now, skew: policy?.clockSkew ?? 300 }
}
