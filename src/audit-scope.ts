import { Fault } from './core/fault.ts'
import type { Clock } from './core/judge.ts'
import { keyringOf, type TrustedKey } from './core/keyring.ts'
import type { Oid } from './core/oid.ts'
import { type Mode, type Policy, type Protection, protectionFor } from './core/policy.ts'
import { syncedBranches } from './core/push.ts'
import { shortRefName } from './core/ref-name.ts'
import { branchOfSyncTag } from './core/sync-tag.ts'
import type { Walk } from './core/walk.ts'
import { readPolicy } from './edge/config.ts'
import { assertOnlyOwnerWrites } from './edge/strict-modes.ts'
import { identityReader } from './identity.ts'
import type { Trust } from './inspect.ts'
import { readNamed } from './objects.ts'
import { refNamed, resolveCommit, resolveRevision } from './revision.ts'
import { type FoundTag, readSyncTags } from './server.ts'
import { readServerRefs } from './server-refs.ts'
import { readSyncTagKeys, readTrustedKeys, syncTagTrust } from './trust.ts'
import { commitsAmong } from './verified.ts'

export type AuditRequest = {
  readonly config: string
  /** Absolute. */
  readonly gitDir: string
  /** `REV`, `A..B` or a tag; null: HEAD. */
  readonly revision: string | null
  /** Stand in for a configuration; without any, the configuration decides. */
  readonly keys: readonly string[]
  /** What is taken out of `keys` again; of use with them alone. */
  readonly revokedKeys: readonly string[]
  readonly mode: Exclude<Mode, 'none'> | null
  readonly at: Clock['rule']
  /** Seconds since 1970. */
  readonly now: number
}

/** With the first user id of each primary key, as in the key. */
export type AuditTrust = Trust & { readonly users: ReadonlyMap<string, string> }

/** What an audit looks at, and whom it trusts. */
export type AuditScope =
  | { readonly kind: 'history'; readonly walk: Walk; readonly trust: AuditTrust }
  /** `ref` is null where the tag object was named without one. `sync`: where it must stand as a sync tag. */
  | {
      readonly kind: 'tag'
      readonly oid: Oid
      readonly ref: string | null
      readonly trust: AuditTrust
      readonly sync: FoundTag | null
    }

type Rules = {
  readonly policy: Pick<Policy, 'clockSkew' | 'strictModes'> & Partial<Policy>
  readonly protection: Protection
}

