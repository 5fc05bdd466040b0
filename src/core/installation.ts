import { Fault } from './fault.ts'

/** The hooks that are installed. githooks(5). */
export type HookName = 'pre-receive' | 'post-receive'

export const hookNames: readonly HookName[] = ['pre-receive', 'post-receive']

/**
 * Who runs a hook: git itself, or a host that keeps `hooks/` for itself and runs each file of a folder; `gitolite` where
 * its driver runs what `option hook.pre-receive` of a repository names.
 */
export type Layout = 'git' | 'gitea' | 'gitlab' | 'gitolite'

/** What was seen of a repository. */
export type RepositoryFacts = {
  /** Absolute. */
  readonly gitDir: string
  readonly hasCustomHooks: boolean
  readonly hasHookFolder: boolean
  /** gitolite keeps the links in `hooks/` for itself. */
  readonly isGitolite: boolean
  /** Text of the executable at `hooks/pre-receive` that is not refwarden's, or null. */
  readonly hookText: string | null
}

/**
 * GitLab runs `custom_hooks/` of a repository, Gitea and Forgejo the `.d` folder beside a hook that they generate. A
 * `.d` folder that no hook reads is not theirs: git alone would never run what is put there.
 */
export function layoutOf(facts: RepositoryFacts): Layout {
  const { gitDir, hasCustomHooks, hasHookFolder, isGitolite, hookText } = facts
  if (hasCustomHooks || gitDir.split('/').includes('@hashed')) return 'gitlab'
  if (isGitolite && isDriver(hookText)) return 'gitolite'
  return hasHookFolder && hookText?.includes('.d/') === true ? 'gitea' : 'git'
}

/** Whether this is the text of gitolite's driver, which runs each `hooks/pre-receive.*`. */
export function isDriver(hookText: string | null): boolean {
  return hookText?.includes('$0.*') === true
}

/** Where the stub of a layout goes; `hooksFolder` is where git looks for hooks. */
export function hookPath(layout: Layout, gitDir: string, hooksFolder: string, hook: HookName): string {
  if (layout === 'gitlab') return `${gitDir}/custom_hooks/${hook}.d/refwarden`
  if (layout === 'gitea') return `${hooksFolder}/${hook}.d/refwarden`
  if (layout === 'gitolite') return `${hooksFolder}/${hook}.h00-refwarden-${hook}`
  return `${hooksFolder}/${hook}`
}

/** Where a former hook is kept. Never `pre-receive.*`: gitolite's driver runs those. */
export function keptPath(hooksFolder: string, hook: HookName): string {
  return `${hooksFolder}/refwarden-chained-${hook}`
}

/** What stands at the place of a hook; `target` is where a symbolic link there points to. */
export type FoundHook =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'stub'; readonly target: string | null; readonly text: string }
  | { readonly kind: 'foreign'; readonly target: string | null; readonly executable: boolean }
  | { readonly kind: 'obstacle' }

/** `keep`: the former hook is put aside first. `chained`: the stub runs it after refwarden. */
export type InstallStep =
  | { readonly kind: 'write'; readonly keep: boolean; readonly chained: boolean }
  | { readonly kind: 'leave'; readonly target: string }

/** The hook at a place, and what is kept of a former one. */
export type HookPlace = {
  readonly path: string
  readonly kept: string
  readonly layout: Layout
  readonly found: FoundHook
  readonly former: FoundHook
  /** Both are one file: an installation was cut short between keeping and writing. */
  readonly sameFile: boolean
  readonly isGitolite: boolean
}

