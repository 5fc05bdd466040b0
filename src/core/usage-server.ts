import { config, type Option, type Usage } from './usage.ts'

const all = {
  value: 'DIR',
  repeats: true,
  what: 'every bare repository below this folder; links are not followed',
} as const satisfies Option

const dryRun = { what: 'change nothing, and say what would be done' } as const satisfies Option

/** What an admin does to the repositories of a server. */
export const serverUsage = {
  install: {
    summary: 'puts the hooks into bare repositories and proves that they refuse',
    about:
      'A hook that is there is kept and runs after refwarden has accepted. The absolute path of the configuration goes into the hooks. With --all, one repository of each set-up is tried by a push, and a table says what became of each; one that cannot have the hooks is named, and holds up no other.',
    words: ['[REPO…]'],
    options: { config, all, 'dry-run': dryRun },
    examples: [
      { line: 'refwarden install /srv/git/project.git', what: 'one repository' },
      { line: 'refwarden install --all /srv/git --dry-run', what: 'what would be done to all of them' },
    ],
  },
  uninstall: {
    summary: 'puts back the hooks that were there before',
    about: 'Byte for byte. What was changed since the installation is left alone, and named.',
    words: ['[REPO…]'],
    options: {
      config: { value: 'PATH', what: 'taken as by the other commands, and not read' },
      ...{ all, 'dry-run': dryRun },
    },
    examples: [
      { line: 'refwarden uninstall /srv/git/project.git', what: 'one repository' },
      { line: 'refwarden uninstall --all /srv/git', what: 'all of them' },
    ],
  },
  doctor: {
    summary: 'finds what lets a push through in silence, or holds up all of them',
    about:
      "Looks at the hooks, git's own settings, the configuration, the keys, the sync tags, the log and the clock of each repository, as the account that owns it where root looks. Changes nothing. Exit code 0: all is well; 1: warnings; 2: faults.",
    words: ['[REPO…]'],
    options: {
      all,
      config: { value: 'PATH', what: 'the configuration; what each hook reads unless given' },
      account: { value: 'UID', what: 'look as this account instead (root alone)' },
      json: { what: 'one JSON object a repository, then the counts' },
      nagios: {
        what: 'one line and the exit code of a Nagios plugin: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN',
      },
    },
    examples: [
      { line: 'refwarden doctor /srv/git/project.git', what: 'one repository' },
      { line: 'refwarden doctor --all /srv/git --nagios', what: 'all of them, for a monitoring system' },
    ],
  },
  metrics: {
    summary: "writes metrics for node_exporter's textfile collector",
    about:
      'From the decision logs of the repositories and from what doctor finds in them. Beside the file stands FILE.state, so that counters go on when a log is rotated; remove it, and counting begins anew.',
    words: ['[REPO…]'],
    options: {
      textfile: { value: 'FILE', what: 'the file to replace; its name must end in .prom for the collector' },
      all,
      log: { value: 'FILE', repeats: true, what: 'a decision log beside those of the repositories' },
      config: { value: 'PATH', what: 'the configuration; what each hook reads unless given' },
    },
    examples: [
      {
        line: 'refwarden metrics --all /srv/git --textfile /var/lib/prometheus/node-exporter/refwarden.prom',
        what: 'by a timer, each minute',
      },
    ],
  },
} as const satisfies Readonly<Record<string, Usage>>
