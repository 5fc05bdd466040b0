import { Fault } from '../core/fault.ts'
import type { Oid } from '../core/oid.ts'
import { type Policy, protectionFor } from '../core/policy.ts'
import { syncedBranches } from '../core/push.ts'
import { shortRefName } from '../core/ref-name.ts'
import { readPolicy } from '../edge/config.ts'
import { assertOwnRepository } from '../edge/owner.ts'
import { assertOnlyOwnerWrites } from '../edge/strict-modes.ts'
import { resolveCommit } from '../revision.ts'
import { readServerRefs } from '../server-refs.ts'
import { moveSyncTag } from '../sync.ts'
import { whyNotOnto } from '../verified.ts'

export type TrustOptions = {
  readonly config: string
  /** Absolute. */
  readonly gitDir: string
  readonly branch: string
  /** What git-rev-parse(1) takes; null: where the branch stands. */
  readonly revision: string | null
  /** Seconds since 1970. */
  readonly now: number
}

/**
 * Sets or repairs the sync tag of a branch by the admin's word: everything that the revision reaches counts as
 * verified from then on, whatever its signatures. Nothing is judged here. A branch that is not there yet can then be
 * pushed on top of the revision.
 */
export async function trust(options: TrustOptions, out: (line: string) => void): Promise<void> {
  const { gitDir, now } = options
  const policy = readPolicy(options.config, gitDir, assertOnlyOwnerWrites)
  if (policy.syncTag === null)
    throw new Fault('sync-tag: not set', 'set it in the configuration: sync-tag = verified/{branch}')
  const branch = options.branch.startsWith('refs/') ? options.branch : `refs/heads/${options.branch}`
  const ref = syncedBranches(policy, [branch]).get(branch)
  if (ref === undefined)
    throw new Fault(`${branch}: no section protects this branch`, 'add one: [protect "…"]')
  assertOwnRepository(gitDir)
  const refs = await readServerRefs(gitDir, [])
  const tip = refs.get(branch)?.oid ?? null
  const commit = options.revision === null ? tip : await resolveCommit(gitDir, options.revision)
  if (commit === null)
    throw new Fault(`${branch}: no such branch`, 'name the revision to trust: refwarden trust BRANCH REV')
  if (tip !== null) await assertOnBranch(gitDir, policy, { branch, tip, commit })
  const old = refs.get(ref)?.oid ?? null
  const clock = { rule: 'now', now, skew: policy.clockSkew } as const
  if (!(await moveSyncTag(gitDir, policy, { ref, old, commit }, clock)))
    throw new Fault(`${ref}: moved by a push meanwhile`, 'try again')
  out(`${shortRefName(branch)}: trusted up to ${commit} (${ref.slice('refs/tags/'.length)})`)
}

/** A tag elsewhere would lock the branch. */
async function assertOnBranch(
  gitDir: string,
  policy: Policy,
  { branch, tip, commit }: { readonly branch: string; readonly tip: Oid; readonly commit: Oid },
): Promise<void> {
  const mode = protectionFor(policy, branch)?.mode === 'first-parent' ? 'first-parent' : 'all'
  const why = await whyNotOnto(gitDir, { tip, mode, histories: [], chains: [] }, commit)
  if (why === 'rewind')
    throw new Fault(`${commit}: not in ${branch}`, 'name a revision that the branch contains')
  if (why === 'foxtrot')
    throw new Fault(
      `${commit}: not on the first-parent chain of ${branch}`,
      `name one of git log --first-parent ${shortRefName(branch)}`,
    )
}
