import { diagnoseKeys, type ReadKeySet, signersOf } from './core/diagnose-keys.ts'
import { diagnosePolicy, matchPatterns } from './core/diagnose-policy.ts'
import { Fault } from './core/fault.ts'
import type { Finding, Signer } from './core/finding.ts'
import type { Clock } from './core/judge.ts'
import { type KeySet, keySetsOf } from './core/key-sets.ts'
import type { Policy } from './core/policy.ts'
import { protectsAnything, type ServerRefs, syncedBranches } from './core/push.ts'
import { fillKeySet } from './key-sets.ts'
import { readServer } from './server.ts'
import { serverSigner } from './trust.ts'

/** What a policy makes of the refs of a repository, and what their sync tags say. */
export async function underPolicy(
  gitDir: string,
  policy: Policy | null,
  head: string | null,
  refs: ServerRefs,
  now: number,
) {
  if (policy === null) return { findings: [], patterns: [] }
  const facts = { policy, refs, head, syncTags: new Map() }
  const patterns = matchPatterns(facts)
  const findings = diagnosePolicy(facts)
  const isTied = findings.some(({ code }) => code === 'patterns-tie')
  if (policy.syncTag === null || isTied || !protectsAnything(policy)) return { findings, patterns }
  try {
    const syncTags = await readTags(gitDir, policy, refs, { rule: 'now', now, skew: policy.clockSkew })
    return { findings: diagnosePolicy({ ...facts, syncTags }), patterns }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const { message: what, remedy } = error
    return {
      findings: [{ code: 'signing-key-broken', what, remedy: remedy ?? 'mend it' } as const, ...findings],
      patterns,
    }
  }
}

/** What the sync tag of each protected branch says. Throws a Fault where the next one could not be signed. */
async function readTags(gitDir: string, policy: Policy, refs: ServerRefs, clock: Clock) {
  await serverSigner(policy, clock)
  const branches = [...syncedBranches(policy, [...refs.keys()]).keys()]
  const updates = branches.map(ref => ({
    ref,
    claimed: refs.get(ref)?.oid ?? null,
    after: refs.get(ref)?.oid ?? null,
  }))
  const { syncTags } = await readServer(gitDir, policy, updates, clock)
  return new Map(branches.map(branch => [branch, syncTags.get(branch) ?? ({ kind: 'absent' } as const)]))
}

/** Reads a set of keys, or has read it before. */
export type KeysOf = (set: KeySet, policy: Policy) => Promise<ReadKeySet>

/** Who may sign for the refs that a policy protects. */
export async function underKeys(policy: Policy, keysOf: KeysOf, now: number) {
  const findings: Finding[] = []
  const signers = new Map<string, Signer>()
  for (const set of keySetsOf(policy)) {
    const found = await keysOf(set, policy)
    findings.push(...diagnoseKeys(found, now))
    if (set.signs !== 'commits' || found.read instanceof Fault) continue
    for (const signer of signersOf(found.read, now)) signers.set(signer.fingerprint, signer)
  }
  return { findings, signers: [...signers.values()] }
}

/** A set of keys, or the fault that a push would meet. */
export async function readKeySet(set: KeySet, policy: Policy, now: number): Promise<ReadKeySet> {
  try {
    return { set, read: await fillKeySet(set, policy, now) }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { set, read: error }
  }
}
