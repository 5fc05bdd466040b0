import { byteText } from './bytes.ts'

/**
 * The data types of RFC 4251 §5, read one after another. A field that is not there, or not as it must be, makes the
 * whole reading void: what is read from then on means nothing until `isWhole` has said yes.
 */
export type Wire = { readonly bytes: Uint8Array; at: number; sound: boolean }

export function wireOf(bytes: Uint8Array): Wire {
  return { bytes, at: 0, sound: true }
}

/** Whether every field was as it must be and nothing stands behind the last one. */
export function isWhole({ bytes, at, sound }: Wire): boolean {
  return sound && at === bytes.length
}

/** Whether there is another field to read. */
export function hasMore({ bytes, at, sound }: Wire): boolean {
  return sound && at < bytes.length
}

/** Makes the reading void. */
export function spoil(wire: Wire): void {
  wire.sound = false
}

/** `byte[n]` */
export function readBytes(wire: Wire, count: number): Uint8Array {
  if (!wire.sound || wire.at + count > wire.bytes.length) {
    spoil(wire)
    return new Uint8Array()
  }
  wire.at += count
  return wire.bytes.subarray(wire.at - count, wire.at)
}

export function readByte(wire: Wire): number {
  return readBytes(wire, 1)[0] ?? 0
}

/** `uint32` */
export function readUint32(wire: Wire): number {
  return readBytes(wire, 4).reduce((value, byte) => value * 256 + byte, 0)
}

/** `uint64` */
export function readUint64(wire: Wire): bigint {
  return readBytes(wire, 8).reduce((value, byte) => value * 256n + BigInt(byte), 0n)
}

/** `string`: any bytes behind their count. */
export function readString(wire: Wire): Uint8Array {
  return readBytes(wire, readUint32(wire))
}

/** A `string` that is a name or a line of text: no control characters, a NUL least of all. Byte for byte. */
export function readText(wire: Wire): string {
  const bytes = readString(wire)
  if (bytes.some(byte => byte < 0x20 || byte === 0x7f)) spoil(wire)
  return wire.sound ? byteText(bytes) : ''
}

/** The strings of a list that fills `bytes`, or null where they do not. */
export function readTexts(bytes: Uint8Array): readonly string[] | null {
  const wire = wireOf(bytes)
  const texts: string[] = []
  while (hasMore(wire)) texts.push(readText(wire))
  return isWhole(wire) ? texts : null
}

/** `mpint`, where only a number above zero makes sense: its magnitude, without the zero octet that keeps it positive. */
export function readPositive(wire: Wire): Uint8Array {
  const bytes = readString(wire)
  const [first = 0x80, second = 0] = bytes
  // negative, zero, or with more leading zeros than one before a set bit
  if (first >= 0x80 || (first === 0 && second < 0x80)) spoil(wire)
  return first === 0 ? bytes.subarray(1) : bytes
}

/** `string` of these pieces, or of ASCII text. */
export function wireString(content: string | Uint8Array): Uint8Array {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const whole = new Uint8Array(4 + bytes.length)
  new DataView(whole.buffer).setUint32(0, bytes.length)
  whole.set(bytes, 4)
  return whole
}

/** `mpint` of a number above zero, big-endian. */
export function wirePositive(number: Uint8Array): Uint8Array {
  const significant = number.subarray(number.findIndex(byte => byte !== 0))
  const sign = (significant[0] ?? 0) >= 0x80 ? [0] : []
  return wireString(Uint8Array.of(...sign, ...significant))
}
