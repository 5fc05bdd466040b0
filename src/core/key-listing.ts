import { Fault } from './fault.ts'
import { printable } from './printable.ts'

/**
 * The key files, and of what kind each was when it was looked at. Each push looks at every one, be they ten thousand: so
 * there is no object for each, but a place in each of these lists.
 */
export type KeyListing = {
  /** As the admin knows it. */
  readonly paths: string[]
  /** Without links. */
  readonly reals: string[]
  /** `identitySize` numbers a file. */
  readonly identities: BigInt64Array
  /** Nanoseconds since 1970: when the last of them changed. */
  newest: bigint
}

/** What the kernel says of a file: stat(2), times in nanoseconds since 1970. */
export type FileStats = Readonly<Record<'dev' | 'ino' | 'size' | 'mtimeNs' | 'ctimeNs' | 'mode', bigint>>

const mostFiles = 20_000
const identitySize = 6

/** An empty one; memory that is not used is not touched. */
export function newListing(): KeyListing {
  return { paths: [], reals: [], identities: new BigInt64Array(mostFiles * identitySize), newest: 0n }
}

/** Throws a Fault where there are too many. */
export function addFile(listing: KeyListing, path: string, real: string, stats: FileStats): void {
  const { paths, reals, identities } = listing
  if (paths.length === mostFiles)
    throw new Fault(`${printable(path)}: with it there are more than ${mostFiles} files`, 'remove some')
  noteIdentity(identities, paths.length, stats)
  paths.push(path)
  reals.push(real)
  if (stats.mtimeNs > listing.newest) listing.newest = stats.mtimeNs
  if (stats.ctimeNs > listing.newest) listing.newest = stats.ctimeNs
}

/** Bytes. */
export function sizeAt({ identities }: KeyListing, place: number): number {
  return Number(identities[place * identitySize + 2])
}

/** Whether these are the stats of the file that was listed at this place, unchanged. */
export function isFileAt({ identities }: KeyListing, place: number, stats: FileStats): boolean {
  const identity = new BigInt64Array(identitySize)
  noteIdentity(identity, 0, stats)
  return identity.every((number, index) => number === identities[place * identitySize + index])
}

/** All that tells one listing from another: the names, in which there is no NUL, and the numbers. */
export function substanceOf({
  paths,
  reals,
  identities,
}: KeyListing): [names: string, numbers: BigInt64Array] {
  return [[...paths, ...reals].join('\0'), identities.subarray(0, paths.length * identitySize)]
}

/** Some number is another where the file is another, was written, or is open to others: nobody can set ctime. */
function noteIdentity(identities: BigInt64Array, place: number, stats: FileStats): void {
  const at = place * identitySize
  identities[at] = stats.dev
  identities[at + 1] = stats.ino
  identities[at + 2] = stats.size
  identities[at + 3] = stats.mtimeNs
  identities[at + 4] = stats.ctimeNs
  identities[at + 5] = stats.mode
}
