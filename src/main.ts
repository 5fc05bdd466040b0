import { resolve } from 'node:path'
import { Fault } from './core/fault.ts'
import { fitted } from './core/printable.ts'
import { readInput } from './edge/standard-input.ts'
import { writeLines, writeOutput } from './edge/terminal.ts'
import type { HookName } from './flows/hooks.ts'
import type { Exit, World } from './world.ts'

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

const world: World = {
  folder: process.cwd(),
  environment: process.env,
  program: ownPath(),
  // asked when they are needed: Node.js loads its streams for the answer
  isTerminal: () => process.stderr.isTTY === true,
  colour: () => process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '',
  now: Date.now,
  input: readInput,
  say: line => writeOutput(`${line}\n`),
}

void main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<void> {
  try {
    process.exitCode = await run(args)
    // of a hook that has its verdict, nothing is waited for but a rejection that nobody has awaited
    if (isHook(args[0])) setImmediate(() => process.exit())
  } catch (error) {
    fail(error)
  }
}

async function run(args: readonly string[]): Promise<Exit> {
  const [name, option, config, ...others] = args
  // what the stubs of the hooks start, word for word: each push waits for it, and nothing else is loaded then
  if (isHook(name) && option === '--config' && config?.startsWith('/') === true && others.length === 0) {
    const { hookFlows } = await import('./flows/hooks.ts')
    return hookFlows[name]({ words: [], values: { config } }, world)
  }
  const { runTyped } = await import('./flows/commands.ts')
  return runTyped(args, world)
}

function isHook(name: string | undefined): name is HookName {
  return name === 'pre-receive' || name === 'post-receive'
}

/** The program itself: the executable, or the script that a Node.js runs. */
function ownPath(): string {
  const script = process.argv[1] ?? process.execPath
  return script.endsWith('.cjs') ? resolve(script) : process.execPath
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
