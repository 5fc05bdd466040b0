import { accessSync, constants, lstatSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import type { HookState } from '../core/hook-state.ts'

/** What git, run by this account, would meet at `path`. */
export function lookAtHook(path: string): HookState {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (found === undefined) return { kind: 'nothing', path }
    const target = found.isSymbolicLink() ? readlinkSync(path) : null
    const file = followed(path)
    if (file === null) return { kind: 'dangling', path, target: target ?? path }
    if (!file.isFile() || file.size > largestScript) return { kind: 'obstacle', path }
    const runs = mayExecute(path)
    const text = readText(path)
    if (text === null) return runs ? { kind: 'obstacle', path } : { kind: 'file', path, text: '', runs }
    return { kind: 'file', path, text, runs }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOTDIR' || code === 'ELOOP') return { kind: 'nothing', path }
    if (code === 'EACCES') return { kind: 'unreachable', path }
    throw error
  }
}

/** Bytes; a binary hook may be large, and is none of ours. */
const largestScript = 256 * 1024 * 1024

/** Null where a link leads nowhere or in a circle. */
function followed(path: string) {
  try {
    return statSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENOTDIR') return null
    throw error
  }
}

/** access(2), as git asks it: false on a file system that is mounted noexec too. */
function mayExecute(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function readText(path: string): string | null {
  try {
    return statSync(path).size > 100_000 ? '' : readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
