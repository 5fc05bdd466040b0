import { nearest } from './nearest.ts'
import type { ArgumentsOf, Usage } from './usage.ts'
import { historyUsage } from './usage-history.ts'
import { hookUsage } from './usage-hooks.ts'
import { keyUsage } from './usage-keys.ts'
import { programUsage } from './usage-program.ts'
import { serverUsage } from './usage-server.ts'

const commands = { ...historyUsage, ...keyUsage, ...serverUsage, ...hookUsage, ...programUsage } as const

/** One word or two, such as `verify` or `keys list`. */
export type CommandName = keyof typeof commands
export type Arguments<Name extends CommandName> = ArgumentsOf<(typeof commands)[Name]>

/** Every command, by its name. */
export const commandTable: Readonly<Record<CommandName, Usage>> = commands

/** Every command, as people look for them. */
export const commandGroups: readonly {
  readonly title: string
  readonly commands: Readonly<Record<string, Usage>>
}[] = [
  { title: 'history', commands: historyUsage },
  { title: 'keys', commands: keyUsage },
  { title: 'repositories of this server', commands: serverUsage },
  { title: 'started by the hooks', commands: hookUsage },
  { title: 'the program itself', commands: programUsage },
]

export const commandNames = Object.keys(commands) as readonly CommandName[]

export type Found =
  | { readonly kind: 'command'; readonly name: CommandName; readonly rest: readonly string[] }
  /** The first word of several names, such as `keys`, and nothing known behind it. */
  | { readonly kind: 'family'; readonly names: readonly CommandName[]; readonly rest: readonly string[] }
  | { readonly kind: 'unknown'; readonly typed: string; readonly nearest: string | null }

/** Which command a line begins with. */
export function findCommand([first = '', ...rest]: readonly string[]): Found {
  const [second = ''] = rest
  const two = commandNames.find(name => name === `${first} ${second}`)
  if (two !== undefined) return { kind: 'command', name: two, rest: rest.slice(1) }
  const one = commandNames.find(name => name === first)
  if (one !== undefined) return { kind: 'command', name: one, rest }
  const family = commandNames.filter(name => name.startsWith(`${first} `))
  if (family.length === 0) return { kind: 'unknown', typed: first, nearest: nearestName(first, second) }
  if (second === '' || second.startsWith('-')) return { kind: 'family', names: family, rest }
  return { kind: 'unknown', typed: `${first} ${second}`, nearest: nearest(`${first} ${second}`, family) }
}

/** `keys-list`, `kyes list` and `list-keys` are all near enough, `lits` is not. */
function nearestName(first: string, second: string): string | null {
  const families = commandNames.flatMap(name => (name.includes(' ') ? [name.replace(/ .*/, '')] : []))
  return nearest(first, [...commandNames, ...families]) ?? nearest(`${first} ${second}`, commandNames)
}
