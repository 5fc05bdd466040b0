/** Milliseconds in `30s`, `5m`, `1h` or a number of seconds; null for anything else, and beyond 1 s to 24 h. */
export function parseInterval(text: string): number | null {
  const [, number = '', unit = 's'] = /^([0-9]{1,9})([smh])?$/.exec(text) ?? []
  const seconds = number === '' ? 0 : Number(number) * (units[unit] ?? 0)
  return seconds < 1 || seconds > 24 * 3600 ? null : seconds * 1000
}

/** Seconds. */
const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 }

/** Milliseconds until a fetch that failed `failures` times in a row is tried again: 5 s, doubled up to the interval. */
export function backoff(failures: number, interval: number): number {
  return Math.min(interval, 5000 * 2 ** Math.min(failures - 1, 30))
}
