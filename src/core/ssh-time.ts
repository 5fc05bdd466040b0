/**
 * Seconds since 1970 of `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, with `Z` behind it in UTC, else in the time zone
 * of the machine, as ssh-keygen(1) reads it; null for anything else, a day that no month has too.
 */
export function parseSshTime(text: string): number | null {
  const [, digits, zone] = /^([0-9]{8}|[0-9]{12}|[0-9]{14})(Z|UTC)?$/i.exec(text) ?? []
  if (digits === undefined) return null
  const year = Number(digits.slice(0, 4))
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = (digits.slice(4).match(/../g) ?? []).map(
    Number,
  )
  const utc = Date.UTC(year, month - 1, day, hour, minute, second)
  const written = new Date(utc)
    .toISOString()
    .replace(/[^0-9]/g, '')
    .slice(0, digits.length)
  const time = zone === undefined ? new Date(year, month - 1, day, hour, minute, second).getTime() : utc
  return written === digits && year >= 1970 && time > 0 ? time / 1000 : null
}
