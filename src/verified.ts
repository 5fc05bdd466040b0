import { Fault } from './core/fault.ts'
import type { Oid } from './core/oid.ts'
import { followed, type Walk } from './core/walk.ts'
import { listRange, type Range, readNamed } from './objects.ts'

/** What was judged: a range, and how many commits git gave for it. */
export type Walked = { readonly range: Range; readonly judged: number }

/**
 * Below which of the commits where a walk ended there is something that nothing has verified yet. With odd committer
 * dates git lists a parent before its child, and the account still has it open. Throws a Fault where git lists other
 * commits than it gave to be judged.
 */
export async function unverifiedBelow(
  gitDir: string,
  ends: readonly Oid[],
  { range, judged }: Walked,
  walk: Walk,
): Promise<readonly Oid[]> {
  const open = await unverifiedAmong(gitDir, ends, walk)
  if (open.length === 0) return []
  const rest = new Set(open)
  let listed = 0
  for await (const [oid] of listRange(gitDir, range)) {
    listed++
    if (oid !== undefined) rest.delete(oid)
  }
  if (listed !== judged)
    throw new Fault(
      `git listed ${listed} commits, and ${judged} before that`,
      'run git fsck in the repository',
    )
  return [...rest]
}

/** Which of these commits nothing vouches for. */
export async function unverifiedAmong(
  gitDir: string,
  oids: readonly Oid[],
  walk: Walk,
): Promise<readonly Oid[]> {
  return offChains(gitDir, await outsideHistories(gitDir, oids, walk), walk)
}

/**
 * The commits from `tops` down to the verified ones, newest first, `atOnce` at a time. Meanwhile it
 * holds the names of all commits on the walk's chains, some 90 bytes each: 30 MB for 300,000.
 */
export async function* listUnverified(
  gitDir: string,
  tops: readonly Oid[],
  walk: Walk,
  atOnce: number,
): AsyncGenerator<readonly Oid[]> {
  const commits = await commitsAmong(gitDir, tops)
  if (commits.length === 0) return
  const { chains, histories } = walk
  const chain = new Set<Oid>()
  for await (const [oid] of listRange(gitDir, { from: chains, not: histories, firstParent: true }))
    if (oid !== undefined) chain.add(oid)
  const wanted = new Set<Oid>(commits)
  let batch: Oid[] = []
  const below = { from: commits, not: histories, firstParent: walk.mode === 'first-parent' }
  for await (const [oid, ...parents] of listRange(gitDir, below, ['--topo-order', '--parents'])) {
    if (oid === undefined || !wanted.delete(oid)) continue
    if (chain.has(oid)) continue
    for (const parent of followed(walk.mode, parents)) wanted.add(parent)
    batch.push(oid)
    if (batch.length < atOnce) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** Whether `oid` is on the first-parent chain of something that vouches for the walk. */
export async function isOnChain(gitDir: string, oid: Oid, { histories, chains }: Walk): Promise<boolean> {
  return (await offChains(gitDir, [oid], { chains: [...histories, ...chains], histories: [] })).length === 0
}

/** Why moving a ref from `onto` to the walk's tip would lose something, or null where it would not. */
export async function whyNotOnto(
  gitDir: string,
  walk: Walk,
  onto: Oid,
): Promise<'rewind' | 'foxtrot' | null> {
  if (walk.tip === onto) return null
  if (!(await reaches(gitDir, walk.tip, onto))) return 'rewind'
  if (walk.mode === 'all') return null
  let last: readonly Oid[] = []
  const chain = { from: [walk.tip], not: [onto], firstParent: true }
  for await (const line of listRange(gitDir, chain, ['--parents'])) last = line
  return last[1] === onto ? null : 'foxtrot'
}

/** Whether `descendant` is `ancestor` or comes after it. */
export async function reaches(gitDir: string, descendant: Oid, ancestor: Oid): Promise<boolean> {
  return (await outside(gitDir, [ancestor], [descendant])).length === 0
}

/** Of `oids`, those that are commits in the store. */
export async function commitsAmong(gitDir: string, oids: readonly Oid[]): Promise<readonly Oid[]> {
  const objects = await readNamed(gitDir, oids, 0)
  return objects.flatMap(object => (object?.type === 'commit' ? [object.oid] : []))
}

async function outsideHistories(
  gitDir: string,
  ends: readonly Oid[],
  { histories, chains }: Walk,
): Promise<readonly Oid[]> {
  const vouched = new Set([...histories, ...chains])
  const open = ends.filter(oid => !vouched.has(oid))
  return histories.length === 0 ? open : outside(gitDir, open, histories)
}

/** Of `oids`, those that none of `histories` reaches, or that are no commits. */
async function outside(
  gitDir: string,
  oids: readonly Oid[],
  histories: readonly Oid[],
): Promise<readonly Oid[]> {
  const commits = new Set(await commitsAmong(gitDir, oids))
  const others = oids.filter(oid => !commits.has(oid))
  if (commits.size === 0) return others
  const reached = new Set(commits)
  for await (const [oid] of listRange(gitDir, { from: [...commits], not: histories, firstParent: false }))
    reached.delete(oid)
  await assertListed(gitDir, reached, histories)
  return [...others, ...[...commits].filter(oid => !reached.has(oid))]
}

/** That git left a commit out of a list proves nothing: where it is reached, it stands in another one. */
async function assertListed(
  gitDir: string,
  reached: ReadonlySet<Oid>,
  histories: readonly Oid[],
): Promise<void> {
  const unproven = new Set([...reached].filter(oid => !histories.includes(oid)))
  if (unproven.size === 0) return
  for await (const [oid] of listRange(gitDir, { from: histories, not: [], firstParent: false }))
    if (unproven.delete(oid) && unproven.size === 0) return
  const [oid] = unproven
  throw new Fault(`${oid}: git left this commit out of two lists`, 'run git fsck in the repository')
}

async function offChains(
  gitDir: string,
  oids: readonly Oid[],
  { chains, histories }: Pick<Walk, 'chains' | 'histories'>,
): Promise<readonly Oid[]> {
  const rest = new Set(oids)
  if (rest.size === 0 || chains.length === 0) return oids
  for await (const [oid] of listRange(gitDir, { from: chains, not: histories, firstParent: true })) {
    if (oid === undefined) throw new Fault('git rev-list answered an empty line')
    rest.delete(oid)
    if (rest.size === 0) break
  }
  return [...rest]
}
