import type { UninstallStep } from '../core/installation.ts'
import { planRemoval, type Removal, remove } from '../installing.ts'
import type { Environment } from '../repository.ts'

/** Puts back the hooks that were there before `install`. Every repository is looked at before one is changed. */
export async function uninstall(
  options: { readonly repos: readonly string[]; readonly environment: Environment },
  out: (line: string) => void,
): Promise<void> {
  const removals: Removal[] = []
  for (const path of options.repos) removals.push(...(await planRemoval(path, options.environment)))
  for (const removal of removals) {
    remove(removal)
    out(`${removal.path}: ${words[removal.step]}`)
  }
}

const words: Readonly<Record<UninstallStep, string>> = {
  restore: 'the former hook is back',
  remove: "refwarden's hook is removed",
  forget: 'the former hook is in its place',
  leave: "not refwarden's own, left as it is",
  nothing: 'no hook there',
}
