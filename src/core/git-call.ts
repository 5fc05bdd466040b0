import { Fault } from './fault.ts'

/** The words behind `git` of every call: settings that no repository can take back, then `args`. */
export function gitWords(args: readonly string[]): string[] {
  return [...settings, ...args]
}

const settings = [
  ...['-c', 'core.commitGraph=false', '-c', 'gc.auto=0', '-c', 'maintenance.auto=false'],
  ...['-c', 'advice.graftFileDeprecated=false'], // of GIT_GRAFT_FILE, which keeps grafts out
]

/** Objects by the names on stdin. */
export const catFile: readonly string[] = ['cat-file', '--batch', '--buffer']

export function gitFailure(args: readonly string[], words: string): Fault {
  return new Fault(
    `git ${args[0] ?? ''} failed: ${words.trim()}`,
    'run the same git command in the repository by hand',
  )
}
