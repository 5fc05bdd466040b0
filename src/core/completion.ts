import { type CommandName, commandNames, commandTable } from './command-table.ts'
import { choicesOf, wordOf } from './usage.ts'

/** What may stand in the place of a value or a word. */
export type Filler = {
  readonly name: string
  readonly choices: readonly string[]
  readonly paths: 'files' | 'folders' | null
}

export type Completed = {
  readonly name: CommandName
  readonly summary: string
  readonly options: readonly CompletedOption[]
  readonly words: readonly (Filler & { readonly repeats: boolean })[]
}

export type CompletedOption = {
  readonly name: string
  readonly what: string
  readonly repeats: boolean
  /** Null for a switch. */
  readonly value: Filler | null
}

/** What a shell may offer behind each command; the shells differ in how that is written alone. */
export function completedCommands(): readonly Completed[] {
  return commandNames.map(name => {
    const { summary, options, words } = commandTable[name]
    return {
      name,
      summary,
      options: Object.entries({ ...options, help: help }).map(([option, { value, what, repeats }]) => ({
        name: option,
        what,
        repeats: repeats === true,
        value: value === undefined ? null : filler(value),
      })),
      words: words.map(wordOf).map(word => ({ ...filler(word.name), repeats: word.repeats })),
    }
  })
}

/** First words, and what may stand behind one that is no command by itself. */
export function completedFamilies(): ReadonlyMap<string, readonly Completed[]> {
  const families = new Map<string, Completed[]>()
  for (const command of completedCommands()) {
    const [first = '', second] = command.name.split(' ')
    families.set(first, [...(families.get(first) ?? []), ...(second === undefined ? [] : [command])])
  }
  return families
}

const help: { readonly what: string; readonly value?: string; readonly repeats?: true } = {
  what: 'how this is typed',
}

function filler(value: string): Filler {
  if (value === 'COMMAND') return { name: value, choices: commandNames.filter(isOneWord), paths: null }
  const parts = value.split('|')
  const paths = parts.some(part => part === 'REPO' || part === 'DIR')
    ? 'folders'
    : parts.some(part => part === 'PATH' || part === 'FILE')
      ? 'files'
      : null
  return { name: value, choices: choicesOf(value), paths }
}

function isOneWord(name: string): boolean {
  return !name.includes(' ')
}

/** One word of a shell, whatever is in it. Bash, zsh. */
export function shellWord(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`
}
