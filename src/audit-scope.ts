import { Fault } from './core/fault.ts'
import type { Clock } from './core/judge.ts'
import { keyringOf, type TrustedKey } from './core/keyring.ts'
import { type Oid, parseOid } from './core/oid.ts'
import { type Mode, type Policy, type Protection, protectionFor } from './core/policy.ts'
import { syncedBranches } from './core/push.ts'
import type { Walk } from './core/walk.ts'
import { readPolicy } from './edge/config.ts'
import { git } from './edge/git.ts'
import { assertOnlyOwnerWrites } from './edge/strict-modes.ts'
import type { Trust } from './inspect.ts'
import { readNamed } from './objects.ts'
import { readServerRefs, readSyncTag } from './server.ts'
import { readTrustedKeys, syncTagTrust } from './trust.ts'
import { commitsAmong } from './verified.ts'

export type AuditRequest = {
  readonly config: string
  /** Absolute. */
  readonly gitDir: string
  /** `REV`, `A..B` or a tag; null: HEAD. */
  readonly revision: string | null
  /** Stand in for a configuration; without any, the configuration decides. */
  readonly keys: readonly string[]
  readonly mode: Mode | null
  readonly at: Clock['rule']
  /** Seconds since 1970. */
  readonly now: number
}

/** With the first user id of each primary key, as in the key. */
export type AuditTrust = Trust & { readonly users: ReadonlyMap<string, string> }

/** What an audit looks at, and whom it trusts. `base` is the A of A..B. */
export type AuditScope =
  | { readonly kind: 'history'; readonly walk: Walk; readonly trust: AuditTrust; readonly base: Oid | null }
  | { readonly kind: 'tag'; readonly oid: Oid; readonly trust: AuditTrust }

/** Resolves what was asked for. Throws a Fault where there is no such revision or nothing says whom to trust. */
export async function auditScope(request: AuditRequest): Promise<AuditScope> {
  const { gitDir, revision } = request
  const [, from, to] = /^(.*?)\.\.(?!\.)(.*)$/su.exec(revision ?? '') ?? []
  const top = to === undefined ? (revision ?? 'HEAD') : to || 'HEAD'
  const branch = await branchOf(gitDir, top)
  const { policy, protection } = rulesFor(request, branch)
  const clock = { rule: request.at, now: request.now, skew: policy.clockSkew }
  const { trusted } = await readTrustedKeys(protection.keys, clock, policy.strictModes)
  const trust = { keyring: keyringOf(trusted), clock, users: usersOf(trusted) }
  const oid = await objectNamed(gitDir, top)
  const [stored] = await readNamed(gitDir, [oid], 0)
  if (stored?.type === 'tag' && to === undefined) return { kind: 'tag', oid, trust }
  const tip = await objectNamed(gitDir, `${top}^{commit}`)
  const base = from === undefined ? null : await objectNamed(gitDir, `${from || 'HEAD'}^{commit}`)
  const mode = request.mode ?? protection.mode
  if (mode === 'none')
    throw new Fault(`${top}: mode none verifies nothing`, 'say --mode all or --mode first-parent')
  const marked = branch === null || base !== null ? [] : await markOf(gitDir, policy, branch, tip, clock)
  const roots = await commitsAmong(gitDir, protection.trustRoots)
  const histories = [...roots, ...(base === null ? [] : [base]), ...(mode === 'all' ? marked : [])]
  return {
    kind: 'history',
    walk: { tip, mode, histories, chains: mode === 'all' ? [] : marked },
    trust,
    base,
  }
}

function usersOf(keys: readonly TrustedKey[]): ReadonlyMap<string, string> {
  return new Map(keys.map(({ fingerprint, userIds }) => [fingerprint, userIds[0] ?? '']))
}

/** The rules that the command line states, or those of the configuration for this branch. */
function rulesFor(
  { config, gitDir, keys, mode }: AuditRequest,
  branch: string | null,
): {
  readonly policy: Pick<Policy, 'clockSkew' | 'strictModes'> & Partial<Policy>
  readonly protection: Protection
} {
  if (keys.length > 0) {
    const protection = {
      pattern: '',
      mode: mode ?? 'all',
      keys,
      trustRoots: [],
      rewind: false,
      delete: false,
    }
    return { policy: { clockSkew: 300, strictModes: false }, protection }
  }
  const policy = readPolicy(config, gitDir, assertOnlyOwnerWrites)
  const protection = branch === null ? null : protectionFor(policy, branch)
  if (protection === null)
    throw new Fault('no section of the configuration protects this', 'say whom to trust: --keys PATH')
  return { policy, protection }
}

/** The full name of a branch; what a clone has of a remote's branch stands for the branch. */
async function branchOf(gitDir: string, revision: string): Promise<string | null> {
  const found = await git(['rev-parse', '--symbolic-full-name', '--end-of-options', revision], {
    gitDir,
    allowFailure: true,
  })
  const name = new TextDecoder().decode(found.stdout).trim()
  if (!name.startsWith('refs/')) return null
  return name.replace(/^refs\/remotes\/[^/]+\//, 'refs/heads/')
}

async function objectNamed(gitDir: string, name: string): Promise<Oid> {
  const found = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', name], {
    gitDir,
    allowFailure: true,
  })
  const oid = parseOid(new TextDecoder().decode(found.stdout).trim())
  if (found.exitCode !== 0 || oid === null) throw new Fault(`${name}: no such revision`, 'see git log --all')
  return oid
}

/** The commit of the branch's sync tag, where one applies. An invalid one is a Fault: the branch is locked. */
async function markOf(
  gitDir: string,
  policy: Partial<Policy>,
  branch: string,
  tip: Oid,
  clock: Clock,
): Promise<readonly Oid[]> {
  if (policy.syncTag === undefined || policy.syncTag === null) return []
  const ref = syncedBranches(policy as Policy, [branch]).get(branch)
  const oid = ref === undefined ? null : ((await readServerRefs(gitDir, [])).get(ref)?.oid ?? null)
  if (ref === undefined || oid === null) return []
  const mark = await readSyncTag(gitDir, { ref, oid, tip }, await syncTagTrust(policy as Policy, clock))
  if (mark.kind === 'valid') return [mark.commit]
  throw new Fault(`${ref}: this sync tag is invalid: ${mark.detail}`, `refwarden trust ${branch}`)
}
