import { parseArgs } from 'node:util'
import { Fault } from './core/fault.ts'
import { nearest } from './core/nearest.ts'

/** Every option of every command. */
const options = {
  config: { type: 'string' },
  keys: { type: 'string', multiple: true },
  mode: { type: 'string' },
  at: { type: 'string' },
  json: { type: 'boolean' },
  watch: { type: 'boolean' },
  interval: { type: 'string' },
  remote: { type: 'string' },
} as const

export type Option = keyof typeof options
export type Arguments = {
  readonly words: readonly string[]
  readonly values: {
    readonly config?: string
    readonly keys?: readonly string[]
    readonly mode?: string
    readonly at?: string
    readonly json?: boolean
    readonly watch?: boolean
    readonly interval?: string
    readonly remote?: string
  }
}

/** Takes a command line apart. Throws a Fault for an option that the command does not take, or a word too many. */
export function parseArguments(
  { takes, words }: { readonly takes: readonly Option[]; readonly words: number },
  args: readonly string[],
): Arguments {
  const taken = Object.fromEntries(takes.map(name => [name, options[name]]))
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: taken, allowPositionals: true })
    if (positionals.length > words) throw new Error(`'${positionals[words]}' is one word too many`)
    return { values: values as Arguments['values'], words: positionals }
  } catch (error) {
    throw new Fault((error as Error).message, 'see refwarden --help')
  }
}

/** The one of `known` that was given. Throws a Fault with the nearest one. */
export function oneOf<Word extends string>(option: string, given: string, known: readonly Word[]): Word {
  const found = known.find(word => word === given)
  if (found === undefined)
    throw new Fault(`${option}: '${given}' is none of ${known.join(', ')}`, hintFor(given, known))
  return found
}

/** What was probably meant. */
export function hintFor(word: string, known: readonly string[]): string {
  const close = nearest(word, known)
  return close === null ? 'see refwarden --help' : `did you mean '${close}'?`
}
