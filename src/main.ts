import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { preReceive } from './commands/pre-receive.ts'
import { Fault } from './core/fault.ts'
import { nearest } from './core/nearest.ts'
import { fitted, printable } from './core/printable.ts'
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
  run(args: Arguments): Promise<0 | 1 | 2>
}

type Arguments = { readonly config: string; readonly words: readonly string[] }

const commands: Readonly<Record<string, Command>> = {
  'pre-receive': {
    usage: 'pre-receive [--config PATH]  what the hook runs: judges the push on stdin',
    run: async ({ config }) =>
      preReceive({
        config,
        gitDir: resolve(process.env['GIT_DIR'] ?? '.'),
        updates: await readInput(),
        id: randomBytes(6).toString('hex'),
        pusher: pusherOf(process.env),
        now: Date.now,
      }),
  },
}

void main()

async function main(): Promise<void> {
  const [name = '', ...rest] = process.argv.slice(2)
  if (name === '--version')
    return succeed(
      `refwarden ${process.env['REFWARDEN_VERSION']} (${process.env['REFWARDEN_COMMIT']}), Node.js ${process.versions.node}\n`,
    )
  if (name === '--help' || name === 'help') return succeed(usage())
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  try {
    if (command === undefined) throw new Fault(`'${name}' is not a refwarden command`, hintFor(name))
    process.exitCode = await command.run(parseArguments(rest))
  } catch (error) {
    fail(error)
  }
}

function parseArguments(args: readonly string[]): Arguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { config: { type: 'string', default: '/etc/refwarden.ini' } },
      allowPositionals: true,
    })
    return { config: resolve(values.config), words: positionals }
  } catch (error) {
    throw new Fault((error as Error).message, 'see refwarden --help')
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

function hintFor(name: string): string {
  const close = nearest(name, Object.keys(commands))
  return close === null ? 'see refwarden --help' : `did you mean '${close}'?`
}

function usage(): string {
  const lines = Object.values(commands).map(({ usage }) => `  refwarden ${usage}`)
  return ['usage: refwarden COMMAND', '', ...lines, ''].join('\n')
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
    ...printable(fault.message)
      .split('\\x0a')
      .map(line => `error: ${fitted(line, 400)}`),
    ...(fault.remedy === null ? [] : [`hint: ${fitted(fault.remedy, 400)}`]),
  ])
}
