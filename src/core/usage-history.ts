import { config, type Usage } from './usage.ts'

/** What looks at history that is there, and what marks how far it is verified. */
export const historyUsage = {
  verify: {
    summary: 'judges history that is there',
    about:
      'Runs in any repository or clone. REV is judged with its whole history, down to a trust root or the sync tag; A..B is a range, TAG a tag object. Without a word it is HEAD. It names each commit that fails and the last revision before the first of them.',
    words: ['[REV|A..B|TAG]'],
    options: {
      config,
      keys: { value: 'PATH', repeats: true, what: 'trust these keys, and read no configuration' },
      'revoked-keys': { value: 'PATH', repeats: true, what: 'with --keys: what is revoked of them' },
      mode: { value: 'all|first-parent', what: 'which commits must be signed' },
      at: { value: 'now|signature', what: 'the time at which a key is judged; signature unless given' },
      json: { what: 'one JSON object a line, newest commit first, a summary last' },
    },
    examples: [
      { line: 'refwarden verify main', what: 'by the configuration' },
      { line: 'refwarden verify --keys keys/ v1.0..main', what: 'in a clone, without a configuration' },
    ],
  },
  trust: {
    summary: 'sets or repairs the sync tag of a branch, by your word',
    about:
      'What stands at REV is verified from then on, whoever signed it. Without REV it is where the branch stands. Needs sync-tag, signing-key and signing-keys.',
    words: ['BRANCH', '[REV]'],
    options: { config },
    examples: [{ line: 'refwarden trust main v1.0', what: 'take in what came before v1.0' }],
  },
  sync: {
    summary: 'lets a mirror follow upstream as far as it is verified',
    about:
      'Fetches, moves each protected branch and its sync tag to the last revision before the first commit that does not pass, and holds there.',
    words: [],
    options: {
      config,
      remote: { value: 'NAME', what: 'the remote to follow; origin unless given' },
      watch: { what: 'go on until SIGTERM' },
      interval: { value: 'TIME', what: 'how long to wait between two looks: seconds, or 30s, 5m, 1h' },
    },
    examples: [{ line: 'refwarden sync --watch --interval 5m', what: 'as a service' }],
  },
} as const satisfies Readonly<Record<string, Usage>>
