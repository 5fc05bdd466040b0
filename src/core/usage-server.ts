import { config, type Usage } from './usage.ts'

/** What an admin does to the repositories of a server. */
export const serverUsage = {
  install: {
    summary: 'puts the hooks into bare repositories and proves that they refuse',
    about:
      'A hook that is there is kept and runs after refwarden has accepted. The absolute path of the configuration goes into the hooks.',
    words: ['REPO…'],
    options: { config },
    examples: [{ line: 'refwarden install /srv/git/project.git', what: 'one repository' }],
  },
  uninstall: {
    summary: 'puts back the hooks that were there before',
    about: 'Byte for byte. What was changed since the installation is left alone, and named.',
    words: ['REPO…'],
    options: { config: { value: 'PATH', what: 'taken as by the other commands, and not read' } },
    examples: [{ line: 'refwarden uninstall /srv/git/project.git', what: 'one repository' }],
  },
} as const satisfies Readonly<Record<string, Usage>>
