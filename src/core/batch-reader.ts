import { Fault } from './fault.ts'
import { type Oid, parseOid } from './oid.ts'

/** An object as it stands in the store; `bytes` is null where it is larger than was asked for. */
export type StoredObject = {
  readonly oid: Oid
  readonly type: string
  /** Bytes. */
  readonly size: number
  readonly bytes: Uint8Array | null
}

export type Batch = { readonly objects: readonly StoredObject[]; readonly missing: readonly Oid[] }

/**
 * Takes the answer of `git cat-file --batch` apart as it comes: `<oid> SP <type> SP <size> LF <bytes> LF`, or
 * `<oid> SP missing LF`. git-cat-file(1), batch output. Holds one object at the most; throws a Fault on anything else.
 */
export function batchReader(sizeLimit: number): { take(chunk: Uint8Array): Batch; isComplete(): boolean } {
  let held: Uint8Array = new Uint8Array()
  let skip = 0 // bytes of an object that is too large, still to come

  function take(chunk: Uint8Array): Batch {
    held = held.length === 0 ? plain(chunk) : joined(held, chunk)
    const objects: StoredObject[] = []
    const missing: Oid[] = []
    let at = 0
    for (;;) {
      const skipped = Math.min(skip, held.length - at)
      skip -= skipped
      at += skipped
      const lineEnd = skip > 0 ? -1 : held.indexOf(0x0a, at)
      if (lineEnd < 0) break
      const { oid, type, size } = parseHeader(held.subarray(at, lineEnd))
      const start = lineEnd + 1
      if (size === null) {
        missing.push(oid)
        at = start
      } else if (size > sizeLimit) {
        objects.push({ oid, type, size, bytes: null })
        skip = size + 1
        at = start
      } else {
        const end = start + size
        if (held.length <= end) break
        objects.push({ oid, type, size, bytes: held.subarray(start, end) })
        at = end + 1
      }
    }
    held = held.subarray(at)
    return { objects, missing }
  }

  return { take, isComplete: () => held.length === 0 && skip === 0 }
}

type Header = { readonly oid: Oid; readonly type: string; readonly size: number | null }

function parseHeader(line: Uint8Array): Header {
  const [name = '', type = '', size = ''] = utf8.decode(line.subarray(0, 200)).split(' ')
  const oid = parseOid(name)
  if (oid !== null && type === 'missing' && size === '') return { oid, type, size: null }
  if (oid === null || !types.has(type) || !/^[0-9]{1,15}$/.test(size))
    throw new Fault('git cat-file answered something that is no object')
  return { oid, type, size: Number(size) }
}

const types: ReadonlySet<string> = new Set(['commit', 'tree', 'blob', 'tag'])

/** Not of a class derived from it: one kind of array is read faster than two. */
function plain({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}

const utf8 = new TextDecoder()
