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
import {
  addFile,
  assertSize,
  inFolder,
  isUnchanged,
  type KeyListing,
  type ListedFile,
  listedFiles,
  newListing,
  substanceOf,
} from '../core/key-listing.ts'
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
  const listing = list(paths.map(path => resolve(path)))
  return {
    state: stateOf(listing),
    changed: Number(listing.newest / 1_000_000n),
    folders: [...new Set([...paths, ...listing.folders])],
  }
}

/** Bytes. */
const largestSum = 256 * 1024 * 1024

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
      const listing = list(paths)
      const files = readAll(listing)
      if (files !== null && stateOf(list(paths)) === stateOf(listing)) return files
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

function list(paths: readonly string[]): KeyListing {
  // each link is followed once: what lies behind a Kubernetes `..data` is all of one version
  const looks: Looks = new Map()
  const listing = newListing()
  for (const path of paths) {
    const { real, stats } = follow(path, looks)
    const isFolder = stats.isDirectory()
    const names = isFolder ? namesIn(path, real) : null
    listing.folders.add(isFolder ? real : dirname(real))
    listing.places.push({ path, real, names })
    if (names === null) addFile(listing, path, regular(path, stats))
    for (const name of names ?? []) {
      const entry = inFolder(path, name)
      const found = attempt(entry, () => lstatSync(inFolder(real, name), nanoseconds))
      const file = found.isFile() ? found : followed(listing, entry, found, looks)
      assertKeyFile(entry, false)
      addFile(listing, entry, file)
    }
  }
  return listing
}

function namesIn(path: string, real: string): readonly string[] {
  const names = attempt(path, () => readdirSync(real))
  return names.filter(name => !name.startsWith('.')).sort()
}

/** What lies in a folder that was followed is at hand; a link in it is followed from the start. */
function followed(listing: KeyListing, path: string, found: BigIntStats, looks: Looks): BigIntStats {
  const end = found.isSymbolicLink() ? follow(path, looks) : { real: path, stats: found }
  assertKeyFile(path, end.stats.isDirectory())
  listing.links.set(path, end.real)
  listing.folders.add(dirname(end.real))
  return regular(path, end.stats)
}

function regular(path: string, stats: BigIntStats): BigIntStats {
  if (stats.isFile()) return stats
  throw new Fault(`${printable(path)}: not a file`, 'remove it, or put an exported key in its place')
}

/** One look at each name. */
type Looks = Map<string, { readonly stats: BigIntStats; readonly target: string | null }>

function follow(path: string, looks: Looks): { readonly real: string; readonly stats: BigIntStats } {
  const end = followPath(path, at => {
    const look = looks.get(at) ?? attempt(path, () => lookAt(at))
    looks.set(at, look)
    return look
  })
  if (end === null) throw refusalOf(path, 'ELOOP')
  return { real: end.real, stats: end.found.stats }
}

function lookAt(at: string) {
  const stats = lstatSync(at, nanoseconds)
  return { stats, target: stats.isSymbolicLink() ? readlinkSync(at) : null }
}

const nanoseconds = { bigint: true } as const

/** Null where a file is no longer the one that was listed. */
function readAll(listing: KeyListing): readonly KeyFile[] | null {
  const files: KeyFile[] = []
  let sum = 0
  for (const file of listedFiles(listing)) {
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
function readFile(file: ListedFile): Uint8Array | null {
  const { path, real, size } = file
  assertSize(file)
  return attempt(path, () => {
    const descriptor = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    try {
      if (!isUnchanged(file, fstatSync(descriptor, nanoseconds))) return null
      const bytes = new Uint8Array(size)
      let length = 0
      for (let count = 1; count > 0 && length < bytes.length; length += count)
        count = readSync(descriptor, bytes, length, bytes.length - length, null)
      return length < bytes.length ? null : bytes
    } finally {
      closeSync(descriptor)
    }
  })
}

/** Equal for listings of the same state, and for no two others. */
function stateOf(listing: KeyListing): string {
  const [names, numbers] = substanceOf(listing)
  return createHash('sha256').update(names).update(numbers).digest('hex')
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
