import { resolve } from 'node:path'
import { build } from './build.ts'
import { parseArguments, unknownCommand } from './command-line.ts'
import { type CommandName, findCommand } from './core/command-table.ts'
import { Fault } from './core/fault.ts'
import { renderHelp, renderOverview } from './core/help.ts'
import { fitted } from './core/printable.ts'
import { writeLines, writeOutput } from './edge/terminal.ts'
import type { Flows } from './flows/flow.ts'
import { historyFlows } from './flows/history.ts'
import { hookFlows } from './flows/hooks.ts'
import { keyFlows } from './flows/keys.ts'
import { programFlows } from './flows/program.ts'
import { serverFlows } from './flows/server.ts'
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

/** Every command of the table has a flow, or this does not compile. */
const flows: Flows<CommandName> = {
  ...historyFlows,
  ...keyFlows,
  ...serverFlows,
  ...hookFlows,
  ...programFlows,
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
  return given === null ? say(renderHelp([name])) : flows[name](given, world)
}

/** The program itself: the executable, or the script that a Node.js runs. */
function ownPath(): string {
  const script = process.argv[1] ?? process.execPath
  return script.endsWith('.cjs') ? resolve(script) : process.execPath
}

async function readInput(limit: number): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of process.stdin) {
    length += (chunk as Buffer).length
    if (length > limit) throw new Fault('more on stdin than can be judged')
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
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
