import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { build } from './build.ts'
import { type Arguments, hintFor, type Option, oneOf, parseArguments } from './command-line.ts'
import { install } from './commands/install.ts'
import { postReceive } from './commands/post-receive.ts'
import { preReceive } from './commands/pre-receive.ts'
import { sync, watch } from './commands/sync.ts'
import { trust } from './commands/trust.ts'
import { uninstall } from './commands/uninstall.ts'
import { verify } from './commands/verify.ts'
import { Fault } from './core/fault.ts'
import { parseInterval } from './core/interval.ts'
import { fitted } from './core/printable.ts'
import type { PushInput } from './core/push-input.ts'
import { findGitDir } from './edge/git.ts'
import { writeLines, writeOutput } from './edge/terminal.ts'

/*
 * argv, streams, clock and environment; the only exit code. It is 2 from the first instruction on, and 0 only where
 * a command says so: an early end, a throw or a rejection nobody awaited is never an accept.
 */
process.exitCode = 2
for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, error => {
    fail(error)
    process.exit(2)
  })
}

type Command = {
  readonly usage: string
  readonly takes: readonly Option[]
  /** How many words it takes at the most. */
  readonly words: number
  run(args: Arguments): Promise<0 | 1 | 2>
}

const commands: Readonly<Record<string, Command>> = {
  'pre-receive': {
    usage: 'pre-receive              what the hook runs: judges the push on stdin',
    takes: ['config'],
    words: 0,
    run: async args => preReceive(await pushInput(args)),
  },
  'post-receive': {
    usage: 'post-receive             what the hook runs: moves the sync tags',
    takes: ['config'],
    words: 0,
    run: async args => postReceive(await pushInput(args)),
  },
  verify: {
    usage: 'verify [REV|A..B|TAG]    judges what is there; --keys PATH --mode MODE --at now|signature --json',
    takes: ['config', 'keys', 'mode', 'at', 'json'],
    words: 1,
    run: async ({ words, values }) =>
      verify({
        config: configOf(values.config),
        gitDir: await findGitDir(process.cwd()),
        revision: words[0] ?? null,
        keys: (values.keys ?? []).map(path => resolve(path)),
        mode:
          values.mode === undefined ? null : oneOf('--mode', values.mode, ['all', 'first-parent'] as const),
        at: oneOf('--at', values.at ?? 'signature', ['now', 'signature'] as const),
        json: values.json === true,
        isTerminal: process.stderr.isTTY === true,
        now: Date.now,
      }),
  },
  trust: {
    usage: 'trust BRANCH [REV]       sets or repairs the sync tag of a branch, by your word',
    takes: ['config'],
    words: 2,
    run: async ({ words: [branch, revision], values }) => {
      if (branch === undefined) throw new Fault('no branch is named', 'write refwarden trust BRANCH [REV]')
      const gitDir = await findGitDir(process.cwd())
      const now = Math.floor(Date.now() / 1000)
      await trust({ config: configOf(values.config), gitDir, branch, revision: revision ?? null, now }, say)
      return 0
    },
  },
  sync: {
    usage: 'sync                     lets a mirror follow upstream; --remote NAME --watch --interval 5m',
    takes: ['config', 'remote', 'watch', 'interval'],
    words: 0,
    run: async ({ values }) => {
      const interval = parseInterval(values.interval ?? '5m')
      if (interval === null)
        throw new Fault(`--interval: '${values.interval}' is no time`, 'write seconds, or 30s, 5m, 1h')
      if (values.interval !== undefined && values.watch !== true)
        throw new Fault('--interval is of use with --watch alone', 'refwarden sync --watch --interval 5m')
      const options = {
        config: configOf(values.config),
        gitDir: await findGitDir(process.cwd()),
        remote: values.remote ?? 'origin',
        environment: process.env,
        now: Date.now,
      }
      return values.watch === true ? watch(options, interval) : sync(options)
    },
  },
  install: {
    usage: 'install REPO…            puts the hooks into bare repositories and proves that they refuse',
    takes: ['config'],
    words: Number.POSITIVE_INFINITY,
    run: async ({ words: repos, values }) => {
      await install(
        { config: configOf(values.config), binary: ownPath(), repos, environment: process.env },
        say,
      )
      return 0
    },
  },
  uninstall: {
    usage: 'uninstall REPO…          puts back the hooks that were there before',
    takes: ['config'],
    words: Number.POSITIVE_INFINITY,
    run: async ({ words: repos }) => {
      await uninstall({ repos, environment: process.env }, say)
      return 0
    },
  },
}

void main()

async function main(): Promise<void> {
  const [name = '', ...rest] = process.argv.slice(2)
  try {
    if (name === '--version') return succeed(version())
    if (name === '--help' || name === 'help') return succeed(usage())
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (command === undefined)
      throw new Fault(`'${name}' is not a refwarden command`, hintFor(name, Object.keys(commands)))
    process.exitCode = await command.run(parseArguments(command, rest))
  } catch (error) {
    fail(error)
  }
}

function configOf(given: string | undefined): string {
  return resolve(given ?? '/etc/refwarden.ini')
}

/** The program itself: the executable, or the script that a Node.js runs. */
function ownPath(): string {
  const script = process.argv[1] ?? process.execPath
  return script.endsWith('.cjs') ? resolve(script) : process.execPath
}

async function pushInput({ values }: Arguments): Promise<PushInput> {
  return {
    config: configOf(values.config),
    gitDir: resolve(process.env['GIT_DIR'] ?? '.'),
    updates: await readInput(),
    id: randomBytes(6).toString('hex'),
    host: hostname(),
    pusher: pusherOf(process.env),
    now: Date.now,
  }
}

/** Bytes; a push of 100,000 refs is smaller. */
const inputLimit = 64 * 1024 * 1024

async function readInput(): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of process.stdin) {
    length += (chunk as Buffer).length
    if (length > inputLimit) throw new Fault('more ref updates than can be judged')
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}

/** gitolite, GitLab, Gitea, git-http-backend and plain ssh, in this order. */
function pusherOf(environment: Readonly<Record<string, string | undefined>>): string | null {
  const names = ['GL_USER', 'GL_USERNAME', 'GITEA_PUSHER_NAME', 'REMOTE_USER', 'USER', 'LOGNAME']
  return names.map(name => environment[name]).find(name => name !== undefined && name !== '') ?? null
}

function version(): string {
  return `refwarden ${build.version} (${build.commit}), Node.js ${process.versions.node}\n`
}

function usage(): string {
  const lines = Object.values(commands).map(({ usage }) => `  refwarden ${usage}`)
  return [
    'usage: refwarden COMMAND [--config PATH]',
    '',
    ...lines,
    '',
    'exit code: 0 accepted, 1 rejected, 2 fault',
    '',
  ].join('\n')
}

function say(line: string): void {
  writeOutput(`${line}\n`)
}

function succeed(text: string): void {
  writeOutput(text)
  process.exitCode = 0
}

/** For whoever types the command; the hooks handle their faults themselves, in the pusher's words. */
function fail(error: unknown): void {
  process.exitCode = 2
  const fault =
    error instanceof Fault ? error : new Fault(`unforeseen: ${error instanceof Error ? error.stack : error}`)
  writeLines([
    ...fault.message.split('\n').map(line => `error: ${fitted(line, 400)}`),
    ...(fault.remedy === null ? [] : [`hint: ${fitted(fault.remedy, 400)}`]),
  ])
}
