import { Fault } from './core/fault.ts'
import type { Oid } from './core/oid.ts'
import type { ObjectVerdict } from './core/verdict.ts'
import { frontier, type Walk } from './core/walk.ts'
import { gitLine, gitLines } from './edge/git.ts'
import { isPresent } from './edge/hook-files.ts'
import { inspectObject, type Trust } from './inspect.ts'
import { readNamed } from './objects.ts'

/** The file that lists where the history of this clone was cut off, or null where it is whole. gitrepository-layout(5). */
export async function shallowFile(gitDir: string): Promise<string | null> {
  const path = await gitLine(gitDir, ['rev-parse', '--path-format=absolute', '--git-path', 'shallow'])
  if (path === null) throw new Fault(`${gitDir}: git cannot tell whether it is shallow`, 'run git fsck in it')
  return isPresent(path) ? path : null
}

/**
 * The verdicts of those commits of a walk that a shallow clone has, in batches. Returns where its history is cut off:
 * commits that a judged one names and nothing verifies. For audits alone; a hook knows no boundaries.
 */
export async function* inspectPresent(
  gitDir: string,
  shallow: string,
  walk: Walk,
  trust: Trust,
): AsyncGenerator<readonly ObjectVerdict[], readonly Oid[]> {
  const account = frontier(walk.tip, walk.mode)
  // children first, whatever their dates: a commit that is open in the end was not listed
  const order = ['--topo-order', ...(walk.mode === 'first-parent' ? ['--first-parent'] : [])]
  const list = (from: readonly Oid[], not: readonly Oid[], ...flags: readonly string[]) =>
    gitLines(
      gitDir,
      ['--shallow-file', shallow, 'rev-list', ...flags, '--stdin'],
      [...from, ...not.map(oid => `^${oid}`)].map(line => `${line}\n`).join(''),
    )
  const { histories, chains } = walk
  let batch: Oid[] = []
  for await (const line of list([walk.tip], [...histories, ...chains], ...order)) {
    if (batch.push(line as Oid) < atOnce) continue
    yield await judged(batch)
    batch = []
  }
  if (batch.length > 0) yield await judged(batch)
  const cut: Oid[] = []
  for (const oid of account.open()) {
    if (histories.includes(oid) || chains.includes(oid)) continue
    const [present] = await readNamed(gitDir, [oid], 0)
    let isVerified = present?.type === 'commit'
    if (isVerified) for await (const _ of list([oid], histories, '--max-count=1')) isVerified = false
    if (!isVerified) cut.push(oid)
  }
  return cut

  async function judged(oids: readonly Oid[]): Promise<readonly ObjectVerdict[]> {
    const objects = (await readNamed(gitDir, oids, objectLimit)).filter(object => object !== null)
    const verdicts = await Promise.all(objects.map(object => inspectObject(object, trust)))
    for (const { oid, parents } of verdicts) account.pass(oid, parents)
    return verdicts
  }
}

/** Bytes; as for a push. */
const objectLimit = 1024 * 1024
const atOnce = 500
