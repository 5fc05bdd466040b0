import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { freePort } from './port.ts'

export type SshServer = {
  readonly missing: null
  readonly port: number
  /** An ssh URL of a repository on this machine. */
  url(path: string): string
  /** Environment in which git's ssh reaches it, with a key of its own and no one's configuration. */
  readonly env: Readonly<Record<string, string>>
  /** The same with another key, by the path of its secret half. */
  envWith(identity: string): Readonly<Record<string, string>>
  log(): string
  close(): Promise<void>
}

export type SshOptions = {
  /** Further lines of sshd_config, such as `AcceptEnv *`. */
  readonly config?: readonly string[]
  /** Environment of the commands that a client runs. */
  readonly env?: Readonly<Record<string, string>>
  /** Whom clients come in as, another than the current user where that is root. */
  readonly account?: string
  /** A file that the host writes, with a command for each key: git-shell is not asked for then. */
  readonly authorizedKeys?: string
}

/**
 * Starts Debian's openssh-server on 127.0.0.1 as the current user, for one account alone, with a port and keys of its
 * own; whatever a client asks for runs in git-shell. Where it cannot be started, `missing` says why.
 */
export async function startSshd({
  config = [],
  env = {},
  account,
  authorizedKeys,
}: SshOptions = {}): Promise<SshServer | { missing: string }> {
  const sshd = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find(path => existsSync(path))
  if (sshd === undefined) return { missing: 'sshd is not installed (Debian: openssh-server)' }
  if (spawnSync('ssh', ['-V']).error !== undefined)
    return { missing: 'ssh is not installed (Debian: openssh-client)' }
  const folder = mkdtempSync(join(tmpdir(), 'h-'))
  const path = (name: string) => join(folder, name)
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 }) // asked for by sshd run as root
  for (const name of ['host', 'user'])
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path(name)], {
      stdio: 'ignore',
    })
  writeFileSync(path('authorized'), readFileSync(path('user.pub')), { mode: 0o600 })
  const port = await freePort()
  const username = account ?? userInfo().username
  const variables = {
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: process.env['GIT_CONFIG_GLOBAL'] ?? '',
    ...env,
  }
  const settings = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${path('host')}`,
    `AuthorizedKeysFile ${authorizedKeys ?? path('authorized')}`,
    `PidFile ${path('pid')}`,
    `AllowUsers ${username}`,
    'AuthenticationMethods publickey',
    'PermitRootLogin prohibit-password',
    'StrictModes no',
    'UsePAM no',
    'PrintMotd no',
    'DisableForwarding yes',
    'PermitUserRC no',
    'LogLevel VERBOSE',
    `SetEnv ${Object.entries(variables)
      .map(([name, value]) => `${name}="${value}"`)
      .join(' ')}`,
    ...(authorizedKeys === undefined ? ['ForceCommand git-shell -c "$SSH_ORIGINAL_COMMAND"'] : []),
    ...config,
  ]
  writeFileSync(path('sshd_config'), `${settings.join('\n')}\n`)
  const envWith = (identity: string) => {
    const client = [
      `-F none -i ${identity} -o IdentitiesOnly=yes -o BatchMode=yes`,
      `-o UserKnownHostsFile=${path('known')} -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=yes`,
    ]
    return { GIT_SSH_COMMAND: `ssh ${client.join(' ')}`, GIT_SSH_VARIANT: 'ssh' }
  }
  const hostKey = readFileSync(path('host.pub'), 'utf8').split(' ', 2).join(' ')
  writeFileSync(path('known'), `[127.0.0.1]:${port} ${hostKey}\n`)
  const child = spawn(sshd, ['-D', '-f', path('sshd_config'), '-E', path('log')], { stdio: 'ignore' })
  const log = () => (existsSync(path('log')) ? readFileSync(path('log'), 'utf8') : '')
  const close = async () => {
    await ended(child)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  if (!(await listens(child, log))) {
    const why = log().trim().split('\n').at(-1) ?? ''
    await close()
    return { missing: `sshd does not start: ${why}` }
  }
  return {
    missing: null,
    port,
    url: target => `ssh://${username}@127.0.0.1:${port}${target}`,
    env: envWith(path('user')),
    envWith,
    log,
    close,
  }
}

async function listens(child: ChildProcess, log: () => string): Promise<boolean> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (/Server listening on/.test(log())) return true
    if (child.exitCode !== null || child.signalCode !== null) return false
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  return false
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return resolve()
    child.on('exit', () => resolve())
    child.kill('SIGTERM')
  })
}
