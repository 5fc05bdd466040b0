import type { StoredObject } from './core/batch-reader.ts'
import { Fault } from './core/fault.ts'
import type { Oid } from './core/oid.ts'
import { type Policy, protectionFor } from './core/policy.ts'
import { branchOfSyncTag } from './core/sync-tag.ts'
import { isUse, type Use } from './core/used-by.ts'
import { inspectTag, judged, type Trust } from './inspect.ts'
import { objectLimit, readNamed, readRange } from './objects.ts'

import { readServerRefs } from './server-refs.ts'
import { commitsAmong, unverifiedAmong } from './verified.ts'

/** Bytes; a larger tag object is refused wherever it is judged. */
const tagLimit = 1024 * 1024

/** The refs whose signatures count: protected ones and sync tags; without a configuration every branch and tag. */
export async function signedRefs(gitDir: string, policy: Policy | null): Promise<ReadonlyMap<string, Oid>> {
  const counted = new Map<string, Oid>()
  for (const [ref, { oid, target }] of await readServerRefs(gitDir, []))
    if (oid !== null && target === null && counts(ref, policy)) counted.set(ref, oid)
  return counted
}

/**
 * Everything that these objects reach, and those `before` do not, that `trust` knows as signed by one of its keys: the
 * tags, then each commit once, side branches and all, whatever mode they were judged by.
 */
export async function* usesOn(
  gitDir: string,
  oids: readonly Oid[],
  before: readonly Oid[],
  trust: Trust,
): AsyncGenerator<Use> {
  const objects = await readNamed(gitDir, [...new Set(oids)], tagLimit)
  const tips: Oid[] = []
  for (const object of objects) {
    if (object === null)
      throw new Fault('a ref points to an object that is missing', 'run git fsck in the repository')
    if (object.type === 'commit') tips.push(object.oid)
    if (object.type !== 'tag') continue
    const { use, target } = await usedTag(object, trust)
    if (use !== null) yield use
    if (target !== null) tips.push(target)
  }
  yield* usesReached(gitDir, [...new Set(tips)], await commitsAmong(gitDir, before), trust)
}

/** In one walk, however many tips. Throws a Fault where git leaves out a commit that a judged one names. */
async function* usesReached(
  gitDir: string,
  tips: readonly Oid[],
  known: readonly Oid[],
  trust: Trust,
): AsyncGenerator<Use> {
  const [tip] = tips
  if (tip === undefined) return
  const [seen, named] = [new Set<Oid>(), new Set<Oid>(tips)]
  const commits = readRange(gitDir, { from: tips, not: known, firstParent: false }, objectLimit)
  for await (const verdicts of judged(commits, trust))
    for (const verdict of verdicts) {
      seen.add(verdict.oid)
      for (const parent of verdict.parents ?? []) named.add(parent)
      if (isUse(verdict)) yield { type: 'commit', verdict }
    }
  const open = [...named].filter(oid => !seen.has(oid))
  const walk = { tip, mode: 'all', histories: known, chains: [] } as const
  const [missing] = await unverifiedAmong(gitDir, open, walk)
  if (missing !== undefined)
    throw new Fault(`${missing}: git left this commit out of the walk`, 'run git fsck in the repository')
}

function counts(ref: string, policy: Policy | null): boolean {
  if (policy === null) return /^refs\/(heads|tags)\//.test(ref)
  if (policy.syncTag !== null && branchOfSyncTag(policy.syncTag, ref) !== null) return true
  const mode = protectionFor(policy, ref)?.mode ?? 'none'
  return mode !== 'none'
}

async function usedTag(
  object: StoredObject,
  trust: Trust,
): Promise<{ readonly use: Use | null; readonly target: Oid | null }> {
  const { tag, verdict } = await inspectTag(object, trust)
  return {
    use: isUse(verdict) ? { type: 'tag', verdict } : null,
    target: tag?.targetType === 'commit' ? tag.target : null,
  }
}
