import { Fault } from '../core/fault.ts'
import { type Outcome, passing, refusal, refused, renderTable } from '../core/fleet-table.ts'
import { bareRepositories } from '../edge/repository-tree.ts'
import { planRemoval, type Removal, remove } from '../installing.ts'
import type { Environment } from '../repository.ts'
import { eachOf, orFault } from '../side-by-side.ts'

export type UninstallAllOptions = {
  readonly repos: readonly string[]
  /** Folders whose bare repositories are all meant. */
  readonly all: readonly string[]
  /** Change nothing, and say what would be done. */
  readonly dryRun: boolean
  readonly environment: Environment
}

/** Puts back the former hooks of all repositories. Returns 0, or 2 where that would lose a hook of one, which is left as it is. */
export async function uninstallAll(
  options: UninstallAllOptions,
  out: (line: string) => void,
): Promise<0 | 2> {
  const trees = options.all.map(bareRepositories)
  const paths = [...new Set([...options.repos, ...trees.flatMap(({ repositories }) => repositories)])]
  const accounts = new Map()
  const plans = await eachOf(paths, path => orFault(() => planRemoval(path, options.environment, accounts)))
  const outcomes = plans.map((plan, index) => {
    const path = paths[index] ?? ''
    return plan instanceof Fault ? refusal(path, plan) : carryOut(path, plan, options.dryRun)
  })
  for (const line of renderTable([...outcomes, ...trees.flatMap(({ passed }) => passed).map(passing)]))
    out(line)
  return outcomes.every(({ state }) => state !== refused) ? 0 : 2
}

function carryOut(path: string, removals: readonly Removal[], dryRun: boolean): Outcome {
  const changes = removals.filter(({ step }) => step !== 'leave' && step !== 'nothing')
  if (changes.length === 0) return { path, state: 'nothing to do', why: null, remedy: null }
  const isRestored = changes.some(({ step }) => step !== 'remove')
  try {
    if (!dryRun) for (const change of changes) remove(change)
    const state = dryRun ? 'to remove' : 'removed'
    return { path, state, why: isRestored ? 'the former hook is back' : null, remedy: null }
  } catch (error) {
    if (error instanceof Fault) return refusal(path, error)
    throw error
  }
}
