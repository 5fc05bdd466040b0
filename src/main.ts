import { resolve } from 'node:path'
import { build } from './build.ts'
import { parseArguments, unknownCommand } from './command-line.ts'
import { type CommandName, findCommand } from './core/command-table.ts'
import { Fault } from './core/fault.ts'
import { renderHelp, renderOverview } from './core/help.ts'
import { fitted } from './core/printable.ts'
import { readInput } from './edge/standard-input.ts'
import { writeLines, writeOutput } from './edge/terminal.ts'
import type { Flows } from './flows/flow.ts'
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
  isTerminal: process.stderr.isTTY === true,
  colour: process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '',
  now: Date.now,
  input: readInput,
  say: line => writeOutput(`${line}\n`),
}

void main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<void> {
  try {
    process.exitCode = await run(args)
  } catch (error) {
    fail(error)
  }
}

async function run(args: readonly string[]): Promise<Exit> {
  const [first = ''] = args
  if (first === '--version') return say(version())
  if (first === '--help' || first === '-h') return say(renderOverview())
  const found = findCommand(args)
  if (found.kind === 'command') return runCommand(found.name, found.rest)
  if (found.kind === 'unknown') throw unknownCommand(found)
  const isHelp = found.rest[0] === '--help' || found.rest[0] === '-h'
  if (isHelp) return say(renderHelp(found.names))
  throw new Fault(`refwarden ${first} alone is no command`, `it is one of: ${found.names.join(', ')}`)
}

async function runCommand<Name extends CommandName>(name: Name, rest: readonly string[]): Promise<Exit> {
  const given = parseArguments(name, rest)
  if (given === null) return say(renderHelp([name]))
  const flow = await flowOf(name)
  return flow(given, world)
}

/** Each push waits for the start of a hook: of the other commands nothing is loaded then. */
async function flowOf<Name extends CommandName>(name: Name): Promise<Flows<CommandName>[Name]> {
  const { hookFlows } = await import('./flows/hooks.ts')
  const flows = name in hookFlows ? hookFlows : (await import('./flows/commands.ts')).commandFlows
  return (flows as Flows<CommandName>)[name]
}

/** The program itself: the executable, or the script that a Node.js runs. */
function ownPath(): string {
  const script = process.argv[1] ?? process.execPath
  return script.endsWith('.cjs') ? resolve(script) : process.execPath
}

function version(): string {
  return `refwarden ${build.version} (${build.commit}), Node.js ${process.versions.node}\n`
}

function say(text: string): Exit {
  writeOutput(text)
  return 0
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
