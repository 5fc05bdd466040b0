import {
  type Completed,
  type CompletedOption,
  completedCommands,
  completedFamilies,
  type Filler,
  shellWord,
} from './completion.ts'
import { programOptions } from './usage-program.ts'

/** Completion for zsh, a file of its fpath: zshcompsys(1). */
export function renderZshCompletion(): string {
  const commands = completedCommands()
  const families = [...completedFamilies()]
  return [
    '#compdef refwarden',
    '# zsh completion for refwarden, made by: refwarden completion zsh',
    '_refwarden() {',
    '  local -a found',
    '  if (( CURRENT == 2 )); then',
    '    found=(',
    ...families.map(([name, members]) =>
      described(
        name,
        members[0] === undefined ? summaryOf(commands, name) : members.map(lastWord).join(', '),
      ),
    ),
    ...Object.entries(programOptions).map(([name, { what }]) => described(`--${name}`, what)),
    '    )',
    `    _describe 'command of refwarden' found`,
    '    return',
    '  fi',
    '  shift words; (( CURRENT-- ))',
    ...families.flatMap(([name, members]) => (members.length === 0 ? [] : family(name, members))),
    '  case "$words[1]" in',
    ...commands.filter(({ name }) => !name.includes(' ')).map(argumentsOf),
    '  esac',
    '}',
    // loaded from fpath it is the function itself, sourced it is defined
    `if [[ $funcstack[1] == _refwarden ]]; then _refwarden "$@"; else compdef _refwarden refwarden; fi`,
    '',
  ].join('\n')
}

function family(name: string, members: readonly Completed[]): readonly string[] {
  return [
    `  if [[ $words[1] == ${name} ]]; then`,
    '    if (( CURRENT == 2 )); then',
    '      found=(',
    ...members.map(member => described(lastWord(member), member.summary)),
    '      )',
    `      _describe 'command of refwarden ${name}' found`,
    '      return',
    '    fi',
    '    shift words; (( CURRENT-- ))',
    '    case "$words[1]" in',
    ...members.map(argumentsOf),
    '    esac',
    '    return',
    '  fi',
  ]
}

function argumentsOf(command: Completed): string {
  const last = command.words.at(-1)
  const specs = [
    ...command.options.map(option),
    ...command.words.map((word, index) =>
      shellWord(`${word === last && word.repeats ? '*' : index + 1}:${word.name}:${action(word)}`),
    ),
  ]
  return `    ${lastWord(command)}) _arguments : ${specs.join(' ')} ;;`
}

function option({ name, what, repeats, value }: CompletedOption): string {
  const about = `[${what.replace(/[[\]\\]/g, '\\$&')}]`
  const spec = value === null ? `--${name}${about}` : `--${name}=${about}:${value.name}:${action(value)}`
  return shellWord(repeats ? `*${spec}` : spec)
}

/** Nothing is offered for a free value. A blank would say so, and keep zsh from completing an option in its place. */
function action({ choices, paths }: Filler): string {
  if (choices.length > 0) return `(${choices.join(' ')})`
  if (paths === null) return '()'
  return paths === 'folders' ? '_directories' : '_files'
}

function described(name: string, what: string): string {
  return `      ${shellWord(`${name}:${what}`)}`
}

function lastWord({ name }: Completed): string {
  return name.slice(name.lastIndexOf(' ') + 1)
}

function summaryOf(commands: readonly Completed[], name: string): string {
  return commands.find(command => command.name === name)?.summary ?? ''
}
