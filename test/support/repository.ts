/** A server as an admin sets it up: a bare repository, a configuration, a key folder, the hook with the built binary. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HookName } from '../../src/core/installation.ts'
import { renderStub } from '../../src/core/installation.ts'
import type { ObjectFormat, Oid } from '../../src/core/oid.ts'
import { stubTemplates } from '../../src/edge/hook-files.ts'
import { gitFolder, shellIsPrivileged } from '../../src/edge/hook-host.ts'
import type { History, Step } from './history.ts'
import { writeHistory } from './history.ts'
import type { Key } from './keys.ts'
import { binary } from './paths.ts'
import type { PushResult } from './push.ts'
import { push } from './push.ts'

export type ServerOptions = {
  readonly format?: ObjectFormat
  /** Keys in the key folder from the start. */
  readonly trusted?: readonly Key[]
  /** Text of refwarden.ini in which `@KEYS@` stands for the key folder; mode `all` on main, if left out. */
  readonly configuration?: string
  /** Which hooks are there, as `refwarden install` makes them; true, or left out: pre-receive alone. */
  readonly hooks?: readonly HookName[] | boolean
}

export type Server = {
  /** Holds all below, and is removed by `close`. */
  readonly folder: string
  readonly gitDir: string
  /** Path of refwarden.ini. */
  readonly config: string
  /** The key folder. */
  readonly keys: string
  readonly format: ObjectFormat
  /** A repository beside it, for what a client has. */
  readonly client: string
  configure(configuration: string): void
  trust(...keys: readonly Key[]): void
  distrust(...keys: readonly Key[]): void
  /** Makes a history and puts it into the server as if it had always been there, no hook asked. */
  seed(steps: readonly Step[], onto?: History): History
  /** Makes a history in the client. */
  write(steps: readonly Step[], onto?: History): History
  /** Real `git push` of refspecs from the client. */
  push(refspecs: readonly string[], options?: PushOptions): Promise<PushResult>
  /** All refs, by name. */
  refs(): ReadonlyMap<string, Oid>
  setRef(name: string, oid: Oid | null): void
  /** Runs git in the server's repository and returns its output; throws where it fails. */
  git(...args: readonly string[]): string
  /** The decision log, a push a line. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON
  decisions(): readonly any[]
  /** Runs the built binary. */
  refwarden(args: readonly string[], options?: RunOptions): Promise<Run>
  close(): void
}

export type PushOptions = {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}
export type RunOptions = {
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}
export type Run = { readonly exit: number | null; readonly stdout: string; readonly stderr: string }

const usual = 'keys = @KEYS@\n\n[protect "refs/heads/main"]\nmode = all\n'

/** Sets one up in a temporary folder. */
export function makeServer(options: ServerOptions = {}): Server {
  const { format = 'sha1', trusted = [], configuration = usual, hooks = true } = options
  const folder = mkdtempSync(join(tmpdir(), 's-'))
  const gitDir = join(folder, 'repo.git')
  const client = join(folder, 'client.git')
  const config = join(folder, 'refwarden.ini')
  const keys = join(folder, 'keys')
  mkdirSync(keys, { mode: 0o755 })
  for (const path of [gitDir, client])
    git(folder, 'init', '--quiet', '--bare', '--template=', `--object-format=${format}`, path)
  const server: Server = {
    folder,
    gitDir,
    config,
    keys,
    format,
    client,
    configure: text => writeFileSync(config, text.replaceAll('@KEYS@', keys), { mode: 0o644 }),
    trust(...added) {
      for (const key of added) writeFileSync(keyFile(keys, key), key.publicArmored, { mode: 0o644 })
    },
    distrust(...removed) {
      for (const key of removed) rmSync(keyFile(keys, key))
    },
    seed: (steps, onto) => writeHistory(gitDir, steps, format, onto),
    write: (steps, onto) => writeHistory(client, steps, format, onto),
    push: (refspecs, more = {}) => push(client, gitDir, refspecs, more),
    refs: () => new Map(lines(git(gitDir, 'for-each-ref', '--format=%(refname) %(objectname)')).map(asRef)),
    setRef: (name, oid) => void git(gitDir, 'update-ref', ...(oid === null ? ['-d', name] : [name, oid])),
    git: (...args) => git(gitDir, ...args),
    decisions() {
      const log = join(gitDir, 'refwarden.jsonl')
      return existsSync(log) ? lines(readFileSync(log, 'utf8')).map(line => JSON.parse(line)) : []
    },
    refwarden: (args, more = {}) => run(binary, args, { cwd: gitDir, ...more }),
    close: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
  server.configure(configuration)
  server.trust(...trusted)
  installStubs(gitDir, config, hooks === true ? ['pre-receive'] : hooks || [])
  return server
}

/** Runs a program to its end, with the environment of the tests and `env`. */
export function run(
  program: string,
  args: readonly string[],
  { input, env, cwd }: RunOptions = {},
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.stdin.on('error', () => {}) // a program that ends before it has read all
    child.stdin.end(input ?? '')
    child.on('error', reject)
    child.on('close', exit =>
      resolve({ exit, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    )
  })
}

/** The stubs that `refwarden install` writes, without its survey and its trial push. */
function installStubs(gitDir: string, config: string, hooks: readonly HookName[]): void {
  const privileged = shellIsPrivileged()
  const values = {
    binary,
    config,
    gitFolder: gitFolder(process.env['PATH'] ?? ''),
    chained: false,
    privileged,
  }
  if (hooks.length > 0) mkdirSync(join(gitDir, 'hooks'))
  for (const hook of hooks)
    writeFileSync(join(gitDir, 'hooks', hook), renderStub(stubTemplates[hook], values), { mode: 0o755 })
}

function git(gitDir: string, ...args: readonly string[]): string {
  const env = { ...process.env, GIT_DIR: gitDir }
  const { status, stdout, stderr } = spawnSync('git', args, { env, encoding: 'utf8', maxBuffer: 1 << 28 })
  if (status !== 0) throw new Error(`git ${args.join(' ')} failed: ${stderr}`)
  return stdout
}

function keyFile(folder: string, key: Key): string {
  return join(folder, `${key.fingerprint}.asc`)
}

function lines(text: string): string[] {
  return text.split('\n').filter(line => line !== '')
}

function asRef(line: string): [string, Oid] {
  const [name = '', oid = ''] = line.split(' ')
  return [name, oid as Oid]
}
