import { hex } from '../../src/core/packet.ts'
import { layoutOf, packetOf, type SignatureLayout, subpacketBytes } from './signature-layout.ts'

/**
 * Every way in which an object can be changed while its signature holds, in the words of docs/interop.md. What a
 * signature consists of is not signed by it; these are the places where different bytes mean the same signature.
 */
export const unsignedBytes = [
  'white space at the end of a line of the armor',
  'header lines of the armor',
  'where the armor of a tag breaks its data into lines, and empty lines behind it',
  'unhashed subpackets',
  'the first two octets of the digest',
  'the bit count and the leading zeros of a number',
  'how the packet states its length',
] as const

export type UnsignedBytes = (typeof unsignedBytes)[number]

/** In which of these ways two objects differ; null where they differ in any other. */
export function differenceOf(
  type: 'commit' | 'tag',
  one: Uint8Array,
  other: Uint8Array,
): readonly UnsignedBytes[] | null {
  const [left, right] = [readingOf(type, one), readingOf(type, other)]
  if (left === null || right === null || left.signed !== right.signed) return null
  return unsignedBytes.filter(name => left.unsigned[name] !== right.unsigned[name])
}

/** An object as texts to compare: what must not change, and what may. */
type Reading = {
  readonly signed: string
  readonly unsigned: Readonly<Partial<Record<UnsignedBytes, string>>>
}

function readingOf(type: 'commit' | 'tag', object: Uint8Array): Reading | null {
  const found = signatureIn(type, Buffer.from(object).toString('latin1'))
  if (found === null) return null
  const lines = found.armor.split('\n')
  const [first = '', ...rest] = lines.map(line => line.replace(/[ \t\r]+$/, ''))
  const empty = rest.findIndex(line => !/^[0-9A-Za-z-]+:( |$)/.test(line))
  const end = rest.findIndex(line => line.startsWith('-----END'))
  const checksum = rest[end - 1]?.startsWith('=') === true ? rest[end - 1] : null
  const data = rest.slice(empty + 1, checksum === null ? end : end - 1)
  const breaks = JSON.stringify([data.map(({ length }) => length), rest.slice(end + 1)])
  const inPacket = checksum === null ? partsOf(data.join('')) : null
  const behind = rest.slice(end + 1).filter(line => line !== '')
  return {
    signed: JSON.stringify([
      found.payload,
      first,
      rest[empty],
      inPacket?.signed ?? data.join(''),
      checksum,
      rest[end],
      behind,
      type === 'commit' ? breaks : null,
    ]),
    unsigned: {
      'white space at the end of a line of the armor': lines
        .map(line => /[ \t\r]*$/.exec(line)?.[0] ?? '')
        .filter(blank => blank !== '')
        .join('\n'),
      'header lines of the armor': rest.slice(0, empty).join('\n'),
      'where the armor of a tag breaks its data into lines, and empty lines behind it': breaks,
      ...inPacket?.unsigned,
    },
  }
}

/** What is signed, and the signature's text: of a commit its one header, of a tag its end. An octet a character. */
function signatureIn(
  type: 'commit' | 'tag',
  object: string,
): { readonly payload: string; readonly armor: string } | null {
  if (type === 'tag') {
    const start = object.lastIndexOf('\n-----BEGIN PGP SIGNATURE-----') + 1
    return start === 0 ? null : { payload: object.slice(0, start), armor: object.slice(start) }
  }
  const found = /^gpgsig(?:-sha256)? ([^\n]*(?:\n [^\n]*)*)\n/m.exec(object)
  if (found === null || found.index > object.indexOf('\n\n')) return null
  const payload = object.slice(0, found.index) + object.slice(found.index + found[0].length)
  return { payload, armor: (found[1] ?? '').replaceAll('\n ', '\n') }
}

/** Of a packet that no checksum of the armor guards; null where it cannot be read. */
function partsOf(data: string): Reading | null {
  const packet = Buffer.from(data, 'base64')
  const layout = packet.toString('base64') === data ? layoutOf(packet) : null
  if (layout === null) return null
  const bare: SignatureLayout = {
    ...layout,
    header: 'new',
    lengthOctets: 5,
    unhashed: [],
    prefix: Buffer.alloc(2),
    numbers: [],
  }
  const numbers = layout.numbers
  const values = numbers instanceof Uint8Array ? [numbers] : numbers.map(({ octets }) => octets)
  const isNumber = !(numbers instanceof Uint8Array)
  return {
    signed: JSON.stringify([
      hex(packetOf(bare)),
      values.map(value => (isNumber ? hex(value).replace(/^(00)+/, '') : hex(value))),
    ]),
    unsigned: {
      'unhashed subpackets': layout.unhashed.map(subpacket => hex(subpacketBytes(subpacket))).join(' '),
      'the first two octets of the digest': hex(layout.prefix),
      'the bit count and the leading zeros of a number': isNumber
        ? JSON.stringify(numbers.map(({ bits, octets }) => [bits, octets.length]))
        : '',
      'how the packet states its length': `${layout.header} ${layout.lengthOctets}`,
    },
  }
}