/** Resolves what was asked for. Throws a Fault where there is no such revision or nothing says whom to trust. */
export async function auditScope(request: AuditRequest): Promise<AuditScope> {
  const { gitDir, revision, keys } = request
  const [, from, to] = /^(.*?)\.\.(?!\.)(.*)$/su.exec(revision ?? '') ?? []
  const top = to === undefined ? (revision ?? 'HEAD') : to || 'HEAD'
  // with keys on the command line whom to trust is known: they are read while git answers
  const given = keys.length > 0 ? trustBy(request, rulesFor(request, null)) : null
  given?.catch(() => undefined) // thrown where it is awaited
  const [oid, ref] = await Promise.all([resolveRevision(gitDir, top), refNamed(gitDir, top)])
  const [stored] = await readNamed(gitDir, [oid], 0)
  if (stored?.type === 'tag' && to === undefined) {
    const sync = keys.length > 0 || ref === null ? null : await syncTagScope(request, ref, oid)
    return (
      sync ?? {
        kind: 'tag',
        oid,
        ref,
        sync: null,
        trust: await (given ?? trustBy(request, rulesFor(request, ref))),
      }
    )
  }
  // what a clone has of a remote's branch stands for the branch
  const branch = ref?.replace(/^refs\/remotes\/[^/]+\//, 'refs/heads/') ?? null
  const rules = rulesFor(request, branch)
  const trust = await (given ?? trustBy(request, rules))
  const tip = stored?.type === 'commit' ? oid : await resolveCommit(gitDir, top)
  const base = from === undefined ? null : await resolveCommit(gitDir, from || 'HEAD')
  const mode = request.mode ?? rules.protection.mode
  if (mode === 'none')
    throw new Fault(`${top}: mode none verifies nothing`, 'say --mode all or --mode first-parent')
  const marked = branch === null || base !== null ? [] : await markOf(request, rules, branch, { tip, mode })
  const roots = await commitsAmong(gitDir, rules.protection.trustRoots)
  const histories = [...roots, ...(base === null ? [] : [base]), ...(mode === 'all' ? marked : [])]
  const walk = { tip, mode, histories, chains: mode === 'all' ? [] : marked }
  return { kind: 'history', walk, trust }
}

/** The rules that the command line states, or those of the configuration for this ref. */
function rulesFor({ config, gitDir, keys, revokedKeys, mode }: AuditRequest, ref: string | null): Rules {
  if (keys.length > 0) {
    const nothing = {
      pattern: '',
      trustRoots: [],
      rewind: false,
      delete: false,
      signerIsCommitter: false,
      signerIsPusher: null,
    }
    const protection = { ...nothing, mode: mode ?? 'all', keys, revokedKeys }
    return { policy: { clockSkew: 300, strictModes: false }, protection }
  }
  if (revokedKeys.length > 0)
    throw new Fault('--revoked-keys is of use with --keys alone', 'the configuration has revoked-keys')
  const policy = readPolicy(config, gitDir, assertOnlyOwnerWrites)
  const protection = ref === null ? null : protectionFor(policy, ref)
  if (protection === null)
    throw new Fault('no section of the configuration protects this', 'say whom to trust: --keys PATH')
  if (protection.keys.length === 0)
    throw new Fault(`[protect "${protection.pattern}"] has no keys`, 'say whom to trust: --keys PATH')
  return { policy, protection }
}

function clockOf({ at, now }: AuditRequest, { clockSkew }: Rules['policy']): Clock {
  return { rule: at, now, skew: clockSkew }
}

async function trustBy(request: AuditRequest, { policy, protection }: Rules): Promise<AuditTrust> {
  const clock = clockOf(request, policy)
  const { trusted } = await readTrustedKeys(protection, clock, policy.strictModes)
  const identity = identityReader(null, policy.strictModes)(protection)
  const trust = { keyring: keyringOf(trusted), clock, users: usersOf(trusted) }
  return identity === null ? trust : { ...trust, identity }
}

function usersOf(keys: readonly TrustedKey[]): ReadonlyMap<string, string> {
  return new Map(keys.map(({ fingerprint, userIds }) => [fingerprint, userIds[0] ?? '']))
}

/** For the server's own mark, whose keys are not those of any section; null where `ref` is none. */
async function syncTagScope(request: AuditRequest, ref: string, oid: Oid): Promise<AuditScope | null> {
  const { gitDir, config } = request
  const policy = readPolicy(config, gitDir, assertOnlyOwnerWrites)
  const branch = policy.syncTag === null ? null : branchOfSyncTag(policy.syncTag, ref)
  if (branch === null || !syncedBranches(policy, [branch]).has(branch)) return null
  const tip = (await readServerRefs(gitDir, [])).get(branch)?.oid ?? null
  const clock: Clock = { ...clockOf(request, policy), rule: 'signature' }
  const keys = await readSyncTagKeys(policy, clock)
  const sync = { ref, oid, tip, mode: protectionFor(policy, branch)?.mode }
  return { kind: 'tag', oid, ref, sync, trust: { keyring: keyringOf(keys), clock, users: usersOf(keys) } }
}

/** The commit of the branch's sync tag, where one applies. An invalid one is a Fault: the branch is locked. */
async function markOf(
  request: AuditRequest,
  { policy }: Rules,
  branch: string,
  { tip, mode }: Pick<FoundTag, 'tip' | 'mode'>,
): Promise<readonly Oid[]> {
  const { gitDir } = request
  if (policy.syncTag === undefined || policy.syncTag === null) return []
  const ref = syncedBranches(policy as Policy, [branch]).get(branch)
  const oid = ref === undefined ? null : ((await readServerRefs(gitDir, [])).get(ref)?.oid ?? null)
  if (ref === undefined || oid === null) return []
  const trust = await syncTagTrust(policy as Policy, clockOf(request, policy))
  const [mark] = await readSyncTags(gitDir, [{ ref, oid, tip, mode }], trust)
  if (mark?.kind === 'valid') return [mark.commit]
  throw new Fault(
    `${ref}: this sync tag is invalid: ${mark?.detail}`,
    `refwarden trust ${shortRefName(branch)}`,
  )
}
