import { Fault } from '../core/fault.ts'
import {
  type HookName,
  type HookPlace,
  hookNames,
  type InstallStep,
  planInstall,
  quoted,
  renderStub,
} from '../core/installation.ts'
import { git } from '../edge/git.ts'
import { isExecutable, isPresent, keepHook, stubTemplates, writeHook } from '../edge/hook-files.ts'
import { gitFolder, shellIsPrivileged } from '../edge/hook-host.ts'
import { proveRefusal, type Shown } from '../proof.ts'
import { type Environment, type Repository, surveyPlace, surveyRepository } from '../repository.ts'

export type InstallOptions = {
  /** Absolute, as `binary`: both go into the stubs. */
  readonly config: string
  readonly binary: string
  readonly repos: readonly string[]
  readonly environment: Environment
}

type Installation = {
  readonly repository: Repository
  readonly hooks: readonly { readonly place: HookPlace; readonly step: InstallStep; readonly stub: string }[]
}

type Render = (hook: HookName, chained: boolean) => string

/**
 * Puts the stubs into each repository, keeps and chains the hooks that are there, and proves by a push that an
 * unsigned commit is refused. Every repository is looked at before one is changed.
 */
export async function install(options: InstallOptions, out: (line: string) => void): Promise<void> {
  const { config, binary, repos, environment } = options
  if (!isPresent(config))
    throw new Fault(`${config}: no such file`, 'write it first, or name another: --config')
  if (!isExecutable(binary)) throw new Fault(`${binary}: cannot be executed`, 'install the binary first')
  const values = {
    binary,
    config,
    gitFolder: gitFolder(environment['PATH'] ?? ''),
    privileged: shellIsPrivileged(),
  }
  const render: Render = (hook, chained) => renderStub(stubTemplates[hook], { ...values, chained })
  const installations: Installation[] = []
  for (const path of repos) installations.push(planFor(await surveyRepository(path, environment), render))
  for (const installation of installations) {
    apply(installation, out)
    const { repository } = installation
    tell(repository, await proveRefusal(repository, config, render('pre-receive', false)), out)
    await recommend(repository, out)
  }
}

function planFor(repository: Repository, render: Render): Installation {
  const hooks = hookNames.map(hook => {
    const place = surveyPlace(repository, repository.layout, hook)
    const step = planInstall(place, render(hook, false))
    return { place, step, stub: render(hook, step.kind === 'write' && step.chained) }
  })
  return { repository, hooks }
}

function apply({ repository, hooks }: Installation, out: (line: string) => void): void {
  for (const { place, step, stub } of hooks) {
    const { path, kept } = place
    if (step.kind === 'write') {
      if (step.keep) keepHook(path, kept)
      writeHook(path, stub)
    }
    if (!isExecutable(path))
      throw new Fault(
        `${path}: git would not run it, and accept every push`,
        'see that its file system is not mounted noexec',
      )
    out(`${path}: ${wordsFor(place, step)}`)
  }
  if (repository.layout === 'gitea')
    out(`${repository.hooksFolder}/pre-receive runs it, as Gitea and Forgejo have it`)
  if (repository.layout === 'gitolite') out("gitolite's driver runs it, as the options of the repository say")
  if (repository.layout === 'gitlab') out('GitLab runs what is in custom_hooks; git alone does not')
}

function wordsFor({ kept, found, former }: HookPlace, step: InstallStep): string {
  if (step.kind === 'leave') return `the same stub, by its link to ${step.target}`
  const done = found.kind === 'stub' ? 'updated' : 'installed'
  if (step.chained) return `${done}; the former hook runs after it: ${kept}`
  if (step.keep || former.kind === 'foreign')
    return `${done}; the former hook was not executable, so it is kept and not run: ${kept}`
  return done
}

function tell({ gitDir }: Repository, { ref, proof }: Shown, out: (line: string) => void): void {
  if (proof.kind === 'refused') {
    out(`proved: an unsigned commit to ${ref} is refused (${proof.code})`)
  } else if (proof.kind === 'open') {
    out(`${gitDir}: nothing is protected yet, so every push is accepted: add a section [protect "REF"]`)
  } else {
    out(
      `proved: an unsigned commit is refused, ${ref === null ? 'and so is every push' : `and so is every push to ${ref}`}:`,
    )
    out(`  ${proof.fault}`)
    if (proof.remedy !== null) out(`  ${proof.remedy}`)
  }
}

/** fsckObjects: git itself then refuses malformed objects, before and beyond what is judged here. */
async function recommend({ gitDir }: Repository, out: (line: string) => void): Promise<void> {
  const asked = ['receive.fsckObjects', 'transfer.fsckObjects'].map(name =>
    git(['config', '--type=bool', '--get', name], { gitDir, allowFailure: true }),
  )
  const set = (await Promise.all(asked)).some(({ stdout }) => new TextDecoder().decode(stdout) === 'true\n')
  if (!set) out(`recommended: git --git-dir=${quoted(gitDir)} config receive.fsckObjects true`)
}
