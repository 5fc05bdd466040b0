import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { Fault } from '../core/fault.ts'
import { type Oid, parseOid } from '../core/oid.ts'

/**
 * Whether `ref`, which git does not list, may be a dangling symbolic ref all the same. In the files format such a ref is
 * a file of its name; another format cannot be told from outside. gitrepository-layout(5).
 */
export function mayBeSymbolic(gitDir: string, ref: string): boolean {
  return existsSync(`${gitDir}/reftable`) || look(gitDir, ref) !== null
}

/**
 * The names of the files below the folder `refs/…`, whatever is in them: of loose refs, and of symbolic refs that lead
 * nowhere. None where another format keeps them.
 */
export function looseRefsBelow(gitDir: string, folder: string): readonly string[] {
  const found: string[] = []
  const folders = [folder]
  // no recursion: who may push decides how deep it would go
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for (const entry of entriesOf(gitDir, next)) {
      const name = `${next}/${entry.name}`
      if (entry.isDirectory()) folders.push(name)
      else if (!entry.name.endsWith('.lock')) found.push(name)
    }
  }
  return found
}

function entriesOf(gitDir: string, folder: string) {
  try {
    return readdirSync(`${gitDir}/${folder}`, { withFileTypes: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw new Fault(`${folder}: cannot be looked at: ${code}`)
  }
}

/** Whether loose refs are files on a file system that takes `HEAD` and `head` for one name. */
export function foldsNames(gitDir: string): boolean {
  const [one, other] = ['HEAD', 'head'].map(name => statSync(`${gitDir}/${name}`, { throwIfNoEntry: false }))
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev
}

/**
 * Whether none of these refs, nor of those below the folders, is a symbolic one, as far as the files tell: false in
 * another format, where two names may be one file, or where there are many. A packed ref is never symbolic.
 */
export function arePlain(gitDir: string, names: readonly string[], folders: readonly string[]): boolean {
  if (existsSync(`${gitDir}/reftable`) || foldsNames(gitDir)) return false
  const below = folders.flatMap(folder => looseRefsBelow(gitDir, folder))
  if (below.length > mostFiles) return false
  const absent = (ref: string) => look(gitDir, ref)?.isDirectory() ?? true
  return below.every(ref => isPlain(gitDir, ref)) && names.every(ref => absent(ref) || isPlain(gitDir, ref))
}

const mostFiles = 200

/** What `ref` names, where a file of its own says so; null where it has none, or git is to be asked. Of `arePlain` refs alone. */
export function looseValue(gitDir: string, ref: string): Oid | null {
  const [, name = ''] = /^([0-9a-f]+)\n$/.exec(textOf(gitDir, ref)) ?? []
  return parseOid(name)
}

/** A file with an object name in it. What was listed and is not there has a name that is no UTF-8. */
function isPlain(gitDir: string, ref: string): boolean {
  const stats = look(gitDir, ref)
  return stats?.isFile() === true && stats.size < 100 && looseValue(gitDir, ref) !== null
}

/** Of a ref that went meanwhile: nothing, and git is asked. */
function textOf(gitDir: string, ref: string): string {
  try {
    return readFileSync(`${gitDir}/${ref}`, 'latin1')
  } catch {
    return ''
  }
}

function look(gitDir: string, ref: string) {
  try {
    return lstatSync(`${gitDir}/${ref}`, { throwIfNoEntry: false }) ?? null
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOTDIR' || code === 'ENAMETOOLONG') return null
    throw new Fault(`${ref}: cannot be looked at: ${code}`)
  }
}
