import { type Dirent, readdirSync, readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../core/fault.ts'

/** What a walk through a tree has met. Paths are absolute, in order. */
export type Tree = {
  /** Bare repositories. */
  readonly repositories: readonly string[]
  /** What was passed over, and why. */
  readonly passed: readonly { readonly path: string; readonly why: string }[]
}

/**
 * All bare repositories below `folder`, itself included, and those inside of them too. Links are not followed: one that
 * stays in the tree leads to what is found anyway, and one that leaves it could lead root into anybody's folder. Throws
 * a Fault where `folder` itself cannot be read.
 */
export function bareRepositories(folder: string): Tree {
  const repositories: string[] = []
  const passed: { path: string; why: string }[] = []
  const start = top(folder)
  const waiting = [start]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const entries = list(path, passed)
    const has = (name: string, folder: boolean) =>
      entries.some(entry => entry.name === name && (entry.isDirectory() === folder || entry.isSymbolicLink()))
    const isRepository = has('HEAD', false) && has('objects', true) && has('refs', true)
    if (isRepository) repositories.push(path)
    else if (entries.some(({ name }) => name === '.git')) {
      passed.push({ path, why: 'not bare' })
      continue
    }
    const below: string[] = []
    for (const entry of entries) {
      if (isRepository && own.has(entry.name)) continue
      const child = join(path, entry.name)
      if (entry.isDirectory()) below.push(child)
      else if (entry.isSymbolicLink() && !isInside(child, start))
        passed.push({ path: child, why: leads(child) })
    }
    waiting.push(...below.reverse())
  }
  return { repositories, passed }
}

/** What git itself keeps in a repository. gitrepository-layout(5). */
const own = new Set([
  ...['objects', 'refs', 'hooks', 'info', 'logs', 'branches', 'worktrees', 'modules', 'lfs'],
  ...['custom_hooks', 'reftable', 'HEAD', 'config', 'packed-refs'],
])

function top(folder: string): string {
  try {
    const path = realpathSync(folder)
    readdirSync(path)
    return path
  } catch (error) {
    throw new Fault(
      `${folder}: ${(error as NodeJS.ErrnoException).code}`,
      'name the folder of the repositories',
    )
  }
}

function list(path: string, passed: { path: string; why: string }[]): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true }).sort((one, other) => (one.name < other.name ? -1 : 1))
  } catch (error) {
    passed.push({ path, why: `cannot be read (${(error as NodeJS.ErrnoException).code})` })
    return []
  }
}

/** A link to a file, or to nothing, is of no interest. */
function isInside(link: string, start: string): boolean {
  try {
    const real = realpathSync(link)
    if (real === start || real.startsWith(`${start}/`)) return true
    readdirSync(real)
    return false
  } catch {
    return true
  }
}

function leads(link: string): string {
  return `a link out of the tree, to ${readlinkSync(link)}; name that folder itself`
}
