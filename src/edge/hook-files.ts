import {
  accessSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import postReceive from '../../hooks/post-receive'
import preReceive from '../../hooks/pre-receive'
import { attempted } from '../core/attempt.ts'
import { Fault } from '../core/fault.ts'
import { type FoundHook, type HookName, stubVersion } from '../core/installation.ts'

/** The stubs as they stand in `hooks/` of the source, with `@NAMES@` for what an installation fills in. */
export const stubTemplates: Readonly<Record<HookName, string>> = {
  'pre-receive': preReceive,
  'post-receive': postReceive,
}

/** The git directory, links resolved, of the repository at `path`. Throws a Fault where there is none. */
export function findGitDir(path: string): string {
  const inside = resolve(path, '.git')
  const kind = kindOf(inside)
  if (kind === 'file')
    throw new Fault(
      `${path}: a linked worktree or submodule`,
      'name the repository that it belongs to, where the pushes arrive',
    )
  const gitDir = kind === 'folder' ? inside : resolve(path)
  const complete = ['HEAD', 'objects', 'refs'].every(name => existsSync(join(gitDir, name)))
  if (!complete) throw new Fault(`${path}: not a git repository`, 'name a bare repository, such as main.git')
  return attempt(gitDir, () => realpathSync(gitDir))
}

/** What stands at `path`. A link counts as what it leads to. */
export function readHook(path: string): FoundHook {
  return attempt(path, () => {
    const seen = lstatSync(path, { throwIfNoEntry: false })
    if (seen === undefined) return { kind: 'nothing' }
    const target = seen.isSymbolicLink() ? readlinkSync(path) : null
    const file = statSync(path, { throwIfNoEntry: false })
    if (target === null && !seen.isFile()) return { kind: 'obstacle' }
    if (file?.isFile() !== true) return { kind: 'foreign', target, executable: false }
    const text = file.size < 100_000 ? readFileSync(path, 'utf8') : ''
    if (stubVersion(text) !== null) return { kind: 'stub', target, text }
    return { kind: 'foreign', target, executable: (file.mode & 0o111) !== 0 }
  })
}

/** The text of the hook at `path` where git would run it and it is not refwarden's, or null. */
export function readForeignHook(path: string): string | null {
  const found = readHook(path)
  return found.kind === 'foreign' && found.executable ? attempt(path, () => readFileSync(path, 'utf8')) : null
}

/** Whether two paths are two names of one file, links not followed. */
export function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map(path => lstatSync(path, { throwIfNoEntry: false }))
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev
}

/**
 * Gives the hook at `path` a second name, so that there is a hook at every instant until the stub is renamed over the
 * first. Where links cannot be made (fs.protected_hardlinks, the file system) it is renamed. Both keep all of it.
 */
export function keepHook(path: string, kept: string): void {
  attempt(path, () => {
    try {
      linkSync(path, kept)
    } catch (error) {
      if (existsSync(kept)) throw error
      renameSync(path, kept)
    }
    syncFolder(dirname(path))
  })
}

/** Writes an executable whole or not at all, owned as the folder it is in. Makes that folder where it is missing. */
export function writeHook(path: string, text: string): void {
  attempt(path, () => {
    const folder = dirname(path)
    makeFolder(folder)
    const staged = join(folder, `.${basename(path)}.${process.pid}.new`)
    const file = openSync(staged, 'wx', 0o755)
    try {
      writeSync(file, text)
      fchmodSync(file, 0o755)
      const { uid, gid } = statSync(folder)
      if (process.getuid?.() === 0) fchownSync(file, uid, gid)
      fsyncSync(file)
      renameSync(staged, path)
    } catch (error) {
      unlinkSync(staged)
      throw error
    } finally {
      closeSync(file)
    }
    syncFolder(folder)
  })
}

/** Puts a kept hook back over the stub. */
export function restoreHook(kept: string, path: string): void {
  attempt(kept, () => {
    renameSync(kept, path)
    syncFolder(dirname(path))
  })
}

export function removeHook(path: string): void {
  attempt(path, () => {
    unlinkSync(path)
    syncFolder(dirname(path))
  })
}

/** Whether git would run `path`: false on a file system mounted noexec too. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

export function isPresent(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

export function isFolder(path: string): boolean {
  return kindOf(path) === 'folder'
}

/**
 * Whether the settings of the repository itself may say where its hooks are. git-config(1): names are written as they are,
 * in any case. False for a file without one of these words in it.
 */
export function mayMoveHooks(gitDir: string): boolean {
  try {
    return /hookspath|include|worktreeconfig/i.test(readFileSync(`${gitDir}/config`, 'latin1'))
  } catch {
    return true
  }
}

/** `path` with the links in what exists of it resolved. */
export function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(realPath(dirname(path)), basename(path))
}

function kindOf(path: string): 'file' | 'folder' | null {
  try {
    const seen = statSync(path)
    return seen.isDirectory() ? 'folder' : seen.isFile() ? 'file' : null
  } catch {
    return null
  }
}

function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder, 0o755)
  const { uid, gid } = statSync(dirname(folder))
  if (process.getuid?.() === 0) chownSync(folder, uid, gid)
}

function syncFolder(folder: string): void {
  const opened = openSync(folder, 'r')
  fsyncSync(opened)
  closeSync(opened)
}

/** A system call that fails is a Fault that names the path. */
function attempt<T>(path: string, action: () => T): T {
  return attempted(action, code => {
    const denied = code === 'EACCES' || code === 'EPERM'
    return new Fault(`${path}: ${code}`, denied ? 'run as the owner of the repository, or as root' : null)
  })
}
