import { createHash } from 'node:crypto'
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Fault } from '../core/fault.ts'
import { followPath } from '../core/follow-path.ts'
import { assertKeyFile, refusalOf } from '../core/key-file.ts'
import type { KeyFile } from '../core/keyring.ts'
import { printable } from '../core/printable.ts'

/**
 * The bytes of every key file that `paths` name: files, and folders with what lies directly in them. All of one
 * moment: what an admin, or Kubernetes, changes meanwhile is read as it was before or as it is after. Nothing is passed
 * over but names that begin with a dot; whatever else is no key file is a Fault, and so is no key file at all, unless
 * the folders `mayBeEmpty`. `assertOnlyOwnerWrites`, where it is not null, is given each path and each file in it.
 */
export function readKeyFiles(
  paths: readonly string[],
  assertOnlyOwnerWrites: ((path: string) => void) | null,
  mayBeEmpty = false,
): readonly KeyFile[] {
  const files = readOneState(paths.map(path => resolve(path)))
  if (assertOnlyOwnerWrites !== null) for (const path of paths) assertOnlyOwnerWrites(path)
  if (assertOnlyOwnerWrites !== null) for (const { path } of files) assertOnlyOwnerWrites(path)
  if (files.length > 0 || mayBeEmpty) return files
  throw new Fault(
    `${paths.map(printable).join(', ')}: no key file`,
    'put the public key of somebody who may sign there: gpg --armor --export KEY',
  )
}

export type KeyState = {
  readonly state: string
  /** Milliseconds since 1970: when the newest of the files changed. */
  readonly changed: number
  /** The paths themselves and the folders in which the files really lie. */
  readonly folders: readonly string[]
}

/** What `readKeyFiles` would read now, without reading it: equal for the same state, and for no two others. */
export function keyState(paths: readonly string[]): KeyState {
  const listed = list(paths.map(path => resolve(path)))
  let changed = 0n
  for (const { stats } of listed)
    for (const time of [stats.ctimeMs, stats.mtimeMs]) if (time > changed) changed = time
  return {
    state: stateOf(listed),
    changed: Number(changed),
    folders: [...new Set([...paths, ...listed.map(({ real }) => dirname(real))])],
  }
}

/** Bytes. A key with its photo and a thousand certifications has a few hundred thousand. */
const largestFile = 64 * 1024 * 1024
const largestSum = 256 * 1024 * 1024
const mostFiles = 20_000

const attempts = 12

/**
 * Lists, reads and lists again until both lists are the same. A Fault counts when it is there again and again: a
 * file that is renamed just now is missing for a moment.
 */
function readOneState(paths: readonly string[]): readonly KeyFile[] {
  const faults: string[] = []
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (attempt > 0) sleep(2 ** Math.min(attempt, 6))
    try {
      const listed = list(paths)
      const files = readAll(listed)
      if (files !== null && stateOf(list(paths)) === stateOf(listed)) return files
      faults.length = 0
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      if (faults.some(message => message !== error.message)) faults.length = 0
      if (faults.push(error.message) === lasting) throw error
    }
  }
  throw new Fault(
    `${paths.map(printable).join(', ')}: changed each of the ${attempts} times that it was read`,
    'find out what keeps writing there',
  )
}

/** Times in a row that a Fault must be met. */
const lasting = 3

/** Milliseconds. */
function sleep(duration: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, duration)
}

/** `path` as the admin knows it, `real` without links. */
type Listed = { readonly path: string; readonly real: string; readonly stats: BigIntStats }

function list(paths: readonly string[]): readonly Listed[] {
  // each link is followed once: what lies behind a Kubernetes `..data` is all of one version
  const links: Links = new Map()
  const files = paths.flatMap(path => {
    const found = follow(path, links)
    if (!found.stats.isDirectory()) return [regular(found)]
    const names = attempt(path, () => readdirSync(found.real)).filter(name => !name.startsWith('.'))
    return names.sort().map(name => keyFile(entryOf(found, name, links)))
  })
  if (files.length > mostFiles)
    throw new Fault(`${paths.map(printable).join(', ')}: more than ${mostFiles} files`, 'remove some')
  return files
}

