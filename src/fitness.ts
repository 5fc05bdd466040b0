import { Fault } from './core/fault.ts'
import { type Fitness, type FitnessAccount, fitnessAccount } from './core/fitness.ts'
import type { Oid } from './core/oid.ts'
import type { Walk } from './core/walk.ts'
import { inspectObject, type Trust } from './inspect.ts'
import { listRange, objectLimit, readNamed } from './objects.ts'
import { unverifiedAmong } from './verified.ts'

/**
 * The fitness of a walk, all verdicts of which have passed through `account`. Where commits could not be read, or came
 * before a child (git lists by date, and dates are what their makers say), all are judged once more in git's order of
 * the history.
 */
export async function fitnessOf(
  gitDir: string,
  walk: Walk,
  trust: Trust,
  account: FitnessAccount,
): Promise<Fitness> {
  const known = account.fitness()
  if (known !== null && (await unverifiedAmong(gitDir, account.open(), walk)).length === 0) return known
  const ordered = fitnessAccount(walk)
  for await (const batch of inOrder(gitDir, walk)) {
    const objects = await readNamed(gitDir, [...batch.keys()], objectLimit)
    for (const object of objects) {
      if (object === null) throw new Fault('git has no object for a commit that it listed')
      const parents = batch.get(object.oid) ?? []
      ordered.pass({ ...(await inspectObject(object, trust)), parents })
    }
  }
  return ordered.fitness() ?? { fit: null, below: null }
}

/** The commits of a walk with what git takes for their parents, children before parents, in batches. */
async function* inOrder(
  gitDir: string,
  { tip, mode, histories, chains }: Walk,
): AsyncGenerator<ReadonlyMap<Oid, readonly Oid[]>> {
  const range = { from: [tip], not: [...histories, ...chains], firstParent: mode === 'first-parent' }
  let batch = new Map<Oid, readonly Oid[]>()
  for await (const [oid, ...parents] of listRange(gitDir, range, ['--topo-order', '--parents'])) {
    batch.set(oid, parents)
    if (batch.size < atOnce) continue
    yield batch
    batch = new Map()
  }
  if (batch.size > 0) yield batch
}

const atOnce = 500
