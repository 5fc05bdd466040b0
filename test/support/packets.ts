/** OpenPGP packets byte by byte, so that a test can make what no library would. RFC 9580 §4, §5.2.3, §6. */

/** `partial`: in chunks of 512 octets first; `indeterminate`: an old header without a length. RFC 9580 §4.2. */
export type PacketHeader = 'new' | 'new5' | 'old' | 'partial' | 'indeterminate'

/** A packet with this tag and body. */
export function packet(tag: number, body: Uint8Array, header: PacketHeader = 'new'): Uint8Array {
  const { length } = body
  if (header === 'indeterminate') return bytes(0x80 | (tag << 2) | 3, body)
  if (header === 'old') return bytes(0x80 | (tag << 2) | 2, uint32(length), body)
  if (header === 'new5') return bytes(0xc0 | tag, 0xff, uint32(length), body)
  if (header === 'new' || length < 1024) return bytes(0xc0 | tag, lengthOf(length), body)
  return bytes(0xc0 | tag, 0xe9, body.subarray(0, 512), lengthOf(length - 512), body.subarray(512))
}

/** A signature subpacket. RFC 9580 §5.2.3.7. */
export function subpacket(type: number, body: Uint8Array, critical = false): Uint8Array {
  return bytes(lengthOf(body.length + 1), critical ? type | 0x80 : type, body)
}

/** The subpackets that tests name. Times and durations in seconds. */
export const subpackets = {
  created: (at: number, critical = false) => subpacket(2, uint32(at), critical),
  signatureExpires: (after: number) => subpacket(3, uint32(after)),
  keyExpires: (after: number) => subpacket(9, uint32(after)),
  issuer: (keyId: string) => subpacket(16, hex(keyId)),
  notation: (name: string, value: string, critical = false) =>
    subpacket(
      20,
      bytes(hex('80000000'), uint16(name.length), uint16(value.length), text(name), text(value)),
      critical,
    ),
  primaryUserId: () => subpacket(25, bytes(1)),
  keyFlags: (flags: number) => subpacket(27, bytes(flags), true),
  revocationReason: (reason: number, why = '') => subpacket(29, bytes(reason, text(why))),
  embedded: (signatureBody: Uint8Array) => subpacket(32, signatureBody),
  issuerFingerprint: (version: number, fingerprint: string) =>
    subpacket(33, bytes(version, hex(fingerprint))),
  unknown: (critical: boolean) => subpacket(99, text('?'), critical),
} as const

export type ArmorOptions = {
  /** Between `BEGIN PGP` and the dashes. */
  readonly type?: string
  /** Such as `Version: 1`. */
  readonly headers?: readonly string[]
  readonly crc?: boolean
  readonly width?: number
  readonly newline?: string
}

/** ASCII armor. RFC 9580 §6.2. */
export function armor(data: Uint8Array, options: ArmorOptions = {}): string {
  const { type = 'SIGNATURE', headers = [], crc = true, width = 64, newline = '\n' } = options
  const encoded = Buffer.from(data).toString('base64')
  const lines = encoded.match(new RegExp(`.{1,${width}}`, 'g')) ?? []
  const sum = crc ? [`=${Buffer.from(crc24(data)).toString('base64')}`] : []
  const head = [`-----BEGIN PGP ${type}-----`, ...headers, '']
  return [...head, ...lines, ...sum, `-----END PGP ${type}-----`, ''].join(newline)
}

/** What stands between the armor lines, decoded without a check. */
export function unarmor(armored: string): Uint8Array {
  const body = armored.split(/\r?\n\r?\n/, 2)[1] ?? ''
  return Buffer.from(body.split(/\r?\n(?:=|-----)/, 1)[0] ?? '', 'base64')
}

/** A multiprecision integer of a big-endian number. RFC 9580 §3.2. */
export function mpi(number: Uint8Array): Uint8Array {
  const start = number.findIndex(octet => octet !== 0)
  const significant = start < 0 ? new Uint8Array() : number.subarray(start)
  const bits = significant.length === 0 ? 0 : significant.length * 8 - Math.clz32(significant[0] ?? 0) + 24
  return bytes(uint16(bits), significant)
}

/** Octets in a row, given as numbers or as runs. */
export function bytes(...parts: readonly (number | Uint8Array)[]): Uint8Array {
  return Buffer.concat(parts.map(part => (typeof part === 'number' ? Uint8Array.of(part) : part)))
}

export function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value & 0xff)
}

export function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff)
}

export function hex(digits: string): Uint8Array {
  return Buffer.from(digits, 'hex')
}

export function text(words: string): Uint8Array {
  return Buffer.from(words, 'utf8')
}

/** The length of a new-format packet or of a subpacket. */
function lengthOf(length: number): Uint8Array {
  if (length < 192) return Uint8Array.of(length)
  if (length < 8384) return Uint8Array.of(((length - 192) >> 8) + 192, (length - 192) & 0xff)
  return bytes(0xff, uint32(length))
}

function crc24(data: Uint8Array): Uint8Array {
  let crc = 0xb704ce
  for (const octet of data) {
    crc ^= octet << 16
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x800000 ? ((crc << 1) ^ 0x864cfb) & 0xffffff : crc << 1
  }
  return uint32(crc).subarray(1)
}
