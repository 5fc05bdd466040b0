import {
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { attempted } from '../core/attempt.ts'
import { Fault } from '../core/fault.ts'
import type { KeyChange } from '../core/key-file.ts'
import { printable } from '../core/printable.ts'

/**
 * Makes one change of a key file, whole or not at all: a push sees the file as it was or as it is. Throws a Fault
 * where the file is no longer what the change was planned for. What is written has mode 0644.
 */
export function changeKeyFile({ path, before, after }: KeyChange): void {
  attempt(path, () => {
    if (before === null) {
      if (after !== null) writeNew(path, after, 0o644)
      return
    }
    // through a link: what it leads to is changed, and the link stays
    const real = realpathSync(path)
    staged(real, after ?? new Uint8Array(), 0o644, made => {
      if (!readFileSync(real).equals(before))
        throw new Fault(`${printable(path)}: it changed meanwhile`, 'try again')
      if (after !== null) return renameSync(made, real)
      unlinkSync(path)
      unlinkSync(made)
    })
    syncFolder(dirname(after === null ? path : real))
  })
}

/** Writes a file that must not be there yet, whole or not at all. Throws a Fault where it is. */
export function writeNewFile(path: string, bytes: Uint8Array, mode: number): void {
  attempt(path, () => writeNew(path, bytes, mode))
}

export function removeFile(path: string): void {
  attempt(path, () => {
    unlinkSync(path)
    syncFolder(dirname(path))
  })
}

/** Whether `path` leads to a folder; false too where there is nothing. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function writeNew(path: string, bytes: Uint8Array, mode: number): void {
  staged(path, bytes, mode, made => {
    linkSync(made, path) // fails where there is anything of this name; rename(2) would replace it
    unlinkSync(made)
  })
  syncFolder(dirname(path))
}

/**
 * Under a name that begins with a dot, which nobody reads as a key. The name is also a lock: of two who change a file
 * the second finds it there, and does not write over what the first has merged.
 */
function staged(path: string, bytes: Uint8Array, mode: number, put: (made: string) => void): void {
  const made = join(dirname(path), `.${basename(path)}.new`)
  const file = openNew(made, mode & 0o600)
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written)
    fchmodSync(file, mode)
    fsyncSync(file)
    put(made)
  } catch (error) {
    rmSync(made, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
}

function openNew(made: string, mode: number): number {
  try {
    return openSync(made, 'wx', mode)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new Fault(
      `${printable(made)}: somebody else changes this key just now`,
      'wait for that to end; if nobody does, remove this file',
    )
  }
}

function syncFolder(folder: string): void {
  const opened = openSync(folder, 'r')
  fsyncSync(opened)
  closeSync(opened)
}

/** A system call that fails is a Fault that names the path. */
function attempt<T>(path: string, action: () => T): T {
  return attempted(
    action,
    code => new Fault(`${printable(path)}: ${refusals[code] ?? code}`, remedies[code] ?? null),
  )
}

const refusals: Readonly<Record<string, string>> = {
  EEXIST: 'it is there already, and nothing is overwritten',
  EACCES: 'not yours to write',
  EPERM: 'not yours to write',
  EROFS: 'on a read-only mount',
  ENOENT: 'no such folder',
  ENOSPC: 'the disk is full',
}

const remedies: Readonly<Record<string, string>> = {
  EEXIST: 'name another, or move that one away',
  EACCES: 'run as root, or as its owner',
  EPERM: 'run as root, or as its owner',
  EROFS: 'change what is mounted there',
  ENOENT: 'make it first',
  ENOSPC: 'make room',
}
