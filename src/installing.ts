import { Fault } from './core/fault.ts'
import {
  type HookName,
  type HookPlace,
  hookNames,
  type InstallStep,
  planInstall,
  planUninstall,
  renderStub,
  type UninstallStep,
} from './core/installation.ts'
import {
  isExecutable,
  isPresent,
  keepHook,
  removeHook,
  restoreHook,
  stubTemplates,
  writeHook,
} from './edge/hook-files.ts'
import { gitFolder, shellIsPrivileged } from './edge/hook-host.ts'
import {
  type AccountSettings,
  type Environment,
  type Repository,
  surveyPlace,
  surveyRepository,
} from './repository.ts'

/** Absolute paths: they go into the stubs. */
export type StubSource = {
  readonly config: string
  readonly binary: string
  readonly environment: Environment
}

export type Render = (hook: HookName, chained: boolean) => string

/** What is to be done at a hook, and the stub that stands there afterwards. */
export type HookChange = { readonly place: HookPlace; readonly step: InstallStep; readonly stub: string }
export type Installation = { readonly repository: Repository; readonly hooks: readonly HookChange[] }

/** How the stubs of this server read. Throws a Fault where what they name is not there. */
export function stubRenderer({ config, binary, environment }: StubSource): Render {
  if (!isPresent(config))
    throw new Fault(`${config}: no such file`, 'write it first, or name another: --config')
  if (!isExecutable(binary)) throw new Fault(`${binary}: cannot be executed`, 'install the binary first')
  const values = {
    binary,
    config,
    gitFolder: gitFolder(environment['PATH'] ?? ''),
    privileged: shellIsPrivileged(),
  }
  return (hook, chained) => renderStub(stubTemplates[hook], { ...values, chained })
}

/** Looks at a repository and changes nothing. Throws a Fault where anything would be lost, or would not run. */
export async function planInstallation(
  path: string,
  environment: Environment,
  render: Render,
  accounts: AccountSettings = new Map(),
): Promise<Installation> {
  const repository = await surveyRepository(path, environment, accounts)
  const hooks = hookNames.map(hook => {
    const place = surveyPlace(repository, repository.layout, hook)
    const step = planInstall(place, render(hook, false))
    return { place, step, stub: render(hook, step.kind === 'write' && step.chained) }
  })
  return { repository, hooks }
}

/** Whether this very stub is there already, and git would run it. */
export function isThere({ place: { path, found }, step, stub }: HookChange): boolean {
  return step.kind === 'leave' || (found.kind === 'stub' && found.text === stub && isExecutable(path))
}

/** Throws a Fault where git would not run what was put there. */
export function installHook({ place: { path, kept }, step, stub }: HookChange): void {
  if (step.kind === 'write') {
    if (step.keep) keepHook(path, kept)
    writeHook(path, stub)
  }
  if (!isExecutable(path))
    throw new Fault(
      `${path}: git would not run it, and accept every push`,
      'see that its file system is not mounted noexec',
    )
}

export type Removal = { readonly path: string; readonly kept: string; readonly step: UninstallStep }

/** A stub may stand in a place of another layout, from before a host took the repository over. */
export async function planRemoval(
  path: string,
  environment: Environment,
  accounts: AccountSettings = new Map(),
): Promise<readonly Removal[]> {
  const repository = await surveyRepository(path, environment, accounts)
  const layouts = ['git', 'gitea', 'gitlab'] as const
  const places = layouts.flatMap(layout => hookNames.map(hook => surveyPlace(repository, layout, hook)))
  return places
    .filter(({ layout, found }) => layout === repository.layout || found.kind === 'stub')
    .map(place => ({ path: place.path, kept: place.kept, step: planUninstall(place) }))
}

export function remove({ path, kept, step }: Removal): void {
  if (step === 'restore') restoreHook(kept, path)
  else if (step === 'remove') removeHook(path)
  else if (step === 'forget') removeHook(kept)
}
