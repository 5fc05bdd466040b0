import { lstatSync, readFileSync, statSync } from 'node:fs'
import type { OddFile, PathMode } from '../core/diagnose-repository.ts'

/** The uid of who owns `path`. */
export function ownerOf(path: string): { readonly uid: number; readonly gid: number } {
  const { uid, gid } = statSync(path)
  return { uid, gid }
}

/** Which of these files are there, with something in them. */
export function oddFiles(gitDir: string): ReadonlySet<OddFile> {
  const names: readonly OddFile[] = ['shallow', 'info/grafts', 'objects/info/alternates']
  return new Set(names.filter(name => hasText(`${gitDir}/${name}`)))
}

/** Mode and owner of what is there of `paths`, links not followed: those have no mode. */
export function modesOf(paths: readonly string[]): readonly PathMode[] {
  return paths.flatMap(path => {
    const stats = seen(path)
    if (stats === null || stats.isSymbolicLink()) return []
    return [{ path, mode: stats.mode & 0o7777, uid: stats.uid, isFolder: stats.isDirectory() }]
  })
}

function hasText(path: string): boolean {
  try {
    return /[^\s#]/.test(readFileSync(path, 'utf8'))
  } catch (error) {
    // what may not be read is there all the same
    return (error as NodeJS.ErrnoException).code === 'EACCES'
  }
}

function seen(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null
  } catch {
    return null
  }
}
