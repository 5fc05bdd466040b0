import { Fault } from './fault.ts'
import { printable } from './printable.ts'

/**
 * The key files, and what each was when it was looked at. Each push looks at every one, be they ten thousand: so nothing
 * is kept of a file but its name in the folder and its numbers.
 */
export type KeyListing = {
  readonly places: Place[]
  /** Where each link in a folder leads, by its path. */
  readonly links: Map<string, string>
  /** The folders in which the files really lie. */
  readonly folders: Set<string>
  /** `identitySize` numbers a file, in the order of the places and of the names in them. */
  readonly identities: BigInt64Array
  count: number
  /** Nanoseconds since 1970: when the last of them changed. */
  newest: bigint
}

/** A folder and the names in it; a file that is named itself has none. `path` as the admin knows it, `real` without links. */
export type Place = { readonly path: string; readonly real: string; readonly names: readonly string[] | null }

/** What the kernel says of a file: stat(2), times in nanoseconds since 1970. */
export type FileStats = Readonly<Record<'dev' | 'ino' | 'size' | 'mtimeNs' | 'ctimeNs' | 'mode', bigint>>

const mostFiles = 20_000
const identitySize = 6
const sizeIn = 2

/** An empty one; memory that is not used is not touched. */
export function newListing(): KeyListing {
  const identities = new BigInt64Array(mostFiles * identitySize)
  return { places: [], links: new Map(), folders: new Set(), identities, count: 0, newest: 0n }
}

/** Notes the next file. Throws a Fault where there are too many. */
export function addFile(listing: KeyListing, path: string, stats: FileStats): void {
  if (listing.count === mostFiles)
    throw new Fault(`${printable(path)}: with it there are more than ${mostFiles} files`, 'remove some')
  noteIdentity(listing.identities, listing.count, stats)
  listing.count += 1
  if (stats.mtimeNs > listing.newest) listing.newest = stats.mtimeNs
  if (stats.ctimeNs > listing.newest) listing.newest = stats.ctimeNs
}

/** What stands in a folder under this name. */
export function inFolder(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`
}

export type ListedFile = {
  readonly path: string
  readonly real: string
  /** Bytes. */
  readonly size: number
  readonly identity: BigInt64Array
}

export function listedFiles({ places, links, identities }: KeyListing): readonly ListedFile[] {
  const files = places.flatMap(({ path, real, names }) =>
    names === null
      ? [{ path, real }]
      : names.map(name => {
          const entry = inFolder(path, name)
          return { path: entry, real: links.get(entry) ?? inFolder(real, name) }
        }),
  )
  return files.map((file, index) => {
    const identity = identities.subarray(index * identitySize, (index + 1) * identitySize)
    return { ...file, size: Number(identity[sizeIn]), identity }
  })
}

/** Throws a Fault for a file of which nothing, or not all, can be read. */
export function assertSize({ path, size }: ListedFile): void {
  if (size === 0) throw new Fault(`${printable(path)}: empty`, 'put the exported key there, or remove it')
  if (size > largestFile)
    throw new Fault(
      `${printable(path)}: larger than ${largestFile} bytes`,
      'put an exported key in its place',
    )
}

/** Bytes. A key with its photo and a thousand certifications has a few hundred thousand. */
const largestFile = 64 * 1024 * 1024

/** Whether these are the stats of the file that was listed, unchanged. */
export function isUnchanged({ identity }: ListedFile, stats: FileStats): boolean {
  const now = new BigInt64Array(identitySize)
  noteIdentity(now, 0, stats)
  return now.every((number, index) => number === identity[index])
}

/** All that tells one listing from another. In no name is there a slash. */
export function substanceOf({ places, links, identities, count }: KeyListing): [string, BigInt64Array] {
  const frame = JSON.stringify([
    places.map(({ path, real, names }) => [path, real, names?.length]),
    [...links],
  ])
  const names = places.map(place => place.names?.join('/') ?? '').join('/')
  return [`${frame}\n${names}\n`, identities.subarray(0, count * identitySize)]
}

/** Some number is another where the file is another, was written, or is open to others: nobody can set ctime. */
function noteIdentity(identities: BigInt64Array, place: number, stats: FileStats): void {
  const at = place * identitySize
  identities[at] = stats.dev
  identities[at + 1] = stats.ino
  identities[at + sizeIn] = stats.size
  identities[at + 3] = stats.mtimeNs
  identities[at + 4] = stats.ctimeNs
  identities[at + 5] = stats.mode
}
