import { readSync } from 'node:fs'
import { Fault } from '../core/fault.ts'

/**
 * Everything that is written to stdin, up to its end; a Fault for more than `limit` bytes. Without a stream: those of
 * Node.js take longer to load than the input to arrive.
 */
export function readInput(limit: number): Uint8Array {
  let held = Buffer.alloc(64 * 1024)
  let length = 0
  for (;;) {
    const read = readSome(held, length)
    if (read === 0) return held.subarray(0, length)
    length += read
    if (length > limit) throw new Fault('more on stdin than can be judged')
    if (length === held.length) held = Buffer.concat([held], 2 * length)
  }
}

function readSome(into: Buffer, at: number): number {
  for (;;) {
    try {
      return readSync(0, into, at, into.length - at, null)
    } catch (error) {
      // a pipe or terminal that somebody who holds it too has made non-blocking
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}
