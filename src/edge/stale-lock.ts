import { lstatSync, unlinkSync } from 'node:fs'

/**
 * Removes the lock file of a ref that refwarden moves, where a git that was killed has left it: git holds one for
 * milliseconds and never takes away another's, and the ref would stay where it is for ever. `now` in seconds since 1970.
 * Whatever else is wrong with the file is left to git to say.
 */
export function removeStaleLock(gitDir: string, ref: string, now: number): void {
  const lock = `${gitDir}/${ref}.lock`
  try {
    const stats = lstatSync(lock)
    if (stats.isFile() && stats.mtimeMs / 1000 + stale < now) unlinkSync(lock)
  } catch {
    // there is none, mostly
  }
}

/** Seconds. */
const stale = 60
