/** A place in a text, and the number of the line that was read last. */
export type Cursor = { readonly text: Uint8Array; at: number; line: number }

export function cursorOf(text: Uint8Array): Cursor {
  return { text, at: 0, line: 0 }
}

/** The next line without its end and the white space before that, or null behind the last one. */
export function nextLine(cursor: Cursor): Uint8Array | null {
  const { text, at } = cursor
  if (at >= text.length) return null
  const newline = text.indexOf(0x0a, at)
  let end = newline < 0 ? text.length : newline
  cursor.at = end + 1
  cursor.line += 1
  while (end > at && isBlank(text[end - 1])) end -= 1
  return text.subarray(at, end)
}

/** Space, tab or carriage return. */
function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d
}

/** Whether a line is this ASCII text. */
export function isText(line: Uint8Array, text: string): boolean {
  return line.length === text.length && line.every((byte, index) => byte === text.charCodeAt(index))
}
