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
import { addFile, isFileAt, type KeyListing, newListing, sizeAt, substanceOf } from '../core/key-listing.ts'
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
  const folders = new Set(paths)
  const listing = list(
    paths.map(path => resolve(path)),
    folders,
  )
  return { state: stateOf(listing), changed: Number(listing.newest / 1_000_000n), folders: [...folders] }
}

/** Bytes. A key with its photo and a thousand certifications has a few hundred thousand. */
const largestFile = 64 * 1024 * 1024
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

type Listed = { readonly path: string; readonly real: string; readonly stats: BigIntStats }

function list(paths: readonly string[], folders: Set<string> = new Set()): KeyListing {
  // each link is followed once: what lies behind a Kubernetes `..data` is all of one version
  const way: Way = { known: new Map(), folders }
  const listing = newListing()
  for (const path of paths) {
    const found = follow(path, way)
    if (!found.stats.isDirectory()) {
      add(listing, found)
      continue
    }
    for (const name of attempt(path, () => readdirSync(found.real)).sort()) {
      if (name.startsWith('.')) continue
      const entry = entryOf(found, name, way)
      assertKeyFile(entry.path, entry.stats.isDirectory())
      add(listing, entry)
    }
  }
  return listing
}

function add(listing: KeyListing, { path, real, stats }: Listed): void {
  if (!stats.isFile())
    throw new Fault(`${printable(path)}: not a file`, 'remove it, or put an exported key in its place')
  addFile(listing, path, real, stats)
}

/** What stands at each link and folder on the way, and the folders in which the files really lie. */
type Way = {
  readonly known: Map<string, Look>
  readonly folders: Set<string>
}

type Look = { readonly stats: BigIntStats; readonly target: string | null }

function follow(path: string, way: Way): Listed {
  const end = followPath(path, at => look(at, path, way))
  if (end === null) throw refusalOf(path, 'ELOOP')
  const { real, found } = end
  way.folders.add(found.stats.isDirectory() ? real : dirname(real))
  return { path, real, stats: found.stats }
}

/** What lies in a folder that was followed is at hand; a link in it is followed from the start. */
function entryOf(folder: Listed, name: string, way: Way): Listed {
  const path = `${folder.path === '/' ? '' : folder.path}/${name}`
  const real = folder.real === folder.path ? path : `${folder.real === '/' ? '' : folder.real}/${name}`
  const { stats, target } = look(real, path, way)
  return target === null ? { path, real, stats } : follow(path, way)
}

function look(at: string, path: string, { known }: Way): Look {
  const found = known.get(at) ?? attempt(path, () => lookAnew(at))
  if (!found.stats.isFile()) known.set(at, found)
  return found
}

function lookAnew(at: string): Look {
  const stats = lstatSync(at, { bigint: true })
  return { stats, target: stats.isSymbolicLink() ? readlinkSync(at) : null }
}

/** Null where a file is no longer the one that was listed. */
function readAll(listing: KeyListing): readonly KeyFile[] | null {
  const files: KeyFile[] = []
  let sum = 0
  for (const [place, path] of listing.paths.entries()) {
    const bytes = readFile(listing, place)
    if (bytes === null) return null
    sum += bytes.length
    if (sum > largestSum)
      throw new Fault(`${printable(path)}: with it there are more than ${largestSum} bytes`, 'remove some')
    files.push({ path, bytes })
  }
  return files
}

/** O_NONBLOCK: a pipe that has taken the place of the file since it was listed does not hold up the push. */
function readFile(listing: KeyListing, place: number): Uint8Array | null {
  const [path = '', real = ''] = [listing.paths[place], listing.reals[place]]
  const size = sizeAt(listing, place)
  if (size === 0) throw new Fault(`${printable(path)}: empty`, 'put the exported key there, or remove it')
  if (size > largestFile)
    throw new Fault(
      `${printable(path)}: larger than ${largestFile} bytes`,
      'put an exported key in its place',
    )
  return attempt(path, () => {
    const descriptor = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    try {
      if (!isFileAt(listing, place, fstatSync(descriptor, { bigint: true }))) return null
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
  return createHash('sha256').update(names).update('\0').update(numbers).digest('hex')
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
