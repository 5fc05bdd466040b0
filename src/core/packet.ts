import { hexOf } from './bytes.ts'

export type Packet = { readonly tag: number; readonly body: Uint8Array; readonly rest: Uint8Array }

/**
 * The packet that `bytes` begins with. Both header forms with a definite length; partial and indeterminate lengths have no place in a
 * signature. RFC 9580 §4.2.
 */
export function readPacket(bytes: Uint8Array): Packet | null {
  const first = bytes[0] ?? 0
  if ((first & 0x80) === 0) return null
  const old = (first & 0x40) === 0
  const tag = old ? (first >> 2) & 0x0f : first & 0x3f
  const length = old ? readOldLength(bytes, first & 0x03) : readNewLength(bytes)
  if (length === null || length.end + length.value > bytes.length) return null
  const end = length.end + length.value
  return { tag, body: bytes.subarray(length.end, end), rest: bytes.subarray(end) }
}

type Length = { readonly value: number; readonly end: number }

function readOldLength(bytes: Uint8Array, form: number): Length | null {
  if (form === 3) return null
  const octets = 1 << form
  const value = readNumber(bytes, 1, octets)
  return value === null ? null : { value, end: 1 + octets }
}

function readNewLength(bytes: Uint8Array): Length | null {
  const first = bytes[1] ?? 0xe0
  if (first < 192) return { value: first, end: 2 }
  if (first < 224) return { value: ((first - 192) << 8) + (bytes[2] ?? 0) + 192, end: 3 }
  if (first < 255) return null
  const value = readNumber(bytes, 2, 4)
  return value === null ? null : { value, end: 6 }
}

/** Big-endian; null where the bytes are missing. */
export function readNumber(bytes: Uint8Array, at: number, octets: number): number | null {
  if (at + octets > bytes.length) return null
  let value = 0
  for (let index = at; index < at + octets; index++) value = value * 256 + (bytes[index] ?? 0)
  return value
}

/** Upper-case, as fingerprints are written. */
export function hex(bytes: Uint8Array): string {
  return hexOf(bytes).toUpperCase()
}

/** RFC 9580 §5.2.3.7. */
export type Subpacket = { readonly type: number; readonly critical: boolean; readonly data: Uint8Array }

/** Null where the lengths do not add up to `area` exactly, or a subpacket has no type. */
export function parseSubpackets(area: Uint8Array): readonly Subpacket[] | null {
  const subpackets: Subpacket[] = []
  let at = 0
  while (at < area.length) {
    const first = area[at] ?? 0
    const octets = first < 192 ? 1 : first < 255 ? 2 : 5
    if (at + octets > area.length) return null
    const length =
      octets === 1
        ? first
        : octets === 2
          ? ((first - 192) << 8) + (area[at + 1] ?? 0) + 192
          : (readNumber(area, at + 1, 4) ?? 0)
    const end = at + octets + length
    const type = area[at + octets]
    if (type === undefined || length === 0 || end > area.length) return null
    subpackets.push({
      type: type & 0x7f,
      critical: (type & 0x80) !== 0,
      data: area.subarray(at + octets + 1, end),
    })
    at = end
  }
  return subpackets
}
