import type { Policy } from './core/policy.ts'
import { appendLine } from './edge/decision-log.ts'

/** Where decisions of one run are recorded. */
export type Decisions = {
  /** From now on as this policy says; before that, in `refwarden.jsonl` of the repository. */
  follow(policy: Pick<Policy, 'log' | 'logCommand'>): void
  /** Throws a Fault where the file, or the command after it, does not take the line. */
  record(line: string): Promise<void>
}

/** The decision log of a repository. A command that has failed is not asked again: the file takes the fault alone. */
export function decisionsOf(gitDir: string): Decisions {
  let path = `${gitDir}/refwarden.jsonl`
  let command: readonly string[] = []
  return {
    follow(policy) {
      path = policy.log ?? path
      command = policy.logCommand
    },
    async record(line) {
      appendLine(path, line)
      const asked = command
      if (asked.length === 0) return
      command = []
      const { runLogCommand } = await import('./edge/log-command.ts')
      await runLogCommand(asked, line)
      command = asked
    },
  }
}
