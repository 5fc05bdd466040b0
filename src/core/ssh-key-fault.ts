import { Fault } from './fault.ts'
import { fitted, printable } from './printable.ts'

/** Where a key was written; lines count from 1. */
export type KeyPlace = { readonly file: string; readonly line: number }

/** A Fault in the form `file:line: what`. */
export function badLine({ file, line }: KeyPlace, what: string, remedy: string): Fault {
  return new Fault(`${printable(file)}:${line}: ${what}`, remedy)
}

/** A piece of a line for a message. */
export function quoted(text: string): string {
  return `'${fitted(text, 60)}'`
}
