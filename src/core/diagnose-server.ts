import type { Finding } from './finding.ts'

/** What was seen of the machine around a repository. Seconds since 1970. */
export type ServerFacts = {
  readonly now: number
  /** When the last change went into this program; null: not known. */
  readonly built: number | null
  readonly log: string
  /** Why the log cannot be written, or null. */
  readonly logTrouble: string | null
  /** The program of `log-command` where it cannot be executed, or null. */
  readonly lostLogCommand: string | null
  /** Who could change the program that the hook starts, or null. */
  readonly binaryTrouble: string | null
  /** Where another account than the owner of the repository looks: both. */
  readonly account: { readonly owner: number; readonly looking: number } | null
}

export function diagnoseServer(facts: ServerFacts): readonly Finding[] {
  const { now, built, log, logTrouble, lostLogCommand, binaryTrouble, account } = facts
  const findings: Finding[] = []
  if (built !== null && now < built)
    findings.push({
      code: 'clock-behind',
      what: `the clock says ${dayOf(now)}, this program is from ${dayOf(built)}: keys that have expired may pass`,
      remedy: 'set the clock (NTP)',
    })
  if (logTrouble !== null)
    findings.push({
      code: 'log-unwritable',
      what: `${log}: ${logTrouble}: every push is refused`,
      remedy: 'mend the path in `log`, or let the account that runs git write there',
    })
  if (lostLogCommand !== null)
    findings.push({
      code: 'log-command-missing',
      what: `log-command: ${lostLogCommand}: not there, or not executable: every push is refused`,
      remedy: 'install it, or take `log-command` out',
    })
  if (binaryTrouble !== null)
    findings.push({
      code: 'others-write',
      what: `${binaryTrouble}: whoever can change the program decides everything`,
      remedy: 'let root alone own and write it, and the folders above it',
    })
  if (account !== null)
    findings.push({
      code: 'other-account',
      what: `looked at as uid ${account.looking}; the repository belongs to uid ${account.owner}, who may see other things`,
      remedy: `look as its owner, or as root: sudo -u '#${account.owner}' refwarden doctor`,
    })
  return findings
}

function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}
