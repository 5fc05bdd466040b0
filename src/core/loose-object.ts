import type { StoredObject } from './batch-reader.ts'
import { byteText } from './bytes.ts'
import type { Oid } from './oid.ts'

/** What stands in front of an object's bytes takes no more than this. */
export const longestLooseHeader = 32

/**
 * An object as it lies in a file of its own, inflated: `<type> SP <size> NUL <bytes>`. Null where it is not that.
 * gitformat-loose(5) of later git. Whether the bytes are those that the name stands for is for the reader to check.
 */
export function parseLooseObject(oid: Oid, inflated: Uint8Array): StoredObject | null {
  const end = inflated.subarray(0, longestLooseHeader).indexOf(0)
  const header = byteText(inflated.subarray(0, Math.max(end, 0)))
  const [, type = '', size = ''] = /^(commit|tree|blob|tag) (0|[1-9][0-9]{0,14})$/.exec(header) ?? []
  const bytes = inflated.subarray(end + 1)
  return type === '' || Number(size) !== bytes.length ? null : { oid, type, size: bytes.length, bytes }
}
