import { decodeBase64, encodeBase64 } from './base64.ts'
import { byteText, isSame } from './bytes.ts'
import { type Cursor, cursorOf, decoded, nextLine } from './text-line.ts'

/** What an armored text holds, or what is wrong with it: `detail` is for people and quotes none of the text. */
export type Armor =
  | { readonly kind: 'block'; readonly bytes: Uint8Array }
  | { readonly kind: 'unreadable'; readonly detail: string }

/** What a key file in ASCII armor holds: the bytes of its blocks, or what is wrong in which line (from 1). */
export type KeyArmor =
  | {
      readonly kind: 'blocks'
      readonly blocks: readonly Uint8Array[]
      /** Lines between them that are not blank, a character a byte. */
      readonly comments: readonly string[]
    }
  | { readonly kind: 'secret'; readonly line: number }
  | { readonly kind: 'unreadable'; readonly line: number; readonly detail: string }

/**
 * The one block that `text` is, such as `PGP SIGNATURE`, with nothing before it and nothing but empty lines
 * behind it. RFC 9580 §6.2, and stricter: canonical base64 only, a checksum that is there must be right, and
 * nothing but white space at the end of a line is let pass. Linear in the length of `text`; never throws.
 */
export function decodeArmor(text: Uint8Array, label: string): Armor {
  const cursor = cursorOf(decoded(text))
  if (nextLine(cursor) !== beginOf(label))
    return { kind: 'unreadable', detail: `its first line is not ${beginOf(label)}` }
  const block = readBlock(cursor, label)
  if (block.kind === 'unreadable') return block
  for (let line = nextLine(cursor); line !== null; line = nextLine(cursor))
    if (line.length > 0) return { kind: 'unreadable', detail: `text follows its ${endOf(label)}` }
  return block
}

/**
 * The public key blocks of a key file. Text between them is a comment, as for GnuPG, unless it could be meant as
 * a first or last line of a block: a revocation certificate that is passed over in silence is a revoked key that
 * stays trusted. Linear; never throws.
 */
export function splitArmor(text: Uint8Array): KeyArmor {
  const cursor = cursorOf(byteText(text))
  const blocks: Uint8Array[] = []
  const comments: string[] = []
  for (let line = nextLine(cursor); line !== null; line = nextLine(cursor)) {
    if (line === beginOf('PGP PUBLIC KEY BLOCK')) {
      const block = readBlock(cursor, 'PGP PUBLIC KEY BLOCK')
      if (block.kind === 'unreadable') return { ...block, line: cursor.line }
      blocks.push(block.bytes)
      continue
    }
    if (line.length > longestComment)
      return { kind: 'unreadable', line: cursor.line, detail: 'too long a line' }
    if (/BEGIN/.test(line) && /(PRIVATE|SECRET) KEY/.test(line)) return { kind: 'secret', line: cursor.line }
    const detail = mistakenFor(line)
    if (detail !== null) return { kind: 'unreadable', line: cursor.line, detail }
    if (line !== '') comments.push(line)
  }
  return blocks.length > 0
    ? { kind: 'blocks', blocks, comments }
    : { kind: 'unreadable', line: 1, detail: 'no public key block in it' }
}

/** A block as text. GnuPG 2.2 does not read every one that has no checksum. */
export function encodeArmor(block: Uint8Array, label: string): string {
  const lines = encodeBase64(block).match(/.{1,64}/g) ?? []
  return [beginOf(label), '', ...lines, `=${encodeBase64(checksumOf(block))}`, endOf(label), ''].join('\n')
}

/** Bytes. */
const longestComment = 4096

/** Header lines, an empty line, the data, the checksum if any, the last line. */
function readBlock(cursor: Cursor, label: string): Armor {
  let line = nextLine(cursor)
  while (line !== null && isHeader(line)) line = nextLine(cursor)
  if (line !== '') return { kind: 'unreadable', detail: 'its header lines do not end in an empty line' }
  const data: string[] = []
  for (line = nextLine(cursor); line !== null && line !== '' && !endsData(line); line = nextLine(cursor))
    data.push(line)
  const checksum = line?.startsWith('=') === true ? line : null
  if (checksum !== null) line = nextLine(cursor)
  if (line !== endOf(label))
    return { kind: 'unreadable', detail: `its data is not followed by ${endOf(label)}` }
  const bytes = decodeBase64(data)
  if (bytes === null) return { kind: 'unreadable', detail: 'its data is not canonical base64' }
  if (bytes.length === 0) return { kind: 'unreadable', detail: 'it holds no data' }
  if (checksum !== null && !isChecksum(checksum, bytes))
    return { kind: 'unreadable', detail: 'its checksum is wrong' }
  return { kind: 'block', bytes }
}

/** `Name: value`; RFC 9580 §6.2.2. No control characters, so that nothing reads two lines where one stands. */
function isHeader(line: string): boolean {
  return /^[0-9A-Za-z-]+:(?: |$)/.test(line) && !/[\0-\x08\x0a-\x1f\x7f]/.test(line)
}

/** Whether a line is the checksum or the last one. */
function endsData(line: string): boolean {
  return line.startsWith('=') || line.startsWith('-')
}

/** RFC 9580 §6.1.1: CRC-24 of the data, as `=` and four digits of base64. */
function isChecksum(line: string, bytes: Uint8Array): boolean {
  const stated = line.length === 5 ? decodeBase64([line.slice(1)]) : null
  return stated !== null && isSame(stated, checksumOf(bytes))
}

/** CRC-24, three octets. RFC 9580 §6.1.1. */
function checksumOf(bytes: Uint8Array): Uint8Array {
  let crc = 0xb704ce
  for (const byte of bytes) crc = ((crc << 8) & 0xffffff) ^ (remainders[(crc >> 16) ^ byte] ?? 0)
  return Uint8Array.of(crc >> 16, (crc >> 8) & 0xff, crc & 0xff)
}

/** What each octet, in front, comes to after the eight steps of the division. */
const remainders = Int32Array.from({ length: 256 }, (_, octet) => {
  let crc = octet << 16
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x800000 ? ((crc << 1) ^ 0x864cfb) & 0xffffff : crc << 1
  return crc
})

/** Why a line outside of the blocks is no comment, or null. */
function mistakenFor(comment: string): string | null {
  if (comment.startsWith(':-----BEGIN '))
    return 'GnuPG put a colon before the dashes of this revocation certificate: remove the colon to make it count'
  if (/^-----BEGIN PGP [A-Z ]+-----$/.test(comment)) return 'it begins a block that is not a public key block'
  const armorLike =
    /(BEGIN|END)\s*PGP/i.test(comment) || (/--/.test(comment) && /BEGIN|END|PGP/.test(comment))
  return armorLike ? `neither a comment nor exactly ${beginOf('PGP PUBLIC KEY BLOCK')}` : null
}

function beginOf(label: string): string {
  return `-----BEGIN ${label}-----`
}

function endOf(label: string): string {
  return `-----END ${label}-----`
}
