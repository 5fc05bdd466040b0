import { parseArgs } from 'node:util'
import { type Arguments, type CommandName, commandTable, type Found } from './core/command-table.ts'
import { Fault } from './core/fault.ts'
import { nearest } from './core/nearest.ts'
import { choicesOf, type Option, synopsis, type Usage, wordOf } from './core/usage.ts'

type Values = Record<string, true | string | string[]>

/**
 * Takes apart what is typed behind a command; null where its help is asked for. Throws a Fault for an option or a word
 * that the command does not take, takes once, or needs.
 */
export function parseArguments<Name extends CommandName>(
  name: Name,
  args: readonly string[],
): Arguments<Name> | null {
  const usage = commandTable[name]
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(usage.options).map(([option, { value }]) => [
        option,
        { type: value === undefined ? 'boolean' : 'string' },
      ]),
    ),
    strict: false,
    tokens: true,
  })
  const values: Values = {}
  const words: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    if (token.name === 'help' || token.rawName === '-h') return null
    const option = optionOf(name, usage, token.name, token.rawName)
    take(values, token.name, option, token.value, token.inlineValue === true)
  }
  checkWords(name, usage, words)
  return { words, values } as unknown as Arguments<Name>
}

function optionOf(name: CommandName, { options }: Usage, option: string, typed: string): Option {
  const known = Object.hasOwn(options, option) && typed.startsWith('--') ? options[option] : undefined
  if (known !== undefined) return known
  const close = nearest(
    typed,
    Object.keys(options).map(each => `--${each}`),
  )
  throw new Fault(
    `'${typed}' is not an option of refwarden ${name}`,
    close === null ? `see refwarden ${name} --help` : `did you mean ${close}?`,
  )
}

/** A value that looks like an option is a value forgotten, unless it stands behind a `=`. */
function take(
  values: Values,
  name: string,
  { value, repeats }: Option,
  given: string | undefined,
  isInline: boolean,
): void {
  if (value === undefined && given !== undefined) throw new Fault(`--${name} takes no value`)
  if (value !== undefined && (given === undefined || (!isInline && /^-./.test(given))))
    throw new Fault(`--${name}: ${value} is missing`)
  if (repeats !== true && Object.hasOwn(values, name)) throw new Fault(`--${name} is given twice`)
  if (value === undefined || given === undefined) {
    values[name] = true
    return
  }
  checkChoice(`--${name}: `, given, choicesOf(value))
  const before = values[name]
  values[name] = repeats === true ? [...(Array.isArray(before) ? before : []), given] : given
}

function checkWords(name: CommandName, usage: Usage, given: readonly string[]): void {
  const known = usage.words.map(wordOf)
  const missing = known.slice(given.length).find(({ isNeeded }) => isNeeded)
  if (missing !== undefined)
    throw new Fault(`no ${missing.name} is given`, `write refwarden ${synopsis(name, usage)}`)
  if (given.length > known.length && known.at(-1)?.repeats !== true)
    throw new Fault(
      `'${given[known.length]}' is one word too many`,
      `write refwarden ${synopsis(name, usage)}`,
    )
  for (const [index, { choices }] of known.entries())
    if (given[index] !== undefined) checkChoice('', given[index], choices)
}

function checkChoice(where: string, given: string, known: readonly string[]): void {
  if (known.length === 0 || known.includes(given)) return
  const close = nearest(given, known)
  throw new Fault(
    `${where}'${given}' is none of ${known.join(', ')}`,
    close === null ? null : `did you mean '${close}'?`,
  )
}

/** What to say of a first word that is no command. */
export function unknownCommand({ typed, nearest }: Found & { kind: 'unknown' }): Fault {
  const what = typed === '' ? 'no command is given' : `'${typed}' is not a refwarden command`
  return new Fault(what, nearest === null ? 'see refwarden --help' : `did you mean '${nearest}'?`)
}
