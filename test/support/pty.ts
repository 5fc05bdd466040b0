import { constants } from 'node:os'
import { screenOf } from './screen.ts'

export type TerminalOptions = {
  readonly columns?: number
  readonly rows?: number
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Typed once the output so far matches: `{ after: /password/, type: '\x03' }`. In order. */
  readonly keys?: readonly { readonly after: RegExp; readonly type: string }[]
}

export type TerminalRun = {
  /** 128 and the signal's number for a program that a signal ended. */
  readonly exit: number
  /** What stands on the screen at the end, all lines that went by included, without colours. */
  readonly screen: readonly string[]
  /** The bytes as they came. */
  readonly raw: string
}

type NodePty = typeof import('node-pty')

/** Why no terminal can be had here (node-pty is optional: it is compiled on installation), or null. */
export const ptyMissing: string | null = await load().then(
  () => null,
  error =>
    `node-pty is not installed (it needs python3, make and g++): ${String(error.message).split('\n', 1)[0]}`,
)

/** Runs a program in a terminal of 80 columns and returns what is on the screen in the end. */
export async function inTerminal(
  program: string,
  args: readonly string[],
  { columns = 80, rows = 200, cwd = process.cwd(), env = {}, keys = [] }: TerminalOptions = {},
): Promise<TerminalRun> {
  const { spawn } = await load()
  return new Promise(resolve => {
    const terminal = spawn(program, [...args], {
      name: 'xterm-256color',
      cols: columns,
      rows,
      cwd,
      env: { ...process.env, TERM: 'xterm-256color', NO_COLOR: undefined, ...env },
    })
    const waiting = [...keys]
    let raw = ''
    terminal.onData(data => {
      raw += data
      while (waiting[0]?.after.test(raw)) terminal.write(waiting.shift()?.type ?? '')
    })
    terminal.onExit(({ exitCode, signal }) => {
      const exit = signal !== undefined && signal > 0 ? 128 + signal : exitCode
      resolve({ exit, raw, screen: screenOf(raw, columns) })
    })
  })
}

/** The number that `exit` has for a program ended by this signal. */
export function exitBy(signal: keyof typeof constants.signals): number {
  return 128 + constants.signals[signal]
}

function load(): Promise<NodePty> {
  return import('node-pty')
}
