import { type CommandName, commandGroups, commandTable } from './command-table.ts'
import { type Option, synopsis, type Usage } from './usage.ts'
import { programOptions } from './usage-program.ts'

/** Columns, as wide as a terminal at its narrowest. */
const width = 80

/** All commands, a line each. */
export function renderOverview(): string {
  const groups = commandGroups.map(({ title, commands }) => [
    `${title}:`,
    ...table(Object.entries(commands).map(([name, { summary }]) => [`refwarden ${name}`, summary])),
    '',
  ])
  return [
    'usage: refwarden COMMAND [OPTION…] [WORD…]',
    '',
    ...groups.flat(),
    ...table(Object.entries(programOptions).map(([name, { what }]) => [`--${name}`, what])),
    '',
    'exit code: 0 accepted, 1 rejected, 2 fault',
    '',
  ].join('\n')
}

/** How each of these commands is typed: one, or those with a first word in common. */
export function renderHelp(names: readonly CommandName[]): string {
  const [name, ...others] = names
  if (name !== undefined && others.length === 0) return renderCommand(name, commandTable[name])
  return [
    ...names.map(
      (each, index) => `${index === 0 ? 'usage:' : '   or:'} refwarden ${synopsis(each, commandTable[each])}`,
    ),
    '',
    ...table(names.map(each => [`refwarden ${each}`, commandTable[each].summary])),
    '',
  ].join('\n')
}

function renderCommand(name: CommandName, usage: Usage): string {
  const options = Object.entries(usage.options).map(([option, value]) => optionRow(option, value))
  return [
    `usage: refwarden ${synopsis(name, usage)}`,
    '',
    ...wrapped(`${usage.summary.charAt(0).toUpperCase()}${usage.summary.slice(1)}. ${usage.about}`, width),
    ...(options.length === 0 ? [] : ['', ...table(options)]),
    '',
    usage.examples.length === 1 ? 'example:' : 'examples:',
    ...usage.examples.flatMap(({ line, what }) => [`  ${line}`, `      ${what}`]),
    '',
  ].join('\n')
}

function optionRow(name: string, { value, what, repeats }: Option): readonly [string, string] {
  return [
    value === undefined ? `--${name}` : `--${name} ${value}`,
    repeats === true ? `${what}; may be repeated` : what,
  ]
}

/** Two columns, the second one wrapped. */
function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  const left = Math.max(...rows.map(([name]) => name.length)) + 2
  return rows.flatMap(([name, what]) =>
    wrapped(what, width - left - 2).map(
      (line, index) => `  ${(index === 0 ? name : '').padEnd(left)}${line}`,
    ),
  )
}

function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
