/** How a command is typed: its help, its page of the manual, its completion and its parser are all made from this. */
export type Usage = {
  /** One line, from a verb on. */
  readonly summary: string
  /** Sentences for the help and the manual, beside the summary. */
  readonly about: string
  /** In the order of typing, in the notation below; `[…]` around one that may be left out, `…` behind one that repeats. */
  readonly words: readonly string[]
  readonly options: Readonly<Record<string, Option>>
  readonly examples: readonly Example[]
}

/** Without a `value` it is a switch. */
export type Option = {
  /** In upper case what it stands for (`PATH`), in lower case the words that there are (`now|signature`). */
  readonly value?: string
  /** May be given more than once. */
  readonly repeats?: true
  readonly what: string
}

export type Example = { readonly line: string; readonly what: string }

/** What is typed for a command with this usage, as its flow gets it. */
export type ArgumentsOf<Command extends Usage> = {
  readonly words: WordsOf<Command['words']>
  readonly values: {
    readonly [Name in keyof Command['options']]?: ValueOf<Command['options'][Name]> | undefined
  }
}

type WordsOf<List extends readonly string[]> = List extends readonly [
  infer First extends string,
  ...infer Rest extends readonly string[],
]
  ? First extends `${string}…` | `${string}…]`
    ? readonly string[]
    : First extends `[${infer Inner}]`
      ? readonly [Meaning<Inner>?, ...WordsOf<Rest>]
      : readonly [Meaning<First>, ...WordsOf<Rest>]
  : readonly []

type ValueOf<Given extends Option> = Given extends { readonly value: infer Value extends string }
  ? Given extends { readonly repeats: true }
    ? readonly Meaning<Value>[]
    : Meaning<Value>
  : true

type Meaning<Value extends string> = Value extends Lowercase<Value> ? Choice<Value> : string
type Choice<Value extends string> = Value extends `${infer First}|${infer Rest}`
  ? First | Choice<Rest>
  : Value

export type Word = {
  readonly name: string
  readonly isNeeded: boolean
  readonly repeats: boolean
  readonly choices: readonly string[]
}

/** Takes `[REV]`, `REPO…` and `bash|zsh` apart. */
export function wordOf(notation: string): Word {
  const isNeeded = !notation.startsWith('[')
  const inner = isNeeded ? notation : notation.slice(1, -1)
  const repeats = inner.endsWith('…')
  const name = repeats ? inner.slice(0, -1) : inner
  return { name, isNeeded, repeats, choices: choicesOf(name) }
}

/** The words that may stand for a value; none where it is free. */
export function choicesOf(value: string): readonly string[] {
  return value === value.toLowerCase() ? value.split('|') : []
}

/** `refwarden trust [OPTION…] BRANCH [REV]` without the program's name and, where it has none, without the options. */
export function synopsis(name: string, { words, options }: Usage): string {
  return [name, ...(Object.keys(options).length > 0 ? ['[OPTION…]'] : []), ...words].join(' ')
}

/** What commands have in common. */
export const config = {
  value: 'PATH',
  what: 'the configuration; /etc/refwarden.ini unless given',
} as const satisfies Option
