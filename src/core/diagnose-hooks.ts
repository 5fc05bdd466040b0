import type { Finding, FindingCode } from './finding.ts'
import { type GitSetting, settingNamed } from './git-settings.ts'
import type { HookState } from './hook-state.ts'
import { type HookName, type Layout, stubVersion } from './installation.ts'
import { type InstalledStub, parseStub } from './stub-text.ts'

/** What was seen of a repository's hooks. */
export type HookFacts = {
  readonly gitDir: string
  readonly layout: Layout
  /** Where git looks for hooks, for this account. */
  readonly hooksFolder: string
  readonly settings: readonly GitSetting[]
  /** Where refwarden's belong in this layout. */
  readonly hooks: Readonly<Record<HookName, HookState>>
  /** A former hook that the stub runs after refwarden. */
  readonly former: HookState
  readonly templates: Readonly<Record<HookName, string>>
  /** Whether the program that the stub starts may be executed. */
  readonly binaryRuns: boolean
  /** The configuration that was asked for, or null: the one in the stub. */
  readonly config: string | null
}

/** Each way in which git would not run refwarden's hook, or run something else. */
export function diagnoseHooks(facts: HookFacts, needsPostReceive: boolean): readonly Finding[] {
  const stub = installedStub(facts, 'pre-receive')
  if (stub === null) return [whyNoStub(facts)]
  return [
    ...elsewhere(facts),
    ...former(facts, stub),
    ...started(facts, stub),
    ...(needsPostReceive ? postReceive(facts) : []),
  ]
}

/** The stub that git runs, unchanged, or null. */
export function installedStub({ hooks, templates }: HookFacts, hook: HookName): InstalledStub | null {
  const found = hooks[hook]
  return found.kind === 'file' && found.runs ? parseStub(hook, templates[hook], found.text) : null
}

/** The configuration that the hook names, be it one that git would run or not. */
export function configOfHook({ hooks, templates }: HookFacts): string | null {
  const found = hooks['pre-receive']
  return found.kind === 'file'
    ? (parseStub('pre-receive', templates['pre-receive'], found.text)?.config ?? null)
    : null
}

function whyNoStub(facts: HookFacts): Finding {
  const { gitDir, hooksFolder, settings, hooks } = facts
  const found = hooks['pre-receive']
  const shadow = settingNamed(settings, 'core.hookspath')
  const isOurs = found.kind === 'file' && stubVersion(found.text) !== null
  if (shadow !== null && facts.layout !== 'gitlab' && !isOurs)
    return {
      code: 'hook-shadowed',
      what: `${gitDir}: core.hooksPath (${shadow.scope}, ${shadow.origin}) sends git to ${hooksFolder}, and refwarden's hook is not there: git accepts every push`,
      remedy: `take core.hooksPath out of ${shadow.origin.replace(/^file:/, '')}`,
    }
  const { code, what } = describe(found, stubVersion(facts.templates['pre-receive']))
  return { code, what: `${found.path}: ${what}`, remedy: remedyFor(code, facts) }
}

const accepts = 'git accepts every push'

function describe(
  found: HookState,
  current: number | null,
): { readonly code: FindingCode; readonly what: string } {
  switch (found.kind) {
    case 'nothing':
      return { code: 'hook-missing', what: `no hook is there: ${accepts}` }
    case 'dangling':
      return { code: 'hook-dangling', what: `a link to ${found.target}, which is not there: ${accepts}` }
    case 'unreachable':
      return {
        code: 'hook-unreachable',
        what: `a folder above cannot be entered by this account: ${accepts}`,
      }
    case 'obstacle':
      return { code: 'hook-obstacle', what: 'no file that can be read: git refuses every push' }
    case 'file': {
      const version = stubVersion(found.text)
      if (!found.runs) return { code: 'hook-not-executable', what: `it cannot be executed: ${accepts}` }
      if (version === null)
        return { code: 'hook-replaced', what: "another hook, not refwarden's: it alone decides" }
      if (version !== current)
        return {
          code: 'hook-outdated',
          what: `a stub of version ${version}, where this program has ${current}: what it does is not known`,
        }
      return { code: 'hook-edited', what: "refwarden's stub, but changed: what it does is not known" }
    }
  }
}

function remedyFor(code: FindingCode, { gitDir, hooks }: HookFacts): string {
  const { path } = hooks['pre-receive']
  if (code === 'hook-not-executable') return `chmod 0755 ${path}, and see that it is not mounted noexec`
  if (code === 'hook-unreachable') return 'give the account that runs git back the folders (chmod u+x)'
  if (code === 'hook-obstacle') return 'move it away, then refwarden install'
  return `refwarden install ${gitDir}`
}

function elsewhere({ gitDir, hooksFolder, layout }: HookFacts): readonly Finding[] {
  if (layout === 'gitlab' || hooksFolder.startsWith(`${gitDir}/`)) return []
  return [
    {
      code: 'hooks-elsewhere',
      what: `${gitDir}: git takes its hooks from ${hooksFolder}, outside the repository`,
      remedy: 'see that nobody else may write there; refwarden install does not look after it',
    },
  ]
}

function former({ gitDir, former: found }: HookFacts, { chained }: InstalledStub): readonly Finding[] {
  if (!chained || (found.kind === 'file' && found.runs)) return []
  return [
    {
      code: 'former-hook-missing',
      what: `${found.path}: the former hook, which comes after refwarden, cannot be run: every push is refused`,
      remedy: `put it back, or refwarden install ${gitDir}`,
    },
  ]
}

function started(facts: HookFacts, { binary, config }: InstalledStub): readonly Finding[] {
  const findings: Finding[] = []
  if (!facts.binaryRuns)
    findings.push({
      code: 'binary-missing',
      what: `${binary}: not there, or not executable: every push is refused`,
      remedy: 'install the binary again: ./install.sh',
    })
  if (facts.config !== null && facts.config !== config)
    findings.push({
      code: 'other-config',
      what: `${facts.gitDir}: its hook reads ${config}, not ${facts.config}`,
      remedy: `refwarden install --config ${facts.config} ${facts.gitDir}`,
    })
  return findings
}

function postReceive(facts: HookFacts): readonly Finding[] {
  if (installedStub(facts, 'post-receive') !== null) return []
  return [
    {
      code: 'post-receive-missing',
      what: `${facts.hooks['post-receive'].path}: not refwarden's hook: no push moves the sync tag`,
      remedy: `refwarden install ${facts.gitDir}`,
    },
  ]
}
