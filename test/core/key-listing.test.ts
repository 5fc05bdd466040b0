import * as assert from 'uvu/assert'
import { Fault } from '../../src/core/fault.ts'
import type { FileStats, Place } from '../../src/core/key-listing.ts'
import { addFile, isUnchanged, listedFiles, newListing, substanceOf } from '../../src/core/key-listing.ts'
import { suite } from '../support/suite.ts'

const test = suite('key listing')
const stats: FileStats = { dev: 1n, ino: 2n, size: 3n, mtimeNs: 40n, ctimeNs: 50n, mode: 0o100644n }
const folder: Place = { path: '/keys', real: '/real', names: ['a', 'b'] }

function listingOf(
  places: readonly Place[],
  files: readonly FileStats[],
  link: [string, string] | null = null,
) {
  const listing = newListing()
  listing.places.push(...places)
  if (link !== null) listing.links.set(...link)
  for (const file of files) addFile(listing, '/keys/…', file)
  return listing
}

test('files have the names of their place, and links lead elsewhere', () => {
  const alone = { path: '/all.asc', real: '/real.asc', names: null }
  const other = { ...stats, size: 9n, ctimeNs: 60n }
  const listing = listingOf([folder, alone], [stats, stats, other], ['/keys/b', '/elsewhere'])
  const files = listedFiles(listing)
  assert.equal(
    files.map(({ path, real, size }) => [path, real, size]),
    [
      ['/keys/a', '/real/a', 3],
      ['/keys/b', '/elsewhere', 3],
      ['/all.asc', '/real.asc', 9],
    ],
  )
  assert.is(listing.newest, 60n)
  assert.equal(
    files.map(file => isUnchanged(file, other)),
    [false, false, true],
  )
})

test('no two listings have one substance', () => {
  const substance = (...given: Parameters<typeof listingOf>) => {
    const [names, numbers] = substanceOf(listingOf(...given))
    return `${names}${[...numbers]}`
  }
  const [one, two] = [[stats], [stats, stats]]
  const alone = (path: string): Place => ({ path, real: path, names: null })
  const all = [
    substance([], []),
    substance([folder], two),
    substance([folder], two, ['/keys/a', '/real/b']),
    substance([folder], two, ['/keys/b', '/real/b']),
    substance([{ ...folder, path: '/other' }], two),
    substance([{ ...folder, real: '/other' }], two),
    substance([{ ...folder, names: ['b', 'a'] }], two),
    substance([{ ...folder, names: ['a'] }], one),
    substance([{ ...folder, names: [] }, alone('/a')], one),
    substance([{ ...folder, names: ['a'] }, alone('/b')], two),
    substance([alone('/a'), alone('/b')], two),
    substance([alone('/b'), alone('/a')], two),
    ...Object.keys(stats).map(name => substance([folder], [stats, { ...stats, [name]: 99n }])),
  ]
  assert.is(new Set(all).size, all.length)
})

test('more than twenty thousand are a fault', () => {
  const listing = newListing()
  for (let count = 0; count < 20_000; count += 1) addFile(listing, '/keys/a', stats)
  assert.throws(
    () => addFile(listing, '/keys/b', stats),
    (error: Error) => error instanceof Fault,
  )
})

test.run()
