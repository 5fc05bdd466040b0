import type { StoredObject } from './core/batch-reader.ts'
import { Fault } from './core/fault.ts'
import { type Oid, parseOid } from './core/oid.ts'
import type { ServerRef, ServerRefs } from './core/push.ts'
import type { RefUpdate } from './core/ref-update.ts'
import { gitLines } from './edge/git.ts'
import { readLooseObject } from './edge/loose-objects.ts'
import { looseValue, mayBeSymbolic } from './edge/loose-refs.ts'
import { objectLimit, readNamed } from './objects.ts'

/** The branches that a push moves as they stand, and the objects that it moves them between. */
export type Moves = { readonly refs: ServerRefs; readonly objects: ReadonlyMap<Oid, StoredObject> }

/**
 * Of a push that `isMove`. `objects` are the folders of git's objects. Null where a branch is packed or
 * not what the client claims, or anything is missing: all refs are to be read then.
 */
export async function readMoves(
  gitDir: string,
  objects: readonly string[],
  updates: readonly RefUpdate[],
): Promise<Moves | null> {
  const olds = updates.map(({ ref }) => looseValue(gitDir, ref))
  if (updates.some(({ claimed }, index) => claimed === null || claimed !== olds[index])) return null
  return looseMoves(objects, updates) ?? packedMoves(gitDir, olds, updates)
}

/**
 * Without git, where each new tip is a commit in a file of its own. That a branch named a commit before is git's rule:
 * update-ref(1) puts nothing else there.
 */
function looseMoves(objects: readonly string[], updates: readonly RefUpdate[]): Moves | null {
  const tips = updates.flatMap(({ after }) =>
    after === null ? [] : (readLooseObject(objects, after, objectLimit) ?? []),
  )
  if (tips.length < updates.length || tips.some(({ type }) => type !== 'commit')) return null
  return {
    refs: new Map(updates.map(({ ref, claimed }) => [ref, { oid: claimed, type: 'commit', target: null }])),
    objects: new Map(tips.map(tip => [tip.oid, tip])),
  }
}

async function packedMoves(
  gitDir: string,
  olds: readonly (Oid | null)[],
  updates: readonly RefUpdate[],
): Promise<Moves | null> {
  const oids = [...olds, ...updates.map(({ after }) => after)].filter(oid => oid !== null)
  const read = await readNamed(gitDir, oids, objectLimit)
  const objects = new Map(read.flatMap(object => (object === null ? [] : [[object.oid, object] as const])))
  if (oids.some(oid => !objects.has(oid))) return null
  const refs = updates.map(({ ref }, index): [string, ServerRef] => {
    const oid = olds[index] ?? null
    return [ref, { oid, type: oid === null ? '' : (objects.get(oid)?.type ?? ''), target: null }]
  })
  return { refs: new Map(refs), objects }
}

/**
 * Every ref of the repository by its full name, and of `asked` those that are dangling symbolic refs too (a push to
 * one makes its target), which git-for-each-ref(1) leaves out.
 */
export async function readServerRefs(gitDir: string, asked: readonly string[]): Promise<ServerRefs> {
  const refs = new Map<string, ServerRef>()
  const format = '--format=%(objectname) %(objecttype) %(refname)%00%(symref)'
  for await (const line of gitLines(gitDir, ['for-each-ref', format])) {
    const [, name = '', type = '', ref = '', target = ''] = /^(\S+) (\S+) ([^\0]+)\0(.*)$/su.exec(line) ?? []
    const oid = parseOid(name)
    if (oid === null) throw new Fault('git for-each-ref answered something that is no ref')
    refs.set(ref, { oid, type, target: target === '' ? null : target })
  }
  for (const ref of asked.filter(ref => !refs.has(ref) && mayBeSymbolic(gitDir, ref))) {
    const question = gitLines(gitDir, ['symbolic-ref', '--quiet', ref], '', [0, notSymbolic])
    for await (const target of question) refs.set(ref, { oid: null, type: '', target })
  }
  return refs
}

/** The exit code of git-symbolic-ref(1) for a ref that is none. */
const notSymbolic = 1
