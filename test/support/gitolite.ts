import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Account, giveTo, shell } from './account.ts'
import { binary } from './paths.ts'
import { startSshd } from './sshd.ts'

export type Gitolite = {
  readonly missing: null
  /** The home folder of the account that runs it. */
  readonly home: string
  readonly config: string
  readonly keys: string
  /** Runs a script as that account, with `refwarden` in its PATH, and returns what it printed. */
  sh(script: string): string
  /** Replaces gitolite.conf and applies it, as a push to gitolite-admin does. */
  configure(conf: string): void
  url(repo: string): string
  /** Environment in which git's ssh comes in as one of `people`. */
  as(person: string): Readonly<Record<string, string>>
  close(): Promise<void>
}

/** The people whose ssh keys it knows. */
export const people = ['admin', 'dev'] as const

/** What the hook of gitolite-admin does after a push to it. */
const apply = 'gitolite compile && gitolite trigger POST_COMPILE'

/** Sets up Debian's gitolite3 in a temporary home folder, and an sshd on 127.0.0.1 in front of it. */
export async function startGitolite(account: Account): Promise<Gitolite | { readonly missing: string }> {
  if (spawnSync('gitolite', ['-h']).error !== undefined)
    return { missing: 'gitolite is not installed (Debian: gitolite3)' }
  const folder = mkdtempSync(join(tmpdir(), 'g-'))
  spawnSync('chmod', ['755', folder])
  const path = (name: string) => join(folder, name)
  const home = path('home')
  for (const name of ['home', 'bin', 'keys']) mkdirSync(path(name), { mode: 0o755 })
  giveTo(account, home)
  // the page's commands have no --config: the configuration is /etc/refwarden.ini there
  const config = path('refwarden.ini')
  writeFileSync(path('bin/refwarden'), `#!/bin/sh\nexec '${binary}' "$@" --config '${config}'\n`, {
    mode: 0o755,
  })
  const env = {
    HOME: home,
    USER: account.name,
    PATH: `${path('bin')}:/usr/local/bin:/usr/bin:/bin`,
    GIT_CONFIG_NOSYSTEM: '1',
  }
  const sh = (script: string) => shell(script, { account, cwd: home, env })
  for (const person of people)
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', person, '-f', path(person)])
  const sshd = await startSshd({
    account: account.name,
    authorizedKeys: join(home, '.ssh/authorized_keys'),
    env: { HOME: home, PATH: '/usr/local/bin:/usr/bin:/bin' },
  })
  const close = async () => {
    if (sshd.missing === null) await sshd.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  if (sshd.missing !== null) {
    await close()
    return { missing: sshd.missing }
  }
  sh(`gitolite setup -pk '${path('admin.pub')}' && cp '${path('dev.pub')}' .gitolite/keydir/ && ${apply}`)
  return {
    missing: null,
    home,
    config,
    keys: path('keys'),
    sh,
    configure: conf => void sh(`cat > .gitolite/conf/gitolite.conf <<'END'\n${conf}END\n${apply}`),
    url: repo => sshd.url(`/${repo}`),
    as: person => sshd.envWith(path(person)),
    close,
  }
}
