import { writeSync } from 'node:fs'

/**
 * Writes lines to stderr before it returns, so that an exit right after cannot lose them. A client that went away
 * (EPIPE) changes no verdict; a pipe that is full (EAGAIN) is waited for, ten seconds in all.
 */
export function writeLines(lines: readonly string[]): void {
  writeAll(2, lines.map(line => `${line}\n`).join(''))
}

/** The same for stdout, whose reader is waited for as long as it takes: half an answer would look like a whole one. */
export function writeOutput(text: string): void {
  writeAll(1, text)
}

/** Shows how far a long check is, at most once a second after the first two; `end` puts the line's end behind it. */
export function progressLine(now: () => number): { show(judged: number): void; end(): void } {
  const start = now()
  let last: number | null = null
  return {
    show(judged) {
      const time = now()
      if (time - start < 2000 || (last !== null && time - last < 1000)) return
      last = time
      writeAll(2, `checking signatures: ${judged} commits\r`)
    },
    end() {
      if (last !== null) writeAll(2, '\n')
      last = null
    },
  }
}

function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text)
  let written = 0
  const patience = descriptor === 1 ? Number.POSITIVE_INFINITY : 1000
  for (let waited = 0; written < bytes.length && waited < patience; ) {
    try {
      written += writeSync(descriptor, bytes, written)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      waited++
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}

/** A bar for who watches a long audit on a terminal (stderr), redrawn ten times a second at most. */
export function progressBar(total: number, now: () => number): { show(done: number): void; clear(): void } {
  const width = 40
  let last = 0
  let drawn = false
  return {
    show(done) {
      if (total === 0 || now() - last < 100) return
      last = now()
      drawn = true
      const filled = Math.min(width, Math.floor((done / total) * width))
      writeAll(2, `\r[${'#'.repeat(filled)}${' '.repeat(width - filled)}] ${done}/${total}`)
    },
    clear() {
      if (drawn) writeAll(2, '\r\x1b[K')
      drawn = false
    },
  }
}
