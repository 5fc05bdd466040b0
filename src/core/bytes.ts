/** All of them, one behind the other. */
export function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false
  return true
}

/** Whether the bytes from `start` to `end` are this ASCII text. */
export function isAscii(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false
  for (let at = 0; at < text.length; at++) if (bytes[start + at] !== text.charCodeAt(at)) return false
  return true
}

/** A character a byte. */
export function byteText(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 4096)
    text += String.fromCharCode(...bytes.subarray(at, at + 4096))
  return text
}

/** Lower-case, as object names are written. */
export function hexOf(bytes: Uint8Array): string {
  const digits = new Uint8Array(bytes.length * 2)
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    digits[2 * at] = hexDigit(byte >> 4)
    digits[2 * at + 1] = hexDigit(byte & 0x0f)
  }
  return ascii.decode(digits)
}

function hexDigit(value: number): number {
  return value < 10 ? 0x30 + value : 0x57 + value
}

const ascii = new TextDecoder()
