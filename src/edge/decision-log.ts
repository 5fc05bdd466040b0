import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { Fault } from '../core/fault.ts'

/**
 * Appends one JSON line in one write (O_APPEND), so that lines of pushes at the same time do not mix. Throws a Fault
 * where it cannot: a decision that leaves no trace is refused.
 */
export function appendDecision(path: string, decision: Readonly<Record<string, unknown>>): void {
  const line = Buffer.from(`${JSON.stringify(decision)}\n`)
  try {
    const flags =
      constants.O_WRONLY |
      constants.O_APPEND |
      constants.O_CREAT |
      constants.O_NOFOLLOW |
      constants.O_NONBLOCK
    const file = openSync(path, flags, 0o640)
    try {
      const written = writeSync(file, line)
      if (written !== line.length) throw new Error('the disk is full')
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw new Fault(
      `${path}: the decision cannot be logged: ${(error as Error).message}`,
      'make room, or mend the path in `log`',
    )
  }
}
