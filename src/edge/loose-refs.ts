import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { Fault } from '../core/fault.ts'

/**
 * Whether `ref`, which git does not list, may be a dangling symbolic ref all the same. In the files format such a ref is
 * a file of its name; another format cannot be told from outside. gitrepository-layout(5).
 */
export function mayBeSymbolic(gitDir: string, ref: string): boolean {
  if (existsSync(`${gitDir}/reftable`)) return true
  try {
    lstatSync(`${gitDir}/${ref}`)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return false
    throw new Fault(`${ref}: cannot be looked at: ${code}`)
  }
}

/**
 * The names of the files below the folder `refs/…`, whatever is in them: of loose refs, and of symbolic refs that lead
 * nowhere. None where another format keeps them.
 */
export function looseRefsBelow(gitDir: string, folder: string): readonly string[] {
  try {
    return readdirSync(`${gitDir}/${folder}`, { withFileTypes: true }).flatMap(entry => {
      const name = `${folder}/${entry.name}`
      if (entry.isDirectory()) return looseRefsBelow(gitDir, name)
      return entry.name.endsWith('.lock') ? [] : [name]
    })
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
