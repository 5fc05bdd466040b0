import { config, type Option, type Usage } from './usage.ts'

const keys = {
  value: 'PATH',
  repeats: true,
  what: 'files and folders of keys; no configuration is read then',
} as const satisfies Option

const repo = { value: 'REPO', what: 'with the refwarden.ini of this repository' } as const satisfies Option

const yes = { what: 'do not ask' } as const satisfies Option

/** What an admin does with the keys of those who are trusted, and with the server's own. */
export const keyUsage = {
  'keys list': {
    summary: 'shows who is trusted, until when, and by which file',
    about:
      'Each set of keys that the configuration names. Keys that cannot sign, or only for 30 days more, have a ! before them, and on a terminal a colour, unless NO_COLOR is set.',
    words: [],
    options: { config, repo, keys, json: { what: 'one JSON object a line for each key' } },
    examples: [{ line: 'refwarden keys list', what: 'by /etc/refwarden.ini' }],
  },
  'keys show': {
    summary: 'shows all that is known of a key',
    about: 'KEY is a fingerprint, a 16-digit long id, of a subkey too, or text of a user id.',
    words: ['KEY'],
    options: { config, repo, keys, json: { what: 'as JSON, as keys list' } },
    examples: [{ line: 'refwarden keys show alice@example.org', what: 'by her address' }],
  },
  'keys check': {
    summary: 'says what a push would say of the keys',
    about:
      'Exit code 2 where a push would find a fault, 1 where somebody cannot sign or has 30 days left, else 0. That a key is revoked is no warning.',
    words: [],
    options: { config, repo, keys, json: { what: 'one JSON object a line for each set of keys' } },
    examples: [{ line: 'refwarden keys check --keys keys/', what: 'in a clone of the key repository' }],
  },
  'keys add': {
    summary: 'trusts the keys in a file, after showing them',
    about:
      'A key that is there already is merged with what is new, in the file that holds it; another one gets a file of its own. FILE may hold a revocation alone. From stdin where it is -.',
    words: ['FILE|-'],
    options: {
      config,
      repo,
      keys,
      to: { value: 'PATH', what: 'the folder, or a ref such as refs/heads/main, where there are several' },
      yes,
    },
    examples: [
      { line: 'refwarden keys add alice.asc', what: 'shows the fingerprint and asks' },
      { line: 'gpg --export alice@example.org | refwarden keys add --yes -', what: 'in a script' },
    ],
  },
  'keys remove': {
    summary: 'trusts a key no more',
    about:
      'Takes it out of every file that holds it. Refused where nobody could sign then. A key that leaked is better revoked: see docs/keys.md.',
    words: ['KEY'],
    options: { config, repo, keys, yes, force: { what: 'even where nobody could sign then' } },
    examples: [{ line: 'refwarden keys remove alice@example.org', what: 'shows the key and asks' }],
  },
  'keys generate': {
    summary: 'makes a key with which the server signs sync tags',
    about:
      'FILE, /etc/refwarden/signing.key unless given, gets the secret half without a passphrase, mode 0400; the public half stands beside it and ends in .asc. Nothing is overwritten.',
    words: ['[FILE]'],
    options: { name: { value: 'TEXT', what: 'the user id; refwarden on HOST unless given' } },
    examples: [
      { line: 'refwarden keys generate /etc/refwarden/signing.key', what: 'then into the configuration' },
    ],
  },
  'keys used-by': {
    summary: 'lists what a key has signed of all that is on protected refs',
    about:
      'For the day on which a key leaks. Asks the history of the repository around, side branches too, not the log. KEY is as for keys show; a primary key stands for its subkeys. One that was removed is named by --keys FILE, and then every branch and tag counts.',
    words: ['KEY'],
    options: {
      config,
      keys,
      since: {
        value: 'DATE',
        what: 'without what the log says was accepted before: 2026-11-20, or an instant',
      },
      json: { what: 'one JSON object a line, a summary last' },
    },
    examples: [{ line: 'refwarden keys used-by alice@example.org', what: 'in the repository' }],
  },
  'keys sync': {
    summary: 'takes over the keys of a repository whose tip an admin signed',
    about:
      'Fetches in REPO, a clone; checks the tip, that it comes after the last one, and the keys as a push would; then lets the link at --to lead to them, in one step. Whatever is wrong leaves the keys as they are.',
    words: ['REPO'],
    options: {
      to: { value: 'LINK', what: 'the path that keys names; a link that only this command makes' },
      'admin-keys': { value: 'PATH', repeats: true, what: 'who may sign the tip' },
      branch: { value: 'NAME', what: 'the branch with the keys; main unless given' },
      folder: { value: 'PATH', what: 'where in the tree they are; its root unless given' },
      remote: { value: 'NAME', what: 'what to fetch from; origin, or nothing where there is none' },
    },
    examples: [
      {
        line: 'refwarden keys sync /var/lib/refwarden/keys.git --to /etc/refwarden/keys --admin-keys /etc/refwarden/admins',
        what: 'by a timer',
      },
    ],
  },
} as const satisfies Readonly<Record<string, Usage>>
