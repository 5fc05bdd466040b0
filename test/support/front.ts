import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { giveTo, ownAccount } from './account.ts'
import type { Host } from './host.ts'
import { answers, freePort } from './port.ts'

/** A program that takes pushes over the network for a host. */
export type Front = { readonly port: number; close(): Promise<void> }

/** Why nginx or fcgiwrap cannot be had here, or null. */
export const nginxMissing: string | null =
  ['nginx', 'fcgiwrap', 'openssl'].flatMap(name =>
    ['/usr/sbin', '/usr/bin', '/usr/local/sbin'].some(folder => existsSync(`${folder}/${name}`))
      ? []
      : [`${name} is not installed (Debian: ${name === 'nginx' ? 'nginx-light' : name})`],
  )[0] ?? null

/** Starts nginx with the `server` block of a page, and fcgiwrap behind it, both as the account of the host. */
export async function startNginx(
  host: Host,
  serverBlock: (port: number, socket: string) => string,
): Promise<Front> {
  const [port, socket] = [await freePort(), host.path('home/fcgiwrap.socket')]
  const folder = host.path('nginx')
  mkdirSync(folder)
  giveTo(host.account, folder)
  const paths = ['client_body', 'fastcgi', 'proxy', 'uwsgi', 'scgi'].map(
    name => `${name}_temp_path ${folder}/${name};`,
  )
  const lines = [
    'daemon off; worker_processes 1;',
    `pid ${folder}/pid; error_log stderr;`,
    'events {}',
    `http { access_log off; ${paths.join(' ')}`,
    serverBlock(port, socket),
    '}',
  ]
  writeFileSync(`${folder}/nginx.conf`, `${lines.join('\n')}\n`)
  const wrap = start(host, '/usr/sbin/fcgiwrap', ['-c', '2', '-s', `unix:${socket}`])
  const nginx = start(host, '/usr/sbin/nginx', ['-p', folder, '-e', 'stderr', '-c', `${folder}/nginx.conf`])
  return opened(port, [nginx, wrap])
}

/** Starts what a line of a page starts, on a free port in the place of `named`. */
export async function startLine(host: Host, line: (port: number) => string): Promise<Front> {
  const port = await freePort()
  return opened(port, [start(host, '/bin/sh', ['-c', line(port)])])
}

type Started = { readonly child: ChildProcess; said(): string }

/** With nothing in its environment but a PATH, as systemd starts it. */
function start({ account, folder }: Host, program: string, args: readonly string[]): Started {
  const { uid, gid } = account
  const child = spawn(program, args, {
    ...(uid === ownAccount.uid ? {} : { uid, gid }),
    cwd: folder,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', GIT_CONFIG_NOSYSTEM: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  const said: string[] = []
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  child.on('error', error => said.push(error.message))
  return { child, said: () => said.join('') }
}

async function opened(port: number, started: readonly Started[]): Promise<Front> {
  const close = async () => {
    await Promise.all(started.map(({ child }) => ended(child)))
  }
  if (await answers(port)) return { port, close }
  await close()
  throw new Error(`nobody answers: ${started.map(({ said }) => said()).join('\n')}`)
}

/** It and what it has started: fcgiwrap and nginx have workers. */
function ended(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return resolve()
    child.on('exit', () => resolve())
    process.kill(-child.pid, 'SIGTERM')
  })
}

/** Why git cannot be a daemon here, or null: distributions that have it in a package of its own. */
export const daemonMissing: string | null = existsSync(
  `${spawnSync('git', ['--exec-path'], { encoding: 'utf8' }).stdout.trim()}/git-daemon`,
)
  ? null
  : 'git daemon is not installed'
