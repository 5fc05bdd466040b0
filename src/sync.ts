import { Fault } from './core/fault.ts'
import type { Clock } from './core/judge.ts'
import { formatOf, type Oid, parseOid } from './core/oid.ts'
import type { Policy } from './core/policy.ts'
import { syncTagText, whyNoSyncTag } from './core/sync-tag.ts'
import { objectName } from './edge/arithmetic.ts'
import { git } from './edge/git.ts'
import { outliveLocks, removeStaleLock } from './edge/stale-lock.ts'
import { inspectTag } from './inspect.ts'
import { serverSigner, syncTagTrust } from './trust.ts'

/** `old`: the tag object that is there; null: none. */
export type TagMove = { readonly ref: string; readonly old: Oid | null; readonly commit: Oid }

/**
 * Moves the sync tag `ref` to a new tag object that names `commit`, signed in process. Compare and swap: false where
 * another run moved it meanwhile. The object is written before the ref, so that a kill in between leaves the old tag
 * in place.
 */
export async function moveSyncTag(
  gitDir: string,
  policy: Policy,
  { ref, old, commit }: TagMove,
  clock: Clock,
): Promise<boolean> {
  const tag = await makeSyncTag(gitDir, policy, { ref, commit }, clock)
  return swapRef(gitDir, { ref, from: old, to: tag }, clock.now)
}

export type RefSwap = { readonly ref: string; readonly from: Oid | null; readonly to: Oid }

/**
 * Sets `ref` itself, no other that it may lead to, if it still is `from` (null: not there); false where it is not. Waits
 * for at most a minute where a git that was killed has left a lock, and takes it away then.
 */
export async function swapRef(gitDir: string, asked: RefSwap, seconds: number): Promise<boolean> {
  const { ref, from, to } = asked
  // git locks HEAD too where it stands for the branch
  const locked = ref.startsWith('refs/heads/') ? [ref, 'HEAD'] : [ref]
  for (const name of locked) removeStaleLock(gitDir, name, seconds)
  const zero = '0'.repeat(to.length)
  const swap = ['--no-deref', '-m', 'refwarden', '--end-of-options', ref, to, from ?? zero]
  const swapped = await git([...patient, 'update-ref', ...swap], {
    gitDir,
    env: committer(seconds),
    allowFailure: true,
  })
  if (swapped.exitCode === 0) return true
  if ((await currentOid(gitDir, ref)) !== from) return false
  const waited = await outliveLocks(gitDir, locked, seconds)
  if (waited > 0) return swapRef(gitDir, asked, seconds + waited)
  throw new Fault(
    `${ref}: git cannot move it: ${swapped.stderr.trim()}`,
    'mend what git names; remove a .lock that no git holds any more',
  )
}

/** Milliseconds for which git tries to lock a ref that another git holds. */
const patient = ['-c', 'core.filesRefLockTimeout=2000']

/** Writes the tag object. Throws a Fault where it would not pass itself: a tag that locks its branch is never made. */
async function makeSyncTag(
  gitDir: string,
  policy: Policy,
  { ref, commit }: Omit<TagMove, 'old'>,
  clock: Clock,
): Promise<Oid> {
  const sign = await serverSigner(policy, clock)
  const text = syncTagText(ref, commit, signature, clock.now)
  const bytes = Buffer.from(`${text}${await sign(Buffer.from(text), clock.now)}`)
  const oid = objectName(formatOf(commit) ?? 'sha1', 'tag', bytes)
  const stored = { oid, type: 'tag', size: bytes.length, bytes }
  const { tag, verdict } = await inspectTag(stored, await syncTagTrust(policy, clock))
  const why = whyNoSyncTag(tag, verdict.signature, ref)
  if (why !== null)
    throw new Fault(
      `signing-key: a tag signed by ${policy.signingKey} does not pass: ${why}`,
      'let signing-key name another key',
    )
  const made = await git(['mktag'], { gitDir, input: bytes })
  if (parseOid(new TextDecoder().decode(made.stdout).trim()) !== oid)
    throw new Fault('git mktag wrote another object than it was given', 'run git fsck in the repository')
  return oid
}

const signature = 'refwarden <refwarden@localhost>'

/** For the reflog: an account without a name has none that git takes. */
function committer(seconds: number): Readonly<Record<string, string>> {
  return {
    GIT_COMMITTER_NAME: 'refwarden',
    GIT_COMMITTER_EMAIL: 'refwarden@localhost',
    GIT_COMMITTER_DATE: `${seconds} +0000`,
  }
}

/** Of this very ref: git-rev-parse(1) takes a branch that is called so for one that is not there. */
async function currentOid(gitDir: string, ref: string): Promise<Oid | null> {
  const found = await git(['show-ref', '--verify', '--hash', '--', ref], { gitDir, allowFailure: true })
  return parseOid(new TextDecoder().decode(found.stdout).trim())
}
