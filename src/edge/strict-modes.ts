import { accessSync, constants, lstatSync, readFileSync, readlinkSync, type Stats, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Fault } from '../core/fault.ts'
import { mountIsReadOnly } from '../core/mounts.ts'

/**
 * Throws a Fault where anybody but root and the user of this process could change what `path` leads to: the file or
 * folder itself, each folder above it, each symbolic link on the way and what is above those (sshd_config(5),
 * StrictModes). Passes: what is on a read-only mount; a folder above with the sticky bit, as /tmp; and, for root, who
 * serves the repositories of other users, whatever owner. Folders in `seen` are not looked at again, and those that
 * pass are added: one set for one reading of many files.
 */
export function assertOnlyOwnerWrites(path: string, seen: Set<string> = new Set()): void {
  const rest = ['/', ...resolve(path).split('/').filter(isName)]
  let links = 0
  let at = '/'
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    const next = name === '..' ? dirname(at) : resolve(at, name)
    if (!seen.has(next)) {
      const stats = look(next, entry => lstatSync(entry))
      if (stats.isSymbolicLink()) {
        links += 1
        if (links > 40) throw new Fault(`${path}: too many symbolic links`, 'remove the loop')
        refuseOwner(next, stats, at)
        const target = look(next, link => readlinkSync(link))
        rest.unshift(...(target.startsWith('/') ? ['/'] : []), ...target.split('/').filter(isName))
        continue
      }
      refuseOwner(next, stats, next)
      refuseMode(next, stats, rest.length > 0)
      if (stats.isDirectory() && (stats.mode & sticky) === 0) seen.add(next)
    }
    at = next
  }
}

/** S_IWGRP and S_IWOTH. */
const othersWrite = 0o022
const sticky = 0o1000

function isName(name: string): boolean {
  return name !== '' && name !== '.'
}

/** The sticky bit keeps others from replacing an entry, not from adding one: it excuses a folder above alone. */
function refuseMode(path: string, stats: Stats, above: boolean): void {
  if ((stats.mode & othersWrite) === 0) return
  if (above && stats.isDirectory() && (stats.mode & sticky) !== 0) return
  if (isReadOnly(path)) return
  throw new Fault(`${path}: others may write it`, `chmod go-w ${shellWord(path)}, or set strict-modes = no`)
}

/** An owner may write whatever the mode says. Who has `/` has all: not always root, in a user namespace. */
function refuseOwner(path: string, { uid }: Stats, folder: string): void {
  const user = process.geteuid?.()
  if (user === undefined || user === 0 || uid === 0 || uid === user) return
  if (uid === look('/', root => lstatSync(root)).uid || isReadOnly(folder)) return
  throw new Fault(
    `${path}: it belongs to another user (uid ${uid})`,
    `chown -h root ${shellWord(path)}, or set strict-modes = no`,
  )
}

/** access(2) says EROFS only to whom the mode would let write; others ask the table of mounts. */
function isReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return false
  } catch (error) {
    const code = codeOf(error)
    return code === 'EROFS' || (code === 'EACCES' && mountIsReadOnly(mountTable(), path))
  }
}

function mountTable(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8')
  } catch {
    return ''
  }
}

function look<Seen>(path: string, by: (path: string) => Seen): Seen {
  try {
    return by(path)
  } catch (error) {
    throw new Fault(
      `${path}: who may write it cannot be told (${codeOf(error)})`,
      'see that it exists, and that the user who runs git may read it',
    )
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no error code'
}

function shellWord(text: string): string {
  return /^[\w./+:@%-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** The same for a secret key, and a Fault too where others may read it: mode 0400 or 0600. */
export function assertOnlyOwnerReads(path: string): void {
  assertOnlyOwnerWrites(path)
  const stats = look(path, entry => statSync(entry))
  if (stats.isDirectory() || (stats.mode & 0o077) === 0) return
  throw new Fault(`${path}: others may read this secret key`, `chmod 0400 ${shellWord(path)}`)
}
