/**
 * What has one place in the program, so that a rule can hold everywhere by holding there: one strict parse of each thing
 * that a pusher sends, one door to the terminal. docs/threats.md.
 */
type OnePlace = { readonly what: string; readonly pattern: RegExp; readonly in: readonly string[] }

const onePlaces: readonly OnePlace[] = [
  {
    what: 'takes commits apart',
    pattern: /\bparseCommit\s*\(/,
    in: ['src/core/commit.ts', 'src/inspect.ts', 'src/key-repository.ts'],
  },
  { what: 'takes tags apart', pattern: /\bparseTag\s*\(/, in: ['src/core/tag.ts', 'src/inspect.ts'] },
  {
    what: 'takes signatures apart',
    pattern: /\bparse(?:Signature|SignaturePackets|SshSignature)\s*\(/,
    in: ['src/core/signature.ts', 'src/core/ssh-signature.ts', 'src/facts.ts'],
  },
  {
    what: 'takes ref updates apart',
    pattern: /\bparseRefUpdates\s*\(/,
    in: ['src/core/ref-update.ts', 'src/commands/pre-receive.ts', 'src/commands/post-receive.ts'],
  },
  {
    what: 'writes to the terminal',
    pattern:
      /\bconsole\b|\bprocess\s*\??\.\s*(?:stdout|stderr)\b(?!\s*\.\s*isTTY\b)|\bwriteSync\s*\(\s*[012]\b/,
    in: ['src/edge/terminal.ts', 'src/edge/question.ts'],
  },
  {
    what: 'sends a signal',
    pattern: /\bprocess\s*\.\s*kill\b/,
    in: ['src/edge/git.ts', 'src/edge/log-command.ts', 'src/edge/termination.ts'],
  },
  { what: 'evaluates text', pattern: /\beval\b|\bFunction\s*\(|\bnew\s+Function\b/, in: [] },
]

/** Of node:, what the program needs; no network, no threads, no other way to run text. */
const modules: ReadonlySet<string> = new Set([
  'buffer',
  'child_process',
  'crypto',
  'fs',
  'os',
  'path',
  'readline',
  'stream',
  'timers/promises',
  'tty',
  'util',
  'zlib',
])

/** Where the code of the file `path` does what has its place elsewhere. */
export function misplaced(path: string, code: string): string[] {
  return onePlaces
    .filter(place => place.pattern.test(code) && !place.in.includes(path))
    .map(place => (place.in.length === 0 ? place.what : `${place.what}, as only ${place.in.join(', ')} may`))
}

export function isNeeded(nodeModule: string): boolean {
  return modules.has(nodeModule)
}
