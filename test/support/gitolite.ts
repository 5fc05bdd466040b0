import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Account } from './account.ts'
import { type Host, makeHost } from './host.ts'
import { startSshd } from './sshd.ts'

export type Gitolite = Omit<Host, 'close'> & {
  readonly missing: null
  /** Replaces gitolite.conf and applies it, as a push to gitolite-admin does. */
  configure(conf: string): void
  url(repo: string): string
  /** Environment in which git's ssh comes in as `admin` or `dev`. */
  as(person: string): Readonly<Record<string, string>>
  close(): Promise<void>
}

/** What the hook of gitolite-admin does after a push to it. */
const apply = 'gitolite compile && gitolite trigger POST_COMPILE'

/** Sets up Debian's gitolite3 in a temporary home folder, and an sshd on 127.0.0.1 in front of it. */
export async function startGitolite(account: Account): Promise<Gitolite | { readonly missing: string }> {
  if (spawnSync('gitolite', ['-h']).error !== undefined)
    return { missing: 'gitolite is not installed (Debian: gitolite3)' }
  const host = makeHost(account)
  for (const person of ['admin', 'dev'])
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', person, '-f', host.path(person)])
  const sshd = await startSshd({
    account: account.name,
    authorizedKeys: join(host.home, '.ssh/authorized_keys'),
    env: { HOME: host.home, PATH: '/usr/local/bin:/usr/bin:/bin' },
  })
  if (sshd.missing !== null) {
    host.close()
    return { missing: sshd.missing }
  }
  host.sh(`gitolite setup -pk '${host.path('admin.pub')}'
cp '${host.path('dev.pub')}' .gitolite/keydir/
${apply}`)
  return {
    ...host,
    missing: null,
    configure: conf => void host.sh(`cat > .gitolite/conf/gitolite.conf\n${apply}`, { input: conf }),
    url: repo => sshd.url(`/${repo}`),
    as: person => sshd.envWith(host.path(person)),
    async close() {
      await sshd.close()
      host.close()
    },
  }
}
