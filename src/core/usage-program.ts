import type { Option, Usage } from './usage.ts'

/** What the program says about itself. */
export const programUsage = {
  help: {
    summary: 'shows how a command is typed',
    about: 'The same as --help behind the command. Without a command: all of them.',
    words: ['[COMMAND…]'],
    options: {},
    examples: [{ line: 'refwarden help verify', what: 'the options of verify' }],
  },
  man: {
    summary: 'prints the page of the manual',
    about: 'In the language of man(7).',
    words: [],
    options: {},
    examples: [
      { line: 'refwarden man | man -l -', what: 'read it' },
      { line: 'refwarden man > /usr/local/share/man/man1/refwarden.1', what: 'install it' },
    ],
  },
  completion: {
    summary: 'prints the completion for a shell',
    about: 'Commands, options and the words that an option takes.',
    words: ['bash|zsh|fish'],
    options: {},
    examples: [
      {
        line: 'refwarden completion bash > /etc/bash_completion.d/refwarden',
        what: 'for everybody, in bash',
      },
      {
        line: 'refwarden completion zsh > /usr/local/share/zsh/site-functions/_refwarden',
        what: 'for everybody, in zsh',
      },
      {
        line: 'refwarden completion fish > ~/.config/fish/completions/refwarden.fish',
        what: 'for yourself, in fish',
      },
    ],
  },
} as const satisfies Readonly<Record<string, Usage>>

/** Without a command. */
export const programOptions = {
  help: { what: 'how a command is typed; behind a command, its own options' },
  version: { what: 'the version, the commit it was built from, and its Node.js' },
} as const satisfies Readonly<Record<string, Option>>
