import { Fault } from './core/fault.ts'
import { type GitSetting, parseGitSettings } from './core/git-settings.ts'
import { ownHome } from './edge/account.ts'
import { git } from './edge/git.ts'
import { realPath } from './edge/hook-files.ts'

/** A repository as git-receive-pack(1) sees it when this account runs it. */
export type GitView = {
  readonly settings: readonly GitSetting[]
  /** Links resolved. */
  readonly hooksFolder: string
  readonly isBare: boolean
  /** The full name of the branch that HEAD names, or null. */
  readonly head: string | null
}

/** Asks git with the settings of the system, the account, the repository and, where it has some, this environment. */
export async function readGitView(
  gitDir: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<GitView> {
  const own = Object.fromEntries(
    Object.entries(environment).filter(([name]) => /^(GIT_CONFIG|XDG_CONFIG_HOME$)/.test(name)),
  )
  const env = {
    ...{ GIT_CONFIG_NOSYSTEM: undefined, GIT_CONFIG_GLOBAL: undefined },
    HOME: environment['HOME'] ?? ownHome() ?? undefined,
    ...own,
  }
  const ask = async (args: readonly string[], allowFailure = false) => {
    const { stdout } = await git(args, { gitDir, cwd: gitDir, env, allowFailure })
    return new TextDecoder().decode(stdout)
  }
  const settings = parseGitSettings(await ask(['config', '--list', '-z', '--show-scope', '--show-origin']))
  if (settings === null) throw new Fault(`${gitDir}: git config answered something that is no list`)
  const [bare = '', ...folder] = (
    await ask(['rev-parse', '--is-bare-repository', '--git-path', 'hooks'])
  ).split('\n')
  const hooks = folder.join('\n').replace(/\n$/, '')
  const head = (await ask(['symbolic-ref', '--quiet', 'HEAD'], true)).replace(/\n$/, '')
  return {
    settings,
    hooksFolder: realPath(hooks.startsWith('/') ? hooks : `${gitDir}/${hooks}`),
    isBare: bare === 'true',
    head: head === '' ? null : head,
  }
}
