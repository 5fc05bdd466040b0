import type { Counts } from './decision-count.ts'

/** How far a log has been read. */
export type LogPosition = {
  /** Device and inode: a file keeps them when it is renamed. */
  readonly file: string
  /** Bytes. */
  readonly offset: number
  /** What stands just before it: another file, or one that was cut off and has grown again, has something else there. */
  readonly mark: string
}

/** What one run leaves for the next, so that counters go on over a rotation of the log. */
export type MetricsState = {
  readonly positions: ReadonlyMap<string, LogPosition>
  readonly counts: Counts
}

export function renderState({ positions, counts }: MetricsState): string {
  return `${JSON.stringify({ version, positions: [...positions], counts: [...counts] })}\n`
}

/** Null where it is damaged, or of another version: counting then begins anew, as a counter may. */
export function parseState(text: string): MetricsState | null {
  try {
    const value = JSON.parse(text)
    const isWhole =
      value.version === version &&
      value.positions.every(
        ([path, { file, offset, mark }]: [unknown, { [name: string]: unknown }]) =>
          typeof path === 'string' &&
          typeof file === 'string' &&
          Number.isSafeInteger(offset) &&
          typeof mark === 'string',
      ) &&
      value.counts.every(
        ([name, count]: [string, unknown]) =>
          JSON.parse(name).every((part: unknown) => typeof part === 'string') && Number.isFinite(count),
      )
    return isWhole ? { positions: new Map(value.positions), counts: new Map(value.counts) } : null
  } catch {
    return null
  }
}

const version = 1
