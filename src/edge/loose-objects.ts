import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { inflateSync } from 'node:zlib'
import type { StoredObject } from '../core/batch-reader.ts'
import { longestLooseHeader, parseLooseObject } from '../core/loose-object.ts'
import type { Oid } from '../core/oid.ts'

/**
 * The object `oid`, where it lies in one of the folders `objects` in a file of its own, as git leaves what a small push
 * brings. Null where it does not, where it has more than `sizeLimit` bytes or the file is damaged: git is asked then, and
 * says what is wrong. Whether the bytes are those that the name stands for is for the reader to check.
 */
export function readLooseObject(
  objects: readonly string[],
  oid: Oid,
  sizeLimit: number,
): StoredObject | null {
  const paths = objects.map(folder => `${folder}/${oid.slice(0, 2)}/${oid.slice(2)}`)
  const path = paths.find(path => existsSync(path))
  return path === undefined ? null : readObject(path, oid, sizeLimit)
}

function readObject(path: string, oid: Oid, sizeLimit: number): StoredObject | null {
  const maxOutputLength = sizeLimit + longestLooseHeader
  try {
    const deflated = readRegularFile(path, maxOutputLength)
    if (deflated === null) return null
    const object = parseLooseObject(oid, inflateSync(deflated, { maxOutputLength }))
    return object === null || object.size > sizeLimit ? null : object
  } catch {
    return null
  }
}

function readRegularFile(path: string, mostBytes: number): Uint8Array | null {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  try {
    const stats = fstatSync(file)
    return stats.isFile() && stats.size <= mostBytes ? readFileSync(file) : null
  } finally {
    closeSync(file)
  }
}
