import { hookNames, planUninstall, type UninstallStep } from '../core/installation.ts'
import { removeHook, restoreHook } from '../edge/hook-files.ts'
import { type Environment, surveyPlace, surveyRepository } from '../repository.ts'

/** Puts back the hooks that were there before `install`. Every repository is looked at before one is changed. */
export async function uninstall(
  options: { readonly repos: readonly string[]; readonly environment: Environment },
  out: (line: string) => void,
): Promise<void> {
  const steps = []
  for (const path of options.repos) steps.push(...(await stepsFor(path, options.environment)))
  for (const { path, kept, step } of steps) {
    if (step === 'restore') restoreHook(kept, path)
    else if (step === 'remove') removeHook(path)
    else if (step === 'forget') removeHook(kept)
    out(`${path}: ${words[step]}`)
  }
}

/** A stub may stand in a place of another layout, from before a host took the repository over. */
async function stepsFor(path: string, environment: Environment) {
  const repository = await surveyRepository(path, environment)
  const layouts = ['git', 'gitea', 'gitlab'] as const
  const places = layouts.flatMap(layout => hookNames.map(hook => surveyPlace(repository, layout, hook)))
  return places
    .filter(({ layout, found }) => layout === repository.layout || found.kind === 'stub')
    .map(place => ({ path: place.path, kept: place.kept, step: planUninstall(place) }))
}

const words: Readonly<Record<UninstallStep, string>> = {
  restore: 'the former hook is back',
  remove: "refwarden's hook is removed",
  forget: 'the former hook is in its place',
  leave: "not refwarden's own, left as it is",
  nothing: 'no hook there',
}
