import { type HookPlace, type InstallStep, quoted } from '../core/installation.ts'
import { git } from '../edge/git.ts'
import {
  type Installation,
  installHook,
  planInstallation,
  type StubSource,
  stubRenderer,
} from '../installing.ts'
import { proveRefusal, renderShown } from '../proof.ts'
import type { Repository } from '../repository.ts'

export type InstallOptions = StubSource & { readonly repos: readonly string[] }

/**
 * Puts the stubs into each repository, keeps and chains the hooks that are there, and proves by a push that an
 * unsigned commit is refused. Every repository is looked at before one is changed.
 */
export async function install(options: InstallOptions, out: (line: string) => void): Promise<void> {
  const { config, repos, environment } = options
  const render = stubRenderer(options)
  const installations: Installation[] = []
  for (const path of repos) installations.push(await planInstallation(path, environment, render))
  for (const { repository, hooks } of installations) {
    for (const change of hooks) {
      installHook(change)
      out(`${change.place.path}: ${wordsFor(change.place, change.step)}`)
    }
    tellLayout(repository, out)
    for (const line of renderShown(
      repository,
      await proveRefusal(repository, config, render('pre-receive', false)),
    ))
      out(line)
    await recommend(repository, out)
  }
}

function tellLayout({ layout, hooksFolder }: Repository, out: (line: string) => void): void {
  if (layout === 'gitea') out(`${hooksFolder}/pre-receive runs it, as Gitea and Forgejo have it`)
  if (layout === 'gitolite') out("gitolite's driver runs it, as the options of the repository say")
  if (layout === 'gitlab') out('GitLab runs what is in custom_hooks; git alone does not')
}

function wordsFor({ kept, found, former }: HookPlace, step: InstallStep): string {
  if (step.kind === 'leave') return `the same stub, by its link to ${step.target}`
  const done = found.kind === 'stub' ? 'updated' : 'installed'
  if (step.chained) return `${done}; the former hook runs after it: ${kept}`
  if (step.keep || former.kind === 'foreign')
    return `${done}; the former hook was not executable, so it is kept and not run: ${kept}`
  return done
}

/** fsckObjects: git itself then refuses malformed objects, before and beyond what is judged here. */
async function recommend({ gitDir }: Repository, out: (line: string) => void): Promise<void> {
  const asked = ['receive.fsckObjects', 'transfer.fsckObjects'].map(name =>
    git(['config', '--type=bool', '--get', name], { gitDir, allowFailure: true }),
  )
  const set = (await Promise.all(asked)).some(({ stdout }) => new TextDecoder().decode(stdout) === 'true\n')
  if (!set) out(`recommended: git --git-dir=${quoted(gitDir)} config receive.fsckObjects true`)
}
