import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { attempted } from '../core/attempt.ts'
import { Fault } from '../core/fault.ts'
import type { KeyFile } from '../core/keyring.ts'
import { parseOid } from '../core/oid.ts'
import { printable } from '../core/printable.ts'

/** Which version of the keys the link leads to; null where there is no link. A Fault where anything else is in its place. */
export function linkedVersion(link: string): string | null {
  return attempt(link, () => {
    const stats = lstatSync(link, { throwIfNoEntry: false })
    if (stats === undefined) return null
    const target = stats.isSymbolicLink() ? readlinkSync(link) : ''
    const [, version = ''] = new RegExp(`^${escaped(storeName(link))}/([0-9a-f]+)$`).exec(target) ?? []
    if (parseOid(version) !== null) return version
    throw new Fault(
      `${printable(link)}: not a link that keys sync has made`,
      'move it away, or name another: --to',
    )
  })
}

/**
 * Writes the files into a folder of their own and lets the link lead there, in one rename: a push sees the old keys or
 * the new ones. The version before is kept, older ones are removed. Files have mode 0644.
 */
export function switchVersion(link: string, version: string, files: readonly KeyFile[]): void {
  const former = linkedVersion(link)
  attempt(link, () => {
    const store = join(dirname(link), storeName(link))
    mkdirSync(store, { recursive: true, mode: 0o755 })
    const made = join(store, `.${version}.${randomBytes(6).toString('hex')}`)
    mkdirSync(made, { mode: 0o755 })
    for (const { path, bytes } of files) writeFile(join(made, path), bytes)
    syncFolder(made)
    rmSync(join(store, version), { recursive: true, force: true })
    renameSync(made, join(store, version))
    syncFolder(store)
    const staged = join(dirname(link), `.${basename(link)}.${randomBytes(6).toString('hex')}`)
    symlinkSync(join(storeName(link), version), staged)
    renameSync(staged, link)
    syncFolder(dirname(link))
    for (const name of readdirSync(store))
      if (name !== version && name !== former) rmSync(join(store, name), { recursive: true, force: true })
  })
}

/** Whether a folder is the link of a sync, whose keys are not changed by hand. */
export function isSynced(folder: string): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false })
  return stats?.isSymbolicLink() === true && readlinkSync(folder).startsWith(`${storeName(folder)}/`)
}

function storeName(link: string): string {
  return `${basename(link)}.versions`
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

function writeFile(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'wx', 0o644)
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written)
    fchmodSync(file, 0o644)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function syncFolder(folder: string): void {
  const opened = openSync(folder, 'r')
  fsyncSync(opened)
  closeSync(opened)
}

/** A system call that fails is a Fault that names the link. */
function attempt<T>(link: string, action: () => T): T {
  return attempted(
    action,
    code =>
      new Fault(
        `${printable(link)}: the keys cannot be put there (${code})`,
        'run as the owner of its folder',
      ),
  )
}
