import { commandGroups } from './command-table.ts'
import { type Option, synopsis, type Usage } from './usage.ts'
import { programOptions } from './usage-program.ts'

/** The page refwarden(1) in man(7). */
export function renderManual(version: string): string {
  const lines = [
    `.TH REFWARDEN 1 "" ${quoted(`refwarden ${version}`)} "User Commands"`,
    '.SH NAME',
    'refwarden \\- lets nothing reach a protected branch unless a trusted key signed it',
    '.SH SYNOPSIS',
    '.B refwarden',
    '.I COMMAND',
    text('[OPTION…] [WORD…]'),
    '.SH DESCRIPTION',
    text(
      'A pre-receive hook for bare git repositories that judges each pushed commit by a folder of public keys, before any ref moves, and the commands around it. Whatever is unclear, broken, missing or too large refuses the push.',
    ),
    ...commandGroups.flatMap(({ title, commands }) => [
      `.SH ${quoted(title.toUpperCase())}`,
      ...Object.entries(commands).flatMap(([name, usage]) => command(name, usage)),
    ]),
    '.SH OPTIONS',
    ...Object.entries(programOptions).flatMap(([name, option]) => tagged(name, option)),
    '.SH EXIT STATUS',
    ...statuses.flatMap(([code, what]) => ['.TP', `.B ${code}`, text(what)]),
    '.SH FILES',
    ...files.flatMap(([path, what]) => ['.TP', `.I ${text(path)}`, text(what)]),
    '.SH SEE ALSO',
    text('git(1), githooks(5), git-receive-pack(1), gpg(1)'),
  ]
  return `${lines.join('\n')}\n`
}

const statuses = [
  ['0', 'accepted'],
  ['1', 'rejected: what was pushed, or what is there, does not pass'],
  ['2', 'fault: the machine or the set-up is wrong; a push is refused'],
] as const

const files = [
  ['/etc/refwarden.ini', 'the configuration, unless --config names another'],
  ['REPO/refwarden.ini', 'overrides it in one bare repository, setting by setting'],
  ['/etc/refwarden/keys', 'the public keys of those who are trusted, as the example has it'],
  [
    'REPO/refwarden.jsonl',
    'the decisions, one JSON line a push, unless the configuration names another file',
  ],
] as const

function command(name: string, usage: Usage): readonly string[] {
  return [
    `.SS ${quoted(`refwarden ${synopsis(name, usage)}`)}`,
    text(`${usage.summary.charAt(0).toUpperCase()}${usage.summary.slice(1)}. ${usage.about}`),
    ...Object.entries(usage.options).flatMap(([option, value]) => tagged(option, value)),
    ...usage.examples.flatMap(({ line, what }) => [
      '.PP',
      text(`Example, ${what}:`),
      '.PP',
      '.RS 4',
      '.nf',
      text(line),
      '.fi',
      '.RE',
    ]),
  ]
}

function tagged(name: string, { value, what, repeats }: Option): readonly string[] {
  return [
    '.TP',
    value === undefined ? `.B ${text(`--${name}`)}` : `.BI ${text(`--${name}`)} ${quoted(` ${value}`)}`,
    text(`${what}${repeats === true ? '; may be repeated' : ''}.`),
  ]
}

function quoted(words: string): string {
  return `"${text(words).replace(/"/g, '\\(dq')}"`
}

/** As it stands, whatever roff would read in it: groff(7), "Escape sequences"; man(7), "Safe subset". */
function text(words: string): string {
  return words
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/'/g, '\\(aq')
    .replace(/~/g, '\\(ti')
    .replace(/\u2026/g, '...')
    .replace(/^\./, '\\&.')
}
