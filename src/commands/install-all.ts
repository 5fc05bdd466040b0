import { Fault } from '../core/fault.ts'
import { type Outcome, passing, refusal, refused, renderTable } from '../core/fleet-table.ts'
import { bareRepositories } from '../edge/repository-tree.ts'
import {
  type Installation,
  installHook,
  isThere,
  planInstallation,
  type StubSource,
  stubRenderer,
} from '../installing.ts'
import { proveRefusal, renderShown, setUpOf } from '../proof.ts'
import { eachOf, orFault } from '../side-by-side.ts'

export type InstallAllOptions = StubSource & {
  readonly repos: readonly string[]
  /** Folders whose bare repositories are all meant. */
  readonly all: readonly string[]
  /** Change nothing, and say what would be done. */
  readonly dryRun: boolean
}

/**
 * Puts the stubs into all repositories; one that cannot have them is passed over and said. A push proves one repository of
 * each set-up: those with the same layout and the same configuration of their own differ in nothing that decides.
 * Returns 0, or 2 where one is refused.
 */
export async function installAll(options: InstallAllOptions, out: (line: string) => void): Promise<0 | 2> {
  const { config, environment, dryRun } = options
  const render = stubRenderer(options)
  const trees = options.all.map(bareRepositories)
  const paths = [...new Set([...options.repos, ...trees.flatMap(({ repositories }) => repositories)])]
  const accounts = new Map()
  const plans = await eachOf(paths, path =>
    orFault(() => planInstallation(path, environment, render, accounts)),
  )
  const outcomes: Outcome[] = []
  const setUps = new Map<string, Installation>()
  for (const [index, plan] of plans.entries()) {
    const path = paths[index] ?? ''
    const outcome = plan instanceof Fault ? refusal(path, plan) : carryOut(path, plan, dryRun)
    outcomes.push(outcome)
    if (plan instanceof Fault || outcome.state === refused) continue
    const setUp = setUpOf(plan.repository)
    if (!setUps.has(setUp)) setUps.set(setUp, plan)
  }
  const proofs = dryRun ? [] : [...setUps.values()]
  let isProved = true
  for (const { repository } of proofs) {
    try {
      const shown = await proveRefusal(repository, config, render('pre-receive', false))
      for (const line of [
        `${repository.gitDir}:`,
        ...renderShown(repository, shown).map(text => `  ${text}`),
      ])
        out(line)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      isProved = false
      for (const line of [error.message, ...(error.remedy === null ? [] : [`  ${error.remedy}`])]) out(line)
    }
  }
  if (proofs.length > 0)
    out(
      `tried by a push: ${proofs.length} of ${paths.length}, one of each set-up (layout, configuration of its own)\n`,
    )
  for (const line of renderTable([...outcomes, ...trees.flatMap(({ passed }) => passed).map(passing)]))
    out(line)
  return isProved && outcomes.every(({ state }) => state !== refused) ? 0 : 2
}

function carryOut(path: string, { hooks }: Installation, dryRun: boolean): Outcome {
  const missing = hooks.filter(change => !isThere(change))
  if (missing.length === 0) return { path, state: 'already there', why: null, remedy: null }
  const isUpdate = hooks.some(({ place }) => place.found.kind === 'stub')
  const state = dryRun ? (isUpdate ? 'to update' : 'to install') : isUpdate ? 'updated' : 'installed'
  try {
    if (!dryRun) for (const change of missing) installHook(change)
    const chained = missing.filter(({ step }) => step.kind === 'write' && step.chained)
    const why = chained.length === 0 ? null : 'the former hook runs after it'
    return { path, state, why, remedy: null }
  } catch (error) {
    if (error instanceof Fault) return refusal(path, error)
    throw error
  }
}
