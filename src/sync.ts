import { Fault } from './core/fault.ts'
import type { Clock } from './core/judge.ts'
import type { Oid } from './core/oid.ts'
import type { Policy } from './core/policy.ts'
import { syncTagText } from './core/sync-tag.ts'
import { git } from './edge/git.ts'
import { readSigningKey } from './trust.ts'

/**
 * Moves the sync tag `ref` from the tag object `old` (null: there is none) to a new one that names `commit`, signed in
 * process. Compare and swap: false where another run moved it meanwhile. The object is written before the ref, so
 * that a kill in between leaves the old tag in place.
 */
export async function moveSyncTag(
  gitDir: string,
  policy: Policy,
  { ref, old, commit }: { readonly ref: string; readonly old: Oid | null; readonly commit: Oid },
  clock: Clock,
): Promise<boolean> {
  const { sign } = await readSigningKey(policy, clock)
  const text = syncTagText(ref, commit, 'refwarden <refwarden@localhost>', clock.now)
  const signature = await sign(new TextEncoder().encode(text), clock.now)
  const made = await git(['mktag'], { gitDir, input: `${text}${signature}` })
  const tag = new TextDecoder().decode(made.stdout).trim()
  const zero = '0'.repeat(tag.length)
  const swapped = await git(['update-ref', '-m', 'refwarden: sync pointer', ref, tag, old ?? zero], {
    gitDir,
    allowFailure: true,
  })
  if (swapped.exitCode === 0) return true
  const now = await git(['rev-parse', '--verify', '--quiet', ref], { gitDir, allowFailure: true })
  const value = new TextDecoder().decode(now.stdout).trim()
  if (value === (old ?? ''))
    throw new Fault(`${ref}: git cannot move it: ${swapped.stderr.trim()}`, 'mend what git names')
  return false
}
