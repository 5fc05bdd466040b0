import { bytes, subpacket as encoded, uint16, uint32 } from '../support/packets.ts'

/** A signature packet in its parts, any of which may be changed; the parts need not fit together. RFC 9580 §5.2.3. */
export type SignatureLayout = {
  readonly header: 'old' | 'new'
  /** Octets of the length that the header states; 0: as few as will do. */
  readonly lengthOctets: 0 | 1 | 2 | 4 | 5
  readonly version: number
  readonly type: number
  readonly keyAlgorithm: number
  readonly hashAlgorithm: number
  readonly hashed: readonly Subpacket[]
  readonly unhashed: readonly Subpacket[]
  readonly prefix: Uint8Array
  /** Version 6 alone. */
  readonly salt: Uint8Array
  readonly numbers: readonly OpenPgpNumber[] | Uint8Array
  /** In the packet, behind the numbers. */
  readonly more: Uint8Array
  /** Octets that the header promises beyond those that are there. */
  readonly promised: number
}

export type Subpacket = {
  readonly type: number
  readonly critical: boolean
  /** How its length is written; 5 always can be. */
  readonly lengthOctets: 1 | 2 | 5
  readonly data: Uint8Array
}

/** RFC 9580 §3.2; more octets than its bits need are leading zeros. */
export type OpenPgpNumber = { readonly bits: number; readonly octets: Uint8Array }

/** The parts of a packet that is known to be one whole signature; null where it is not. */
export function layoutOf(packet: Uint8Array): SignatureLayout | null {
  const view = Buffer.from(packet)
  const first = view[0] ?? 0
  const isOld = (first & 0x40) === 0
  if ((first & 0x80) === 0 || (isOld ? (first >> 2) & 15 : first & 63) !== 2) return null
  const head = isOld ? oldHead(view) : newHead(view)
  if (head === null || head.end + head.length !== view.length) return null
  const body = view.subarray(head.end)
  const [version = 0, type = 0, keyAlgorithm = 0, hashAlgorithm = 0] = body
  const count = version === 6 ? 4 : 2
  if (body.length < 4 + count) return null
  const hashedEnd = 4 + count + body.readUIntBE(4, count)
  if (hashedEnd + count > body.length) return null
  const unhashedEnd = hashedEnd + count + body.readUIntBE(hashedEnd, count)
  const hashed = subpacketsIn(body.subarray(4 + count, hashedEnd))
  const unhashed = subpacketsIn(body.subarray(hashedEnd + count, unhashedEnd))
  if (unhashedEnd + 3 > body.length || hashed === null || unhashed === null) return null
  const saltStart = unhashedEnd + (version === 6 ? 3 : 2)
  const saltEnd = saltStart + (version === 6 ? (body[saltStart - 1] ?? 0) : 0)
  const rest = body.subarray(saltEnd)
  return {
    header: isOld ? 'old' : 'new',
    lengthOctets: head.octets,
    version,
    type,
    keyAlgorithm,
    hashAlgorithm,
    hashed,
    unhashed,
    prefix: body.subarray(unhashedEnd, unhashedEnd + 2),
    salt: body.subarray(saltStart, saltEnd),
    numbers: keyAlgorithm === 27 || keyAlgorithm === 28 ? rest : (numbersIn(rest) ?? rest),
    more: new Uint8Array(),
    promised: 0,
  }
}

/** The packet of these parts. */
export function packetOf(layout: SignatureLayout): Uint8Array {
  const { version, type, keyAlgorithm, hashAlgorithm, hashed, unhashed, prefix, salt, numbers } = layout
  const area = (subpackets: readonly Subpacket[]) => {
    const content = bytes(...subpackets.map(subpacketBytes))
    return bytes(version === 6 ? uint32(content.length) : uint16(content.length), content)
  }
  const body = bytes(
    ...[version, type, keyAlgorithm, hashAlgorithm],
    area(hashed),
    area(unhashed),
    prefix,
    ...(version === 6 ? [salt.length, salt] : []),
    numbers instanceof Uint8Array
      ? numbers
      : bytes(...numbers.flatMap(({ bits, octets }) => [uint16(bits), octets])),
    layout.more,
  )
  return bytes(headerOf(layout, Math.max(0, body.length + layout.promised)), body)
}

export function subpacketBytes({ type, critical, lengthOctets, data }: Subpacket): Uint8Array {
  const length = data.length + 1
  const minimal = encoded(type, data, critical)
  if (lengthOctets !== 5 || length >= 8384) return minimal
  return bytes(0xff, uint32(length), critical ? type | 0x80 : type, data)
}

type Head = {
  readonly end: number
  readonly length: number
  readonly octets: SignatureLayout['lengthOctets']
}

function oldHead(view: Buffer): Head | null {
  const octets = ([1, 2, 4] as const)[(view[0] ?? 0) & 3]
  if (octets === undefined || view.length < 1 + octets) return null
  return { end: 1 + octets, length: view.readUIntBE(1, octets), octets }
}

function newHead(view: Buffer): Head | null {
  const first = view[1] ?? 0xe0
  if (first < 192) return { end: 2, length: first, octets: 1 }
  if (first < 224) return { end: 3, length: ((first - 192) << 8) + (view[2] ?? 0) + 192, octets: 2 }
  return first === 255 && view.length >= 6 ? { end: 6, length: view.readUInt32BE(2), octets: 5 } : null
}

function headerOf({ header, lengthOctets }: SignatureLayout, length: number): Uint8Array {
  if (header === 'old') {
    if (length < 256 && lengthOctets === 1) return bytes(0x88, length)
    return length < 65536 && lengthOctets === 2 ? bytes(0x89, uint16(length)) : bytes(0x8a, uint32(length))
  }
  if (length < 192 && lengthOctets < 2) return bytes(0xc2, length)
  if (length >= 192 && length < 8384 && lengthOctets < 4)
    return bytes(0xc2, ((length - 192) >> 8) + 192, (length - 192) & 0xff)
  return bytes(0xc2, 0xff, uint32(length))
}

function subpacketsIn(area: Buffer): readonly Subpacket[] | null {
  const subpackets: Subpacket[] = []
  for (let at = 0; at < area.length; ) {
    const first = area[at] ?? 0
    const lengthOctets = first < 192 ? 1 : first < 255 ? 2 : 5
    if (at + lengthOctets >= area.length) return null
    const length =
      lengthOctets === 1
        ? first
        : lengthOctets === 2
          ? ((first - 192) << 8) + (area[at + 1] ?? 0) + 192
          : area.readUInt32BE(at + 1)
    const start = at + lengthOctets
    if (length === 0 || start + length > area.length) return null
    const tag = area[start] ?? 0
    const data = area.subarray(start + 1, start + length)
    subpackets.push({ type: tag & 0x7f, critical: tag >= 0x80, lengthOctets, data })
    at = start + length
  }
  return subpackets
}

function numbersIn(rest: Buffer): readonly OpenPgpNumber[] | null {
  const numbers: OpenPgpNumber[] = []
  for (let at = 0; at < rest.length; ) {
    if (at + 2 > rest.length) return null
    const bits = rest.readUInt16BE(at)
    const end = at + 2 + Math.ceil(bits / 8)
    if (end > rest.length) return null
    numbers.push({ bits, octets: rest.subarray(at + 2, end) })
    at = end
  }
  return numbers
}
