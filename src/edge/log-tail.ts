import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Fault } from '../core/fault.ts'
import type { LogPosition } from '../core/metrics-state.ts'

/**
 * Gives `take` the lines that have come since `known` (null: all), some at a time, and returns how far it has read; null
 * where there is no log. One that was renamed meanwhile (`LOG.1`) is read to its end first, and one that was cut off is
 * read anew. A line that has no end yet is left for the next time. Throws a Fault where it cannot be read.
 */
export function readNewLines(
  path: string,
  known: LogPosition | null,
  take: (lines: readonly string[]) => void,
): LogPosition | null {
  try {
    const rotated = known === null ? null : renamed(path, known.file)
    if (known !== null && rotated !== null && holds(rotated, known)) readFrom(rotated, known, take)
    return readFrom(path, known, take)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    throw error instanceof Fault ? error : new Fault(`${path}: cannot be read (${code})`, 'run it as root')
  }
}

/** Where the file is now that stood at `path`, or null: it still does, or is gone. */
function renamed(path: string, file: string): string | null {
  if (identityAt(path) === file) return null
  const siblings = readdirSync(dirname(path)).filter(
    name => name !== basename(path) && name.startsWith(basename(path)),
  )
  return siblings.map(name => join(dirname(path), name)).find(sibling => identityAt(sibling) === file) ?? null
}

/** An inode may be given to another file. */
function holds(path: string, { offset, mark }: LogPosition): boolean {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  try {
    return fstatSync(file).isFile() && markAt(file, offset) === mark
  } finally {
    closeSync(file)
  }
}

function identityAt(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats === undefined ? null : `${stats.dev}:${stats.ino}`
}

/** O_NONBLOCK: who names a pipe as the log holds nobody up. */
function readFrom(
  path: string,
  known: LogPosition | null,
  take: (lines: readonly string[]) => void,
): LogPosition {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  try {
    const stats = fstatSync(file)
    if (!stats.isFile()) throw new Fault(`${path}: not a file`, 'name the file of the decision log')
    const identity = `${stats.dev}:${stats.ino}`
    const isSame = known !== null && known.file === identity && markAt(file, known.offset) === known.mark
    let offset = isSame ? known.offset : 0
    const chunk = Buffer.alloc(chunkSize)
    for (;;) {
      const read = readSync(file, chunk, 0, chunkSize, offset)
      const end = chunk.subarray(0, read).lastIndexOf(0x0a) + 1
      if (end > 0)
        take(
          chunk
            .subarray(0, end - 1)
            .toString('utf8')
            .split('\n'),
        )
      // what is longer than a chunk is no line of ours
      offset += end > 0 ? end : read === chunkSize ? read : 0
      if (read < chunkSize) return { file: identity, offset, mark: markAt(file, offset) }
    }
  } finally {
    closeSync(file)
  }
}

/** Of the bytes before `offset`: the id of a decision is among them. */
function markAt(file: number, offset: number): string {
  const bytes = Buffer.alloc(Math.min(offset, 4096))
  const read = readSync(file, bytes, 0, bytes.length, offset - bytes.length)
  return createHash('sha256').update(bytes.subarray(0, read)).digest('hex')
}

const chunkSize = 1024 * 1024
