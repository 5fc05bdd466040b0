import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Account, giveTo, ownAccount, shell } from './account.ts'
import type { Key } from './keys.ts'
import { binary } from './paths.ts'

export type Host = {
  /** Open to every account. */
  readonly folder: string
  /** Belongs to the account of the hook. */
  readonly home: string
  /** What /etc/refwarden.ini is in the pages. */
  readonly config: string
  readonly account: Account
  path(name: string): string
  /** Runs commands of a page, as the account of the hook or as the admin, and returns what they printed. */
  sh(script: string, options?: { readonly by?: 'admin'; readonly input?: string }): string
  /** Writes the configuration: the keys of these people, mode `all` on main. */
  protect(...trusted: readonly Key[]): void
  close(): void
}

/** The part of a server that is the same behind every front: an account, a home, `refwarden` and `sudo` in the PATH. */
export function makeHost(account: Account): Host {
  const folder = mkdtempSync(join(tmpdir(), 'h-'))
  spawnSync('chmod', ['755', folder])
  const path = (name: string) => join(folder, name)
  for (const name of ['home', 'bin', 'keys']) mkdirSync(path(name), { mode: 0o755 })
  giveTo(account, path('home'))
  const config = path('refwarden.ini')
  const scripts = {
    refwarden: `exec '${binary}' "$@" --config '${config}'`, // the pages have theirs in /etc
    sudo: 'exec "$@"',
  }
  for (const [name, script] of Object.entries(scripts))
    writeFileSync(path(`bin/${name}`), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  const env = {
    HOME: path('home'),
    USER: account.name,
    PATH: `${path('bin')}:/usr/local/bin:/usr/bin:/bin`,
    GIT_CONFIG_NOSYSTEM: '1',
  }
  return {
    folder,
    home: path('home'),
    config,
    account,
    path,
    sh: (script, { by, input } = {}) =>
      shell(script, { account: by === 'admin' ? ownAccount : account, cwd: path('home'), env, input }),
    protect(...trusted) {
      for (const key of trusted) writeFileSync(path(`keys/${key.name}.asc`), key.publicArmored)
      writeFileSync(config, `keys = ${path('keys')}\n[protect "refs/heads/main"]\nmode = all\n`)
    },
    close: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}