/** What to do at a place, or a Fault where anything would be lost or would not run. */
export function planInstall(place: HookPlace, stub: string): InstallStep {
  const { path, kept, layout, found, former, sameFile, isGitolite } = place
  if (found.kind === 'obstacle')
    throw new Fault(`${path}: neither a file nor a link to one`, 'move it away and install again')
  if (found.kind === 'stub' && found.target !== null) {
    if (found.text === stub) return { kind: 'leave', target: found.target }
    throw new Fault(
      `${path}: a link to another refwarden stub, ${found.target}`,
      'write the new stub there: it serves every repository that links to it (docs/hosts/gitolite.md)',
    )
  }
  if (layout === 'gitolite')
    throw new Fault(
      `${path}: not a link to refwarden's stub, and gitolite runs here what its options name`,
      'name refwarden-pre-receive first in option hook.pre-receive: docs/hosts/gitolite.md',
    )
  const runs = former.kind === 'foreign' && former.executable
  if (found.kind !== 'foreign') return { kind: 'write', keep: false, chained: layout === 'git' && runs }
  if (layout !== 'git')
    throw new Fault(`${path}: a hook that is not refwarden's`, 'rename it and install again')
  if (isGitolite && found.target !== null)
    throw new Fault(
      `${path}: a link that gitolite sets and resets`,
      "put the stub into gitolite's common hooks instead: docs/hosts/gitolite.md",
    )
  if (former.kind !== 'nothing' && !sameFile)
    throw new Fault(
      `${path}: not refwarden's, but ${kept} is there: another program wrote over refwarden's hook`,
      'decide which of the two is the former hook, move the other away and install again',
    )
  return { kind: 'write', keep: !sameFile, chained: found.executable }
}

/** `forget`: the former hook was never replaced, its second name goes. */
export type UninstallStep = 'restore' | 'remove' | 'forget' | 'leave' | 'nothing'

/** How to put back what was at a place before the installation, or a Fault where that would lose a hook. */
export function planUninstall({ path, kept, found, former, sameFile }: HookPlace): UninstallStep {
  const hasFormer = former.kind !== 'nothing' && !sameFile
  if (found.kind === 'stub' && found.target === null) return hasFormer ? 'restore' : 'remove'
  if (found.kind === 'nothing') return hasFormer ? 'restore' : 'nothing'
  if (hasFormer)
    throw new Fault(
      `${path}: not refwarden's, but ${kept} is there: another program wrote over refwarden's hook`,
      'decide which of the two is the former hook and move the other away',
    )
  return sameFile ? 'forget' : 'leave'
}

/** The version of the stub that `text` is, or null where it is no stub of refwarden's. */
export function stubVersion(text: string): number | null {
  const found = /^#!\/bin\/sh(?: -p)?\n(?:#.*\n)*?# refwarden-stub: (\d{1,9})\n/.exec(text)
  return found === null ? null : Number(found[1])
}

/** What a stub is made for. Paths are absolute. */
export type StubValues = {
  readonly binary: string
  readonly config: string
  /** The folder of the git that runs the hook. */
  readonly gitFolder: string
  readonly chained: boolean
  /** Whether /bin/sh knows `-p`. */
  readonly privileged: boolean
}

/** A stub from its template, `hooks/pre-receive` or `hooks/post-receive`. Throws a Fault where a path cannot stand in one. */
export function renderStub(template: string, values: StubValues): string {
  const { binary, config, gitFolder, chained, privileged } = values
  if (binary.includes('='))
    throw new Fault(`${binary}: env(1) would take a path with = for a setting`, 'put the binary elsewhere')
  if (gitFolder.includes(':'))
    throw new Fault(`${gitFolder}: a folder with : in its name cannot be in PATH`, 'put git elsewhere')
  const words: Readonly<Record<string, string>> = {
    PATH: quoted([...new Set([gitFolder, '/usr/local/bin', '/usr/bin', '/bin'])].join(':')),
    BINARY: quoted(binary),
    CONFIG: quoted(config),
    CHAINED: chained ? 'yes' : 'no',
  }
  const text = template.replaceAll(/@([A-Z]+)@/g, (mark, name: string) => words[name] ?? mark)
  return privileged ? text : text.replace(/^#!\/bin\/sh -p\n/, '#!/bin/sh\n')
}

/** `text` as one word of sh. Throws a Fault for control characters, which no path of a sane server has. */
export function quoted(text: string): string {
  if (!text.startsWith('/')) throw new Fault(`${text}: not an absolute path`)
  if (/[\u0000-\u001f\u007f]/.test(text))
    throw new Fault(`${JSON.stringify(text)}: a path with control characters`, 'rename it')
  return `'${text.replaceAll("'", "'\\''")}'`
}
