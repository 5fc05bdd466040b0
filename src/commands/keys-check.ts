import { Fault } from '../core/fault.ts'
import {
  checkKeySet,
  exitOf,
  faultyKeySet,
  type KeyCheck,
  renderKeyChecks,
  renderKeyChecksJson,
} from '../core/key-check.ts'
import { fillKeySet, findKeySets, type KeyPlace } from '../key-sets.ts'

export type CheckOptions = KeyPlace & {
  readonly json: boolean
  /** Seconds since 1970. */
  readonly now: number
}

/** What a push would say of the keys. Returns the exit code: 2 a fault, 1 a warning, 0 neither. */
export async function checkKeys(options: CheckOptions, out: (line: string) => void): Promise<0 | 1 | 2> {
  const { json, now } = options
  const { sets, policy } = findKeySets(options)
  const checks: KeyCheck[] = []
  for (const set of sets) {
    try {
      checks.push(checkKeySet(await fillKeySet(set, policy, now), now))
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      checks.push(faultyKeySet(set, error))
    }
  }
  for (const line of json ? renderKeyChecksJson(checks) : renderKeyChecks(checks)) out(line)
  return exitOf(checks)
}
