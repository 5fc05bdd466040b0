import { Fault } from './core/fault.ts'
import {
  type FoundHook,
  type HookName,
  type HookPlace,
  hookPath,
  isDriver,
  keptPath,
  type Layout,
  layoutOf,
} from './core/installation.ts'
import { git } from './edge/git.ts'
import {
  findGitDir,
  isFolder,
  isPresent,
  isSameFile,
  mayMoveHooks,
  readForeignHook,
  readHook,
  realPath,
} from './edge/hook-files.ts'
import { accountConfigs } from './edge/hook-host.ts'

/** The names and values that this process was started with. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A repository as the admin's commands see it. */
export type Repository = {
  /** Absolute, links resolved. */
  readonly gitDir: string
  readonly layout: Layout
  /** Where git looks for hooks, links resolved. */
  readonly hooksFolder: string
}

/** Surveys the repository at `path`. Throws a Fault where there is none, or where its hooks are not its own. */
export async function surveyRepository(
  path: string,
  environment: Environment,
  accounts: AccountSettings = new Map(),
): Promise<Repository> {
  const gitDir = findGitDir(path)
  const facts = {
    gitDir,
    hasCustomHooks: isFolder(`${gitDir}/custom_hooks`),
    hasHookFolder: false,
    isGitolite: isPresent(`${gitDir}/gl-conf`),
    hookText: null,
  }
  // Gitaly names the folder of hooks itself, in the environment, whatever the repository's configuration says.
  if (layoutOf(facts) === 'gitlab') return { gitDir, layout: 'gitlab', hooksFolder: `${gitDir}/hooks` }
  const hooksFolder = await ownHooksFolder(gitDir, environment, accounts)
  const hasHookFolder = isFolder(`${hooksFolder}/pre-receive.d`)
  const hookText = readForeignHook(`${hooksFolder}/pre-receive`)
  return { gitDir, layout: layoutOf({ ...facts, hasHookFolder, hookText }), hooksFolder }
}

/** What stands where `hook` goes in a layout, and what is kept of a former one. */
export function surveyPlace({ gitDir, hooksFolder }: Repository, wanted: Layout, hook: HookName): HookPlace {
  // gitolite's driver stands only where there is an option for this very hook
  const isDriven = wanted !== 'gitolite' || isDriver(readForeignHook(`${hooksFolder}/${hook}`))
  const layout = isDriven ? wanted : 'git'
  const path = hookPath(layout, gitDir, hooksFolder, hook)
  const kept = keptPath(hooksFolder, hook)
  const former: FoundHook = layout === 'git' ? readHook(kept) : { kind: 'nothing' }
  const isGitolite = isPresent(`${gitDir}/gl-conf`)
  return { path, kept, layout, found: readHook(path), former, sameFile: isSameFile(path, kept), isGitolite }
}

/**
 * Where git looks for the hooks of `gitDir`, whoever runs it here. A Fault where that is not inside the repository:
 * other repositories would share what is put there, or git would never run what is put into `hooks/`.
 */
async function ownHooksFolder(
  gitDir: string,
  environment: Environment,
  accounts: AccountSettings,
): Promise<string> {
  const configs = accountConfigs(gitDir, environment['GIT_CONFIG_GLOBAL'])
  const seen = new Set<string>()
  const isPlain = !mayMoveHooks(gitDir)
  for (const config of configs.length === 0 ? ['/dev/null'] : configs) {
    const known = accounts.get(config) ?? accountMayMoveHooks(config, environment)
    accounts.set(config, known)
    // one question to git for each account instead of one for each of a thousand repositories
    if (isPlain && !(await known)) seen.add(realPath(`${gitDir}/hooks`))
    else seen.add(await hooksFolderBy(gitDir, config, environment))
  }
  const [folder = '', ...others] = seen
  if (others.length > 0)
    throw new Fault(
      `${gitDir}: core.hooksPath is not the same for every account: ${[...seen].join(', ')}`,
      'unset it with git config --global --unset core.hooksPath',
    )
  if (folder.startsWith(`${gitDir}/`)) return folder
  throw new Fault(
    `${gitDir}: git takes its hooks from ${folder}, outside the repository`,
    'unset core.hooksPath (git config --show-origin core.hooksPath), or replace the link hooks by a folder',
  )
}

/** By the file of each account: whether its settings, or the system's, may move the hooks of some repository. */
export type AccountSettings = Map<string, Promise<boolean>>

async function accountMayMoveHooks(config: string, environment: Environment): Promise<boolean> {
  const { stdout } = await git(['config', '--list', '-z'], { env: settingsOf(config, environment) })
  return new TextDecoder()
    .decode(stdout)
    .split('\0')
    .some(entry => /^(core\.hookspath|include\.|includeif\.)/.test(entry))
}

function settingsOf(config: string, { GIT_CONFIG_NOSYSTEM = '0', GIT_CONFIG_SYSTEM: system }: Environment) {
  return {
    GIT_CONFIG_NOSYSTEM,
    GIT_CONFIG_GLOBAL: config,
    ...(system === undefined ? {} : { GIT_CONFIG_SYSTEM: system }),
  }
}

async function hooksFolderBy(gitDir: string, config: string, environment: Environment): Promise<string> {
  const { stdout } = await git(['rev-parse', '--git-path', 'hooks'], {
    ...{ gitDir, cwd: gitDir },
    env: settingsOf(config, environment),
  })
  const answer = new TextDecoder().decode(stdout).replace(/\n$/, '')
  return realPath(answer.startsWith('/') ? answer : `${gitDir}/${answer}`)
}
