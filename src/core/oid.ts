/** A git object name in lower-case hex: 40 digits (SHA-1) or 64 (SHA-256). gitformat-hash. */
export type Oid = string & { readonly oid: unique symbol }

/** How a repository names its objects; `extensions.objectFormat`. */
export type ObjectFormat = 'sha1' | 'sha256'

const formats: ReadonlyMap<number, ObjectFormat> = new Map([
  [40, 'sha1'],
  [64, 'sha256'],
])

/** The object name that `text` is, or null. Without a format, one of either length. */
export function parseOid(text: string, format?: ObjectFormat): Oid | null {
  const found = formatOf(text)
  return found !== null && (format === undefined || found === format) ? (text as Oid) : null
}

/** The all-zero name with which git says "no object". */
export function isZero(oid: Oid): boolean {
  return /^0+$/.test(oid)
}

/** The format that has names of this form, or null where it is no object name. */
export function formatOf(text: string): ObjectFormat | null {
  const format = formats.get(text.length) ?? null
  return format !== null && isHex(text) ? format : null
}

function isHex(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const isDigit = code >= 0x30 && code <= 0x39
    if (!isDigit && (code < 0x61 || code > 0x66)) return false
  }
  return true
}
