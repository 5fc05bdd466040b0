import { existsSync, lstatSync } from 'node:fs'
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
