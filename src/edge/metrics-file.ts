import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Fault } from '../core/fault.ts'

/** The text of a file, or null where there is none that can be read. */
export function readKept(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** Replaces a file by a whole one: who reads it meanwhile gets the old or the new. Throws a Fault where it cannot. */
export function replaceFile(path: string, text: string): void {
  // not *.prom: the collector takes whatever is called so
  const staged = join(dirname(path), `.${basename(path)}.${process.pid}.new`)
  try {
    writeFileSync(staged, text, { mode: 0o644, flag: 'wx' })
    renameSync(staged, path)
  } catch (error) {
    rmSync(staged, { force: true })
    throw new Fault(
      `${path}: cannot be written (${(error as NodeJS.ErrnoException).code})`,
      "name a file in the folder of node_exporter's textfile collector",
    )
  }
}
