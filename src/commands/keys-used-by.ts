import { acceptedBefore } from '../core/decision-history.ts'
import { Fault } from '../core/fault.ts'
import { ownerOf } from '../core/key-list.ts'
import { keyNamed, partsNamed } from '../core/key-named.ts'
import { keyringOf, type TrustedKey } from '../core/keyring.ts'
import type { Oid } from '../core/oid.ts'
import type { Policy } from '../core/policy.ts'
import { renderUse, renderUseCount, renderUseCountJson, renderUseJson } from '../core/used-by.ts'
import { readDecisions } from '../edge/decision-lines.ts'
import { fillKeySet, findKeySets, type KeyPlace, momentOf } from '../key-sets.ts'
import { signedRefs, usesOn } from '../signed-refs.ts'

export type UsedByOptions = KeyPlace & {
  readonly gitDir: string
  /** Fingerprint or long id of a key or subkey, or text of a user id. */
  readonly name: string
  /** Milliseconds since 1970: what had been accepted before is left out, by the decision log; null: nothing is. */
  readonly since: number | null
  readonly json: boolean
  /** Seconds since 1970. */
  readonly now: number
}

/**
 * What a key has signed of all that was accepted: for the day on which it leaks. The history itself is asked, not a
 * log, and every commit that a protected ref reaches, so that nothing is left out that came before the log, by a merge
 * or past the hook. A primary key stands for its subkeys too.
 */
export async function usedBy(options: UsedByOptions, out: (line: string) => void): Promise<0> {
  const { gitDir, name, since, json, now } = options
  const { sets, policy } = findKeySets(options)
  const keys: TrustedKey[] = []
  for (const set of sets) keys.push(...(await fillKeySet(set, policy, now)).keys)
  const key = keyNamed(keys, name, unknown)
  const parts = partsNamed(key, name)
  if (parts.length === 0)
    throw new Fault(`${key.fingerprint}: ${key.unusable}`, 'no signature by it can have been accepted')
  const clock = { rule: 'signature', ...momentOf(policy, now) } as const
  const trust = { keyring: keyringOf([{ ...key, parts }]), clock }
  const before = since === null ? new Map<string, Oid>() : await refsBefore(since, gitDir, policy)
  const all = await signedRefs(gitDir, policy)
  const refs = new Map([...all].filter(([ref, oid]) => before.get(ref) !== oid))
  const count = { commit: 0, tag: 0 }
  for await (const use of usesOn(gitDir, [...refs.values()], [...before.values()], trust)) {
    count[use.type]++
    out(json ? renderUseJson(use) : renderUse(use))
  }
  const summary = { commits: count.commit, tags: count.tag, refs: [...refs.keys()] }
  out(
    json
      ? renderUseCountJson(summary)
      : renderUseCount(summary, `${parts[0]?.fingerprint} (${ownerOf(key)})`),
  )
  return 0
}

async function refsBefore(
  since: number,
  gitDir: string,
  policy: Policy | null,
): Promise<ReadonlyMap<string, Oid>> {
  const accepted = acceptedBefore(gitDir, since)
  for await (const line of readDecisions(policy?.log ?? `${gitDir}/refwarden.jsonl`)) accepted.take(line)
  return accepted.refs()
}

/** Without the key itself nobody could tell its subkeys' signatures from those of strangers: half an answer. */
const unknown = 'if it was removed, name its public key: --keys FILE'
