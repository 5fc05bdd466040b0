/** The bytes that the lines stand for together. RFC 4648 §4, padded, with zero pad bits; null where it is not that. */
export function decodeBase64(lines: readonly string[]): Uint8Array | null {
  const text = lines.length === 1 ? (lines[0] ?? '') : lines.join('')
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  if (text.length % 4 !== 0) return null
  const end = text.length - padding
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  let at = 0
  let bits = 0
  let held = 0
  for (let index = 0; index < end; index++) {
    const sextet = sextets[text.charCodeAt(index)] ?? -1
    if (sextet < 0) return null
    held = ((held << 6) | sextet) & 0xfff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[at] = held >> bits
    at += 1
  }
  return (held & ((1 << bits) - 1)) === 0 ? bytes : null
}

/** RFC 4648 §4, padded, in one line. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const [one = 0, two = 0, three = 0] = bytes.subarray(at, at + 3)
    const word = (one << 16) | (two << 8) | three
    for (const shift of [18, 12, 6, 0]) text += alphabet.charAt((word >> shift) & 63)
  }
  const padding = (3 - (bytes.length % 3)) % 3
  return padding === 0 ? text : `${text.slice(0, -padding)}${'='.repeat(padding)}`
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const sextets = new Int8Array(256).fill(-1)
for (let value = 0; value < alphabet.length; value += 1) sextets[alphabet.charCodeAt(value)] = value
