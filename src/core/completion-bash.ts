import { type Completed, completedCommands, completedFamilies, type Filler, shellWord } from './completion.ts'
import { programOptions } from './usage-program.ts'

/** Completion for bash 4 or newer, to be sourced. */
export function renderBashCompletion(): string {
  const families = [...completedFamilies()].filter(([, members]) => members.length > 0)
  const first = [...completedFamilies().keys(), ...Object.keys(programOptions).map(name => `--${name}`)]
  return [
    '# bash completion for refwarden, made by: refwarden completion bash',
    '_refwarden_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word"); }',
    '_refwarden_paths() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen "$1" -- "$word"); }',
    '_refwarden() {',
    // bash takes --mode=all apart at the equals sign, COMP_WORDBREAKS in bash(1)
    `  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"`,
    `  if [[ $word == '=' ]]; then word=''`,
    `  elif [[ $before == '=' ]]; then before="\${COMP_WORDS[COMP_CWORD-2]}"; fi`,
    '  COMPREPLY=()',
    '  if ((COMP_CWORD == 1)); then',
    `    _refwarden_words ${shellWord(first.join(' '))}`,
    '    return',
    '  fi',
    ...families.flatMap(([name, members]) => [
      `  if ((COMP_CWORD == 2)) && [[ \${COMP_WORDS[1]} == ${name} ]]; then`,
      `    _refwarden_words ${shellWord(members.map(({ name }) => name.split(' ')[1]).join(' '))}`,
      '    return',
      '  fi',
    ]),
    `  case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in`,
    ...completedCommands().flatMap(command => ['    '.concat(pattern(command.name)), ...choices(command)]),
    '  esac',
    '}',
    'complete -F _refwarden refwarden',
    '',
  ].join('\n')
}

function pattern(name: string): string {
  return name.includes(' ') ? `${shellWord(name)})` : `${shellWord(`${name} `)}*)`
}

function choices({ options, words }: Completed): readonly string[] {
  const valued = options.flatMap(({ name, value }) => (value === null ? [] : [{ name, value }]))
  const names = options.map(({ name }) => `--${name}`).join(' ')
  const [word] = words.map(offer).filter(line => line !== ':')
  return [
    `      case "$before" in`,
    ...valued.map(({ name, value }) => `        --${name}) ${offer(value)} ;;`),
    '        *)',
    `          if [[ $word == -* ]]; then _refwarden_words ${shellWord(names)}`,
    `          else ${word ?? ':'}; fi`,
    '          ;;',
    '      esac',
    '      ;;',
  ]
}

function offer({ choices, paths }: Filler): string {
  if (choices.length > 0) return `_refwarden_words ${shellWord(choices.join(' '))}`
  if (paths === null) return ':'
  return `_refwarden_paths ${paths === 'folders' ? '-d' : '-f'}`
}
