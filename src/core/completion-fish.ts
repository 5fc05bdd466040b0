import { type Completed, completedCommands, completedFamilies, type Filler } from './completion.ts'
import { programOptions } from './usage-program.ts'

/** Completion for fish, a file of its completions folder. */
export function renderFishCompletion(): string {
  const commands = completedCommands()
  return [
    '# fish completion for refwarden, made by: refwarden completion fish',
    'function __refwarden_after # these words are typed, and nothing else',
    '    set -l typed (commandline -opc)',
    '    test "$typed[2..-1]" = "$argv"',
    'end',
    'function __refwarden_in # the line begins with these words',
    '    set -l typed (commandline -opc)',
    '    set -l last (math 1 + (count $argv))',
    '    test (count $typed) -ge $last',
    '    and test "$typed[2..$last]" = "$argv"',
    'end',
    'complete -c refwarden -f',
    ...[...completedFamilies()].map(([name, members]) =>
      offered('', name, members.length === 0 ? summaryOf(commands, name) : ''),
    ),
    ...Object.entries(programOptions).map(
      ([name, { what }]) => `${complete('__refwarden_after')} -l ${name} -d ${fishWord(what)}`,
    ),
    ...commands
      .filter(({ name }) => name.includes(' '))
      .map(({ name, summary }) => {
        const [first = '', second = ''] = name.split(' ')
        return offered(` ${first}`, second, summary)
      }),
    ...commands.flatMap(options),
    '',
  ].join('\n')
}

function offered(after: string, name: string, summary: string): string {
  const about = summary === '' ? '' : ` -d ${fishWord(summary)}`
  return `${complete(`__refwarden_after${after}`)} -a ${name}${about}`
}

function options({ name, options, words }: Completed): readonly string[] {
  const inside = complete(`__refwarden_in ${name}`)
  return [
    ...options.map(
      ({ name, what, value }) =>
        `${inside} -l ${name}${value === null ? '' : `${value.paths === 'files' ? ' -r' : ' -x'}${offers(value)}`} -d ${fishWord(what)}`,
    ),
    ...words.map(offers).flatMap(offer => (offer === '' ? [] : [`${inside}${offer}`])),
  ]
}

function complete(condition: string): string {
  return `complete -c refwarden -n '${condition}'`
}

function offers({ choices, paths }: Filler): string {
  if (choices.length > 0) return ` -a ${fishWord(choices.join(' '))}`
  if (paths === null) return ''
  return paths === 'folders' ? ` -a '(__fish_complete_directories)'` : ' -F'
}

function fishWord(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}

function summaryOf(commands: readonly Completed[], name: string): string {
  return commands.find(command => command.name === name)?.summary ?? ''
}
