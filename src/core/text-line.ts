/** A place in a text, and the number of the line that was read last. */
export type Cursor = { readonly text: string; at: number; line: number }

export function cursorOf(text: string): Cursor {
  return { text, at: 0, line: 0 }
}

/** A byte that is no UTF-8 becomes a character that stands for no base64. */
export function decoded(bytes: Uint8Array): string {
  return utf8.decode(bytes)
}

/** The next line without its end and the white space before that, or null behind the last one. */
export function nextLine(cursor: Cursor): string | null {
  const { text, at } = cursor
  if (at >= text.length) return null
  const newline = text.indexOf('\n', at)
  let end = newline < 0 ? text.length : newline
  cursor.at = end + 1
  cursor.line += 1
  while (end > at && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(at, end)
}

/** Space, tab or carriage return. */
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
