import { closeSync, lstatSync, openSync, unlinkSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/**
 * Removes the lock file of a ref that refwarden moves, where a git that was killed has left it: git holds one for
 * milliseconds and never takes away another's, and the ref would stay where it is for ever. `now` in seconds since 1970.
 * Whatever else is wrong with the file is left to git to say.
 */
export function removeStaleLock(gitDir: string, ref: string, now: number): void {
  const lock = lockOf(gitDir, ref)
  if (!isStale(lock, now)) return
  const claim = `${lock}.lock` // of no ref: git-check-ref-format(1)
  try {
    if (isStale(claim, now)) unlinkSync(claim)
    closeSync(openSync(claim, 'wx'))
  } catch {
    return // another run is about to remove it
  }
  try {
    // another run may have removed it before the claim, and its git hold the lock that is there now
    if (isStale(lock, now)) unlinkSync(lock)
  } catch {
    // git says why
  } finally {
    unlinkSync(claim)
  }
}

/** Waits until one of the locks that are there now may be removed; returns for how many seconds, 0 where none is to be. */
export async function outliveLocks(gitDir: string, refs: readonly string[], now: number): Promise<number> {
  const ages = refs.map(ref => ageOf(lockOf(gitDir, ref), now) ?? Number.NaN)
  const young = ages.filter(age => age >= 0 && age <= stale)
  if (young.length === 0) return 0
  const seconds = Math.floor(stale - Math.max(...young)) + 1
  await setTimeout(seconds * 1000)
  return seconds
}

/** Seconds. */
const stale = 60

function lockOf(gitDir: string, ref: string): string {
  return `${gitDir}/${ref}.lock`
}

function isStale(file: string, now: number): boolean {
  return (ageOf(file, now) ?? 0) > stale
}

/** Seconds; null: no file, or none that can be seen. */
function ageOf(file: string, now: number): number | null {
  try {
    const stats = lstatSync(file)
    return stats.isFile() ? now - stats.mtimeMs / 1000 : null
  } catch {
    return null
  }
}
