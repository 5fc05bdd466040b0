import { resolve } from 'node:path'

/** What src/main.ts hands to the flow of a command; nothing else asks the process. */
export type World = {
  /** Where a relative path begins. */
  readonly folder: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The program itself, absolute: the executable, or the script that a Node.js runs. */
  readonly program: string
  /** Whether somebody watches stderr. */
  readonly isTerminal: () => boolean
  /** Whether what `say` is given may be coloured: stdout is a terminal, and NO_COLOR is not set. */
  readonly colour: () => boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** All of stdin, or a Fault where it is longer than this many bytes. */
  input(limit: number): Uint8Array
  say(line: string): void
}

/** 3 is for Nagios alone: no answer. */
export type Exit = 0 | 1 | 2 | 3

/** The path of the configuration, absolute: it goes into stubs and log lines. */
export function configOf({ folder }: Pick<World, 'folder'>, given: string | undefined): string {
  return resolve(folder, given ?? '/etc/refwarden.ini')
}