type Links = Map<string, { readonly stats: BigIntStats; readonly target: string | null }>

/** One look at each name. */
function follow(path: string, links: Links): Listed {
  const end = followPath(path, at => look(at, path, links))
  if (end === null) throw refusalOf(path, 'ELOOP')
  return { path, real: end.real, stats: end.found.stats }
}

/** What lies in a folder that was followed is at hand; a link in it is followed from the start. */
function entryOf(folder: Listed, name: string, links: Links): Listed {
  const path = `${folder.path === '/' ? '' : folder.path}/${name}`
  const real = `${folder.real === '/' ? '' : folder.real}/${name}`
  const { stats, target } = look(real, path, links)
  return target === null ? { path, real, stats } : follow(path, links)
}

function look(at: string, path: string, links: Links): { stats: BigIntStats; target: string | null } {
  const known = links.get(at)
  if (known !== undefined) return known
  const found = attempt(path, () => {
    const stats = lstatSync(at, { bigint: true })
    return { stats, target: stats.isSymbolicLink() ? readlinkSync(at) : null }
  })
  links.set(at, found)
  return found
}

function keyFile(listed: Listed): Listed {
  assertKeyFile(listed.path, listed.stats.isDirectory())
  return regular(listed)
}

function regular(listed: Listed): Listed {
  if (listed.stats.isFile()) return listed
  throw new Fault(`${printable(listed.path)}: not a file`, 'remove it, or put an exported key in its place')
}

/** Null where a file is no longer the one that was listed. */
function readAll(listed: readonly Listed[]): readonly KeyFile[] | null {
  const files: KeyFile[] = []
  let sum = 0
  for (const file of listed) {
    const bytes = readFile(file)
    if (bytes === null) return null
    sum += bytes.length
    if (sum > largestSum)
      throw new Fault(
        `${printable(file.path)}: with it there are more than ${largestSum} bytes`,
        'remove some',
      )
    files.push({ path: file.path, bytes })
  }
  return files
}

/** O_NONBLOCK: a pipe that has taken the place of the file since it was listed does not hold up the push. */
function readFile({ path, real, stats }: Listed): Uint8Array | null {
  if (stats.size === 0n)
    throw new Fault(`${printable(path)}: empty`, 'put the exported key there, or remove it')
  if (stats.size > largestFile)
    throw new Fault(
      `${printable(path)}: larger than ${largestFile} bytes`,
      'put an exported key in its place',
    )
  return attempt(path, () => {
    const descriptor = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    try {
      const opened = identityOf(fstatSync(descriptor, { bigint: true }))
      if (identityOf(stats).some((number, index) => number !== opened[index])) return null
      const bytes = new Uint8Array(Number(stats.size))
      let length = 0
      for (let count = 1; count > 0 && length < bytes.length; length += count)
        count = readSync(descriptor, bytes, length, bytes.length - length, null)
      return length < bytes.length ? null : bytes
    } finally {
      closeSync(descriptor)
    }
  })
}

/** Equal for listings of the same state, and for no two others: a digest of all paths and all that `identityOf` tells. */
function stateOf(listed: readonly Listed[]): string {
  const numbers = BigInt64Array.from(listed.flatMap(({ stats }) => identityOf(stats)))
  const names = JSON.stringify(listed.map(({ path, real }) => [path, real]))
  return createHash('sha256').update(names).update('\n').update(numbers).digest('hex')
}

function identityOf({ dev, ino, size, mtimeNs, ctimeNs, mode }: BigIntStats): readonly bigint[] {
  return [dev, ino, size, mtimeNs, ctimeNs, mode]
}

/** What `work` returns; what the kernel refuses is a Fault that names `path`. */
function attempt<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof Fault) throw error
    throw refusalOf(path, error instanceof Error && 'code' in error ? String(error.code) : '')
  }
}
