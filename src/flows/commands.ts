import { build } from '../build.ts'
import { parseArguments, unknownCommand } from '../command-line.ts'
import { type CommandName, findCommand } from '../core/command-table.ts'
import { Fault } from '../core/fault.ts'
import { renderHelp, renderOverview } from '../core/help.ts'
import { writeOutput } from '../edge/terminal.ts'
import type { Exit, World } from '../world.ts'
import type { Flows } from './flow.ts'
import { historyFlows } from './history.ts'
import { hookFlows } from './hooks.ts'
import { keyFlows } from './keys.ts'
import { programFlows } from './program.ts'
import { serverFlows } from './server.ts'

/** Runs the command that was typed. A Fault where there is none of that name, or its words are wrong. */
export async function runTyped(args: readonly string[], world: World): Promise<Exit> {
  const [first = ''] = args
  if (first === '--version') return say(version())
  if (first === '--help' || first === '-h') return say(renderOverview())
  const found = findCommand(args)
  if (found.kind === 'command') return runCommand(found.name, found.rest, world)
  if (found.kind === 'unknown') throw unknownCommand(found)
  const isHelp = found.rest[0] === '--help' || found.rest[0] === '-h'
  if (isHelp) return say(renderHelp(found.names))
  throw new Fault(`refwarden ${first} alone is no command`, `it is one of: ${found.names.join(', ')}`)
}

/** All commands. One of the table that has no flow does not compile. */
const flows: Flows<CommandName> = {
  ...historyFlows,
  ...keyFlows,
  ...serverFlows,
  ...hookFlows,
  ...programFlows,
}

async function runCommand<Name extends CommandName>(
  name: Name,
  rest: readonly string[],
  world: World,
): Promise<Exit> {
  const given = parseArguments(name, rest)
  return given === null ? say(renderHelp([name])) : flows[name](given, world)
}

function version(): string {
  return `refwarden ${build.version} (${build.commit}), Node.js ${process.versions.node}\n`
}

function say(text: string): Exit {
  writeOutput(text)
  return 0
}
