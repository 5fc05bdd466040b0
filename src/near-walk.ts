import type { StoredObject } from './core/batch-reader.ts'
import type { Oid } from './core/oid.ts'
import type { ObjectVerdict } from './core/verdict.ts'
import { followed, frontier, type Walk } from './core/walk.ts'
import { objectLimit, openObjects } from './objects.ts'

/** Steps down, and commits side by side on each. */
const steps = 4
const width = 16

/** Objects that were read already, by what they are to be named. */
export type KnownObjects = ReadonlyMap<Oid, StoredObject>

/**
 * A walk of a few steps down to the one commit that is verified already, as that of most pushes: from parent to parent
 * as they stand in the judged objects, without a list of git's. Null for any other walk, for `inspect` to judge whole.
 * Each way down must end at that one commit, none at a root: what it reaches itself is verified, and not to be judged.
 */
export async function inspectNear(
  gitDir: string,
  walk: Walk,
  inspectCommit: (stored: StoredObject) => Promise<ObjectVerdict>,
  known: KnownObjects = new Map(),
): Promise<{ readonly verdicts: readonly ObjectVerdict[]; readonly ends: readonly Oid[] } | null> {
  const [verified, ...others] = new Set([...walk.histories, ...walk.chains])
  if (verified === undefined || others.length > 0) return null
  const account = frontier(walk.tip, walk.mode)
  const verdicts = new Map<Oid, ObjectVerdict>()
  const objects = openObjects(gitDir, objectLimit)
  try {
    for (let step = 0; step <= steps; step++) {
      const next = account.open().filter(oid => oid !== verified)
      if (next.length === 0) {
        await objects.end()
        return { verdicts: [...verdicts.values()], ends: account.open() }
      }
      if (step === steps || next.length > width || next.some(oid => verdicts.has(oid))) return null
      const unread = next.filter(oid => !known.has(oid))
      if (unread.length > 0 && !objects.isOpen()) return null
      const read = unread.length === 0 ? [] : await objects.read(unread)
      for (const stored of [...next.flatMap(oid => known.get(oid) ?? []), ...read]) {
        const verdict = stored?.type === 'commit' ? await inspectCommit(stored) : null
        if (verdict === null || followed(walk.mode, verdict.parents ?? []).length === 0) return null
        account.pass(verdict.oid, verdict.parents)
        verdicts.set(verdict.oid, verdict)
      }
    }
    return null
  } finally {
    objects.close()
  }
}
