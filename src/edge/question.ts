import { openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { ReadStream } from 'node:tty'
import { Fault } from '../core/fault.ts'
import { printable } from '../core/printable.ts'

/**
 * Asks whoever sits at the terminal, on stderr; yes is `y` or `yes`, all else is no. Never waits for who is not there:
 * a Fault that names `flag` where stderr is no terminal, or stdin is none. `inputIsTaken`: stdin holds something else,
 * and the answer comes from the terminal itself. The terminal stays as it is, so that ctrl-C ends the process.
 */
export async function confirm(question: string, flag: string, inputIsTaken = false): Promise<boolean> {
  const nobody = new Fault('nobody to ask: this is no terminal', `say ${flag}`)
  if (!process.stderr.isTTY || (!inputIsTaken && !process.stdin.isTTY)) throw nobody
  const input = inputIsTaken ? terminal() : process.stdin
  if (input === null) throw nobody
  writeSync(2, `${printable(question)} [y/N] `)
  const lines = createInterface({ input, terminal: false })
  try {
    for await (const line of lines) return /^\s*y(es)?\s*$/i.test(line)
    writeSync(2, '\n')
    return false
  } finally {
    lines.close()
    input.destroy()
  }
}

function terminal(): ReadStream | null {
  try {
    return new ReadStream(openSync('/dev/tty', 'r'))
  } catch {
    return null
  }
}
