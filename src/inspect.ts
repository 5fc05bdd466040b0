import type { StoredObject } from './core/batch-reader.ts'
import { parseCommit } from './core/commit.ts'
import { Fault } from './core/fault.ts'
import type { Claim, Identity } from './core/identity.ts'
import { type Clock, judge, type SignatureVerdict } from './core/judge.ts'
import type { Keyring } from './core/keyring.ts'
import { formatOf, type Oid } from './core/oid.ts'
import { parseTag, type TagObject } from './core/tag.ts'
import type { ObjectVerdict } from './core/verdict.ts'
import { frontier, type Walk } from './core/walk.ts'
import { objectName } from './edge/arithmetic.ts'
import { factsOf } from './facts.ts'
import { inspectNear, type KnownObjects } from './near-walk.ts'
import { objectLimit, readNamed, readRange } from './objects.ts'
import { listUnverified, unverifiedAmong, unverifiedBelow } from './verified.ts'

/** Who is trusted, for whom, and by which clock. */
export type Trust = {
  readonly keyring: Keyring
  readonly clock: Clock
  /** Left out where any trusted key may sign for anybody. */
  readonly identity?: Identity
}

/** Batches of objects whose arithmetic runs while the next ones are read. */
const batchesAhead = 4

/** Objects read by name at a time. */
const namedAtOnce = 500

/**
 * The one join: walk → objects → parse → arithmetic → judge. Gives the verdict of each commit of the walk, newest
 * first, in batches, in memory that does not grow with the history; returns where the walk ended: commits that are
 * verified already, or a tip that is no commit. Throws a Fault where git leaves out a commit that a judged one names.
 */
export async function* inspect(
  gitDir: string,
  walk: Walk,
  trust: Trust,
  known?: KnownObjects,
): AsyncGenerator<readonly ObjectVerdict[], readonly Oid[]> {
  const near = await inspectNear(gitDir, walk, object => inspectCommit(object, trust), known)
  if (near !== null) {
    yield near.verdicts
    return near.ends
  }
  const { histories, chains } = walk
  const account = frontier(walk.tip, walk.mode)
  const range = {
    from: [walk.tip],
    not: [...histories, ...chains],
    firstParent: walk.mode === 'first-parent',
  }
  let count = 0
  for await (const verdicts of judged(readRange(gitDir, range, objectLimit), trust)) {
    for (const { oid, parents } of verdicts) account.pass(oid, parents)
    count += verdicts.length
    yield verdicts
  }
  const ends = account.open()
  const merged = await unverifiedBelow(gitDir, ends, { range, judged: count }, walk)
  if (merged.length === 0) return ends
  const judgedOn = new Set(merged)
  // what a merge brought into a verified chain is no verified commit: judge on, down to the chain itself
  for await (const oids of listUnverified(gitDir, merged, walk, namedAtOnce)) {
    for await (const verdicts of judged(found(gitDir, oids), trust)) {
      for (const { oid, parents } of verdicts) account.pass(oid, parents)
      yield verdicts
    }
  }
  await assertVerified(
    gitDir,
    account.open(),
    ends.filter(oid => !judgedOn.has(oid)),
    walk,
  )
  return account.open()
}

/** A walk may end at verified commits only, and at a tip that is no commit: the caller refuses that one. */
async function assertVerified(
  gitDir: string,
  ends: readonly Oid[],
  known: readonly Oid[],
  walk: Walk,
): Promise<void> {
  const isKnown = new Set(known)
  const unknown = ends.filter(oid => oid !== walk.tip && !isKnown.has(oid))
  const [open] = await unverifiedAmong(gitDir, unknown, walk)
  if (open !== undefined)
    throw new Fault(`${open}: git left this commit out of the walk`, 'run git fsck in the repository')
}

/** The verdict of a single tag object, with the tag where it could be read. */
export async function inspectTag(
  stored: StoredObject,
  trust: Trust,
): Promise<{ readonly tag: TagObject | null; readonly verdict: ObjectVerdict }> {
  const format = formatOf(stored.oid) ?? 'sha1'
  const about = { oid: stored.oid, parents: null, author: '', subject: '' }
  const bytes = genuineBytes(stored)
  if (bytes === null)
    return {
      tag: null,
      verdict: { ...about, signature: refused('too-large', 'the tag object is too large') },
    }
  const tag = parseTag(stored.oid, bytes, format)
  if ('reason' in tag) return { tag: null, verdict: { ...about, signature: refused(tag.reason, tag.detail) } }
  const facts = await factsOf(tag, trust.keyring)
  return {
    tag,
    verdict: {
      ...about,
      author: tag.tagger,
      subject: tag.name,
      signature: judge(facts, trust.clock, claimOf(tag.tagger, trust)),
    },
  }
}

/** Judges batch after batch in order, a few of them at the same time. */
export async function* judged(
  batches: AsyncIterable<readonly StoredObject[]>,
  trust: Trust,
): AsyncGenerator<readonly ObjectVerdict[]> {
  const ahead: Promise<readonly ObjectVerdict[]>[] = []
  for await (const batch of batches) {
    const verdicts = Promise.all(batch.map(object => inspectCommit(object, trust)))
    verdicts.catch(() => undefined) // thrown where it is awaited
    ahead.push(verdicts)
    if (ahead.length > batchesAhead) yield (await ahead.shift()) ?? []
  }
  for (const verdicts of ahead) yield await verdicts
}

/** The verdict of one stored commit or tag object. */
export async function inspectObject(stored: StoredObject, trust: Trust): Promise<ObjectVerdict> {
  return stored.type === 'tag' ? (await inspectTag(stored, trust)).verdict : inspectCommit(stored, trust)
}

async function inspectCommit(stored: StoredObject, trust: Trust): Promise<ObjectVerdict> {
  const unread = { oid: stored.oid, parents: null, author: '', subject: '' }
  const bytes = genuineBytes(stored)
  if (bytes === null) return { ...unread, signature: refused('too-large', 'the commit object is too large') }
  if (stored.type !== 'commit')
    return { ...unread, signature: refused('malformed-commit', `it is a ${stored.type}`) }
  const commit = parseCommit(stored.oid, bytes, formatOf(stored.oid) ?? 'sha1')
  if ('reason' in commit) return { ...unread, signature: refused(commit.reason, commit.detail) }
  const { oid, parents, author, subject } = commit
  const facts = await factsOf(commit, trust.keyring)
  const signature = judge(facts, trust.clock, claimOf(commit.committer, trust))
  return { oid, parents, author, subject, signature }
}

function claimOf(ident: string, { identity }: Trust): Claim | null {
  return identity === undefined ? null : { ident, wanted: identity }
}

/** The bytes, if they are those that the name stands for: a replaced or damaged object is a Fault. */
export function genuineBytes({ oid, type, bytes }: StoredObject): Uint8Array | null {
  if (bytes === null) return null
  if (objectName(formatOf(oid) ?? 'sha1', type, bytes) !== oid)
    throw new Fault(`${oid}: git gave other bytes than its name stands for`, 'run git fsck in the repository')
  return bytes
}

async function* found(gitDir: string, oids: readonly Oid[]): AsyncGenerator<readonly StoredObject[]> {
  const objects = await readNamed(gitDir, oids, objectLimit)
  const present = objects.filter(object => object !== null)
  if (present.length < oids.length)
    throw new Fault('git has no object for a commit that it listed', 'run git fsck in the repository')
  yield present
}

function refused(reason: 'malformed-commit' | 'too-large', detail: string): SignatureVerdict {
  return { ok: false, reason, key: null, signer: null, at: null, detail }
}
