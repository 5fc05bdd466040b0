import type { StoredObject } from './core/batch-reader.ts'
import { Fault } from './core/fault.ts'
import { type Oid, parseOid } from './core/oid.ts'
import { gitLines, gitObjects, gitObjectsAsked, gitObjectsListed } from './edge/git.ts'
import { gitObjectsAtOnce } from './edge/git-at-once.ts'

/** What git-rev-list(1) is asked for: the commits that `from` reaches and `not` does not. */
export type Range = {
  readonly from: readonly Oid[]
  readonly not: readonly Oid[]
  readonly firstParent: boolean
}

/** Bytes; a larger object is `too-large`. */
export const objectLimit = 1024 * 1024

/**
 * The commits of a range, newest first, as stored, in batches. Objects of more than `sizeLimit` bytes come without
 * their bytes. Throws a Fault where git fails, dies or leaves one out.
 */
export async function* readRange(
  gitDir: string,
  range: Range,
  sizeLimit: number,
): AsyncGenerator<readonly StoredObject[]> {
  for await (const { objects } of gitObjectsListed(gitDir, revList(range), input(range), sizeLimit))
    yield objects
}

/** The named objects as stored, in order; null for each that the store does not have. */
export async function readNamed(
  gitDir: string,
  oids: readonly Oid[],
  sizeLimit: number,
): Promise<readonly (StoredObject | null)[]> {
  if (oids.length === 0) return []
  const found = new Map<Oid, StoredObject>()
  const names = oids.map(oid => `${oid}\n`).join('')
  const all = oids.length <= fewObjects ? await gitObjectsAtOnce(gitDir, names, sizeLimit) : null
  for await (const { objects } of all === null ? gitObjects(gitDir, names, sizeLimit) : [all])
    for (const object of objects) found.set(object.oid, object)
  return oids.map(oid => found.get(oid) ?? null)
}

/** So many are waited for; of more, some are taken apart while git reads the others. */
const fewObjects = 16

/** Reads objects whose names depend on those before; `close` it in the end, whatever comes. */
export function openObjects(gitDir: string, sizeLimit: number) {
  let asked: Awaited<ReturnType<typeof gitObjectsAsked>> | null = null
  return {
    /** In order; null for each that the store does not have. Throws a Fault where git ends before it has answered. */
    async read(oids: readonly Oid[]): Promise<readonly (StoredObject | null)[]> {
      asked ??= await gitObjectsAsked(gitDir, sizeLimit)
      asked.ask(oids.map(oid => `${oid}\n`).join(''))
      const found = new Map<Oid, StoredObject | null>()
      // a git that waits for more before it answers would be waited for until the client gives up
      const waited = setTimeout(asked.end, patience)
      try {
        while (found.size < oids.length) {
          const { value } = await asked.answers.next()
          if (value === undefined) throw new Fault('git cat-file ended before it had answered')
          for (const object of value.objects) found.set(object.oid, object)
          for (const oid of value.missing) found.set(oid, null)
        }
      } finally {
        clearTimeout(waited)
      }
      return oids.map(oid => found.get(oid) ?? null)
    },
    /** Whether more can be asked: not after an answer that took too long. */
    isOpen: () => asked?.isOpen() ?? true,
    /** Throws a Fault where git has failed meanwhile. */
    async end(): Promise<void> {
      asked?.end()
      for await (const { objects } of asked?.answers ?? [])
        if (objects.length > 0) throw new Fault('git cat-file answered more than it was asked for')
    },
    close: () => asked?.kill(),
  }
}

/** Milliseconds until git is told that nothing more will be asked. */
const patience = 5000

/** One line of git's answer for each commit of the range: its name, then its parents where `--parents` is given. */
export async function* listRange(
  gitDir: string,
  range: Range,
  flags: readonly string[] = [],
): AsyncGenerator<readonly [Oid, ...Oid[]]> {
  for await (const line of gitLines(gitDir, [...revList(range), ...flags], input(range))) {
    const [oid, ...parents] = line.split(' ').map(name)
    if (oid !== undefined) yield [oid, ...parents]
  }
}

/** How many commits the range has. */
export async function countRange(gitDir: string, range: Range): Promise<number> {
  let count = 0
  for await (const line of gitLines(gitDir, [...revList(range), '--count'], input(range)))
    count = Number(line)
  return count
}

function revList({ firstParent }: Range): readonly string[] {
  return ['rev-list', ...(firstParent ? ['--first-parent'] : []), '--stdin']
}

function input({ from, not }: Range): string {
  return [...from, ...not.map(oid => `^${oid}`)].map(line => `${line}\n`).join('')
}

function name(word: string): Oid {
  const oid = parseOid(word)
  if (oid === null) throw new Fault('git rev-list answered something that is no object name')
  return oid
}
