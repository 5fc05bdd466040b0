import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { Fault } from '../core/fault.ts'

/**
 * Appends `line` in one write (O_APPEND), so that lines of pushes at the same time do not mix. Opens the file anew each
 * time: who rotates the log need tell nobody. A file that is not there yet is made with mode 0640, whatever the umask.
 * Throws a Fault where it cannot: a decision that leaves no trace is refused.
 */
export function appendLine(path: string, line: string): void {
  try {
    const file = openLog(path)
    try {
      const bytes = Buffer.from(endsInLine(file) ? line : `\n${line}`)
      const written = writeSync(file, bytes)
      if (written !== bytes.length) throw new Error('the disk is full')
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

const flags = constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK

function openLog(path: string): number {
  try {
    return openSync(path, flags)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  try {
    const file = openSync(path, flags | constants.O_CREAT | constants.O_EXCL, 0o640)
    fchmodSync(file, 0o640)
    return file
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return openSync(path, flags)
  }
}

/** False where a full disk cut the last line off: the next one must not be glued to it, and be lost with it. */
function endsInLine(file: number): boolean {
  const stats = fstatSync(file)
  if (!stats.isFile()) {
    // O_RDWR opens a pipe that nobody reads.
    if (stats.isFIFO()) throw new Error('a pipe cannot be the log; see `log-command`')
    return true
  }
  if (stats.size === 0) return true
  const last = Buffer.alloc(1)
  return readSync(file, last, 0, 1, stats.size - 1) === 0 || last[0] === 0x0a
}

/** Why `appendLine` would not find a log that it can write at `path`, or null. Writes nothing. */
export function whyUnwritable(path: string): string | null {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (stats === undefined) {
      accessSync(dirname(path), constants.W_OK | constants.X_OK)
      return null
    }
    if (stats.isSymbolicLink()) return 'a link, which is not followed'
    if (stats.isDirectory()) return 'a folder'
    if (stats.isFIFO()) return 'a pipe'
    accessSync(path, constants.R_OK | constants.W_OK)
    return null
  } catch (error) {
    return `cannot be written (${(error as NodeJS.ErrnoException).code})`
  }
}
