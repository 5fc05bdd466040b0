import { build } from './build.ts'
import { configOfHook, diagnoseHooks, type HookFacts, installedStub } from './core/diagnose-hooks.ts'
import type { ReadKeySet } from './core/diagnose-keys.ts'
import { diagnoseRepository } from './core/diagnose-repository.ts'
import { diagnoseServer } from './core/diagnose-server.ts'
import { Fault } from './core/fault.ts'
import type { Examination, Finding } from './core/finding.ts'
import { type HookName, hookPath, isDriver, keptPath, layoutOf } from './core/installation.ts'
import type { Policy } from './core/policy.ts'
import type { InstalledStub } from './core/stub-text.ts'
import { readPolicy } from './edge/config.ts'
import { whyUnwritable } from './edge/decision-log.ts'
import { isExecutable, isFolder, isPresent, readForeignHook, stubTemplates } from './edge/hook-files.ts'
import { lookAtHook } from './edge/hook-state.ts'
import { modesOf, oddFiles, ownerOf } from './edge/repository-files.ts'
import { assertOnlyOwnerWrites } from './edge/strict-modes.ts'
import { type GitView, readGitView } from './git-view.ts'
import { readServerRefs } from './server-refs.ts'
import { type KeysOf, readKeySet, underKeys, underPolicy } from './standing.ts'

export type ExamineOptions = {
  /** The configuration that the admin asks for; null: the one that the hook of the repository reads. */
  readonly config: string | null
  /** What it is where no hook says. */
  readonly usualConfig: string
  /** Who looks. */
  readonly account: number
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Seconds since 1970. */
  readonly now: number
}

/** Looks at repositories one by one; a set of keys that several share is read once. */
export function examiner(options: ExamineOptions): (gitDir: string) => Promise<Examination> {
  const sets = new Map<string, Promise<ReadKeySet>>()
  const keysOf: KeysOf = (set, policy) => {
    const { strictModes, clockSkew, signingKey } = policy
    const name = JSON.stringify([set, strictModes, clockSkew, signingKey])
    const read = sets.get(name) ?? readKeySet(set, policy, options.now)
    sets.set(name, read)
    return read
  }
  return async gitDir => {
    try {
      return await examine(gitDir, options, keysOf)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      return notExamined(gitDir, error)
    }
  }
}

export function notExamined(repository: string, { message, remedy }: Fault): Examination {
  const findings = [{ code: 'not-examined', what: message, remedy: remedy ?? 'look at it by hand' }] as const
  return { repository, findings, patterns: [], signers: [], log: null }
}

async function examine(gitDir: string, options: ExamineOptions, keysOf: KeysOf): Promise<Examination> {
  const view = await readGitView(gitDir, options.environment)
  const hooks = hookFacts(gitDir, view, options.config)
  const stub = installedStub(hooks, 'pre-receive')
  const config = options.config ?? configOfHook(hooks) ?? options.usualConfig
  // without a hook and without a configuration, only the hook is missing
  const isAsked = config !== options.usualConfig || stub !== null || isPresent(config)
  const read = isAsked ? readPolicyOf(config, gitDir) : null
  const policy = read instanceof Fault ? null : read
  const refs = await readServerRefs(gitDir, [])
  const { uid: owner } = ownerOf(gitDir)
  const { findings: found, patterns } = await underPolicy(gitDir, policy, view.head, refs, options.now)
  const keys = policy === null ? { findings: [], signers: [] } : await underKeys(policy, keysOf, options.now)
  const broken = read instanceof Fault ? [brokenConfig(read)] : []
  const paths = [
    gitDir,
    `${gitDir}/config`,
    `${gitDir}/hooks`,
    hooks.hooksFolder,
    ...Object.values(hooks.hooks).map(({ path }) => path),
  ]
  const log = policy?.log ?? `${gitDir}/refwarden.jsonl`
  return {
    repository: gitDir,
    log,
    patterns,
    signers: keys.signers,
    findings: [
      ...diagnoseHooks(hooks, policy !== null && policy.syncTag !== null),
      ...broken,
      ...found,
      ...keys.findings,
      ...diagnoseRepository({
        ...{ gitDir, settings: view.settings, isBare: view.isBare, owner },
        present: oddFiles(gitDir),
        replaceRefs: [...refs.keys()].filter(ref => ref.startsWith('refs/replace/')).length,
        modes: modesOf([...new Set(paths)]),
      }),
      ...diagnoseServer({
        now: options.now,
        built: build.date === 0 ? null : build.date,
        log,
        logTrouble: whyUnwritable(log),
        lostLogCommand: lostProgram(policy?.logCommand[0] ?? null, stub),
        binaryTrouble: stub === null || !hooks.binaryRuns ? null : whoElseWrites(stub.binary),
        account: options.account === owner ? null : { owner, looking: options.account },
      }),
    ],
  }
}

function hookFacts(gitDir: string, { hooksFolder, settings }: GitView, config: string | null): HookFacts {
  const layout = layoutOf({
    gitDir,
    hasCustomHooks: isFolder(`${gitDir}/custom_hooks`),
    hasHookFolder: isFolder(`${hooksFolder}/pre-receive.d`),
    isGitolite: isPresent(`${gitDir}/gl-conf`),
    hookText: foreignText(`${hooksFolder}/pre-receive`),
  })
  const at = (hook: HookName) => {
    // gitolite's driver stands only where there is an option for this very hook
    const isDriven = layout !== 'gitolite' || isDriver(foreignText(`${hooksFolder}/${hook}`))
    return lookAtHook(hookPath(isDriven ? layout : 'git', gitDir, hooksFolder, hook))
  }
  const facts = {
    ...{ gitDir, layout, hooksFolder, settings, config, templates: stubTemplates },
    hooks: { 'pre-receive': at('pre-receive'), 'post-receive': at('post-receive') },
    former: lookAtHook(keptPath(hooksFolder, 'pre-receive')),
    binaryRuns: false,
  }
  const stub = installedStub(facts, 'pre-receive')
  return { ...facts, binaryRuns: stub !== null && isExecutable(stub.binary) }
}

/** The text of a hook that git would run and that is not refwarden's, or null. */
function foreignText(path: string): string | null {
  const { kind } = lookAtHook(path)
  return kind === 'file' ? readForeignHook(path) : null
}

function readPolicyOf(config: string, gitDir: string): Policy | Fault {
  try {
    return readPolicy(config, gitDir, assertOnlyOwnerWrites)
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}

function brokenConfig({ message, remedy }: Fault): Finding {
  return { code: 'config-broken', what: message, remedy: remedy ?? 'mend it' }
}

function lostProgram(program: string | null, stub: InstalledStub | null): string | null {
  if (program === null) return null
  const places = program.startsWith('/')
    ? [program]
    : (stub?.folders ?? []).map(folder => `${folder}/${program}`)
  return places.length === 0 || places.some(isExecutable) ? null : program
}

function whoElseWrites(binary: string): string | null {
  try {
    assertOnlyOwnerWrites(binary)
    return null
  } catch (error) {
    if (error instanceof Fault) return error.message
    throw error
  }
}
