/** A git object name in lower-case hex: 40 digits (SHA-1) or 64 (SHA-256). gitformat-hash. */
export type Oid = string & { readonly oid: unique symbol }

/** How a repository names its objects; `extensions.objectFormat`. */
export type ObjectFormat = 'sha1' | 'sha256'

const forms: Readonly<Record<ObjectFormat, RegExp>> = { sha1: /^[0-9a-f]{40}$/, sha256: /^[0-9a-f]{64}$/ }

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
  return forms.sha1.test(text) ? 'sha1' : forms.sha256.test(text) ? 'sha256' : null
}
