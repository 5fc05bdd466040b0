import { byteText, hexOf } from './bytes.ts'
import type { RevokedCertificates } from './keyring.ts'
import { isCertificateName } from './ssh-certificate.ts'
import type { SshArithmetic } from './ssh-fingerprint.ts'
import {
  hasMore,
  isWhole,
  readByte,
  readBytes,
  readPositive,
  readString,
  readText,
  readUint32,
  readUint64,
  spoil,
  type Wire,
  wireOf,
} from './ssh-wire.ts'

/** First and last serial number, in 16 digits of lower-case hex. */
export type RevokedSerials = RevokedCertificates['serials'][number]

/** Certificates by one authority, by its fingerprint, or by any where it is null. */
export type RevokedCertificatesOf = Omit<RevokedCertificates, 'keys'> & { readonly authority: string | null }

export type RevokedList = {
  /** `SHA256:…`, or SHA-1 in lower-case hex. */
  readonly keys: readonly string[]
  readonly certificates: readonly RevokedCertificatesOf[]
}

/** The first bytes of a binary list of revoked keys, which no text begins with. */
export const krlMagic = 'SSHKRL\n\0'

/**
 * A list as ssh-keygen(1) -k makes it; null where anything in it is not understood to the last byte: what could revoke a
 * key is not passed over. OpenSSH, PROTOCOL.krl.
 */
export function parseKrl(bytes: Uint8Array, arithmetic: SshArithmetic): RevokedList | null {
  const wire = wireOf(bytes)
  const magic = byteText(readBytes(wire, krlMagic.length))
  const format = readUint32(wire)
  readBytes(wire, 16) // its version, and when it was made
  const flags = readUint64(wire)
  const reserved = readString(wire)
  readString(wire) // a comment
  if (magic !== krlMagic || format !== 1 || flags !== 0n || reserved.length > 0) return null
  const keys: string[] = []
  const certificates: RevokedCertificatesOf[] = []
  while (hasMore(wire)) {
    const type = readByte(wire)
    const data = wireOf(readString(wire))
    if (type === section.certificates) certificates.push(readCertificates(data, arithmetic))
    else if (type === section.keys)
      each(data, () => keys.push(arithmetic.fingerprintsOf(readKey(data)).sha256))
    else if (type === section.sha1) each(data, () => keys.push(hexOf(readHash(data, 20))))
    else if (type === section.sha256) each(data, () => keys.push(arithmetic.shown(readHash(data, 32))))
    else spoil(wire)
    if (!isWhole(data)) spoil(wire)
  }
  return isWhole(wire) ? { keys, certificates } : null
}

/** Not known here, and so a fault: extensions, and signatures, which OpenSSH does not check either. */
const section = { certificates: 1, keys: 2, sha1: 3, sha256: 5 } as const
const certificateSection = { serials: 0x20, range: 0x21, bitmap: 0x22, keyIds: 0x23 } as const

/** One item at the least, up to the end. */
function each(data: Wire, read: () => unknown): void {
  do read()
  while (hasMore(data))
}

function readKey(data: Wire): Uint8Array {
  const blob = readString(data)
  const name = readText(wireOf(blob))
  if (name === '' || isCertificateName(name)) spoil(data)
  return blob
}

function readHash(data: Wire, length: number): Uint8Array {
  const hash = readString(data)
  if (hash.length !== length) spoil(data)
  return hash
}

/** Of one authority, or of all where none is named. */
function readCertificates(data: Wire, arithmetic: SshArithmetic): RevokedCertificatesOf {
  const blob = readString(data)
  const authority = blob.length === 0 ? null : arithmetic.fingerprintsOf(blob).sha256
  if (readString(data).length > 0) spoil(data) // reserved
  const serials: RevokedSerials[] = []
  const keyIds: string[] = []
  while (hasMore(data)) {
    const type = readByte(data)
    const content = wireOf(readString(data))
    if (type === certificateSection.serials) each(content, () => serials.push(one(readUint64(content))))
    else if (type === certificateSection.range) serials.push(run(readUint64(content), readUint64(content)))
    else if (type === certificateSection.bitmap) serials.push(...readBitmap(content))
    else if (type === certificateSection.keyIds) each(content, () => keyIds.push(readText(content)))
    else spoil(data)
    if (!isWhole(content) || serials.length > mostSerials) spoil(data)
  }
  return { authority, serials, keyIds }
}

const mostSerials = 1_000_000
const largestBitmap = (1 << 24) / 8

/** Runs of set bits; the lowest stands for the serial number before the bitmap. */
function readBitmap(content: Wire): readonly RevokedSerials[] {
  const offset = readUint64(content)
  const bitmap = readPositive(content)
  if (bitmap.length > largestBitmap || offset + BigInt(bitmap.length * 8) > 1n << 64n) spoil(content)
  if (!content.sound) return []
  const runs: RevokedSerials[] = []
  let first: number | null = null
  for (let bit = 0; bit <= bitmap.length * 8; bit++) {
    const isSet = (((bitmap[bitmap.length - 1 - (bit >> 3)] ?? 0) >> (bit & 7)) & 1) === 1
    if (isSet) first ??= bit
    else if (first !== null) {
      runs.push(run(offset + BigInt(first), offset + BigInt(bit - 1)))
      first = null
    }
  }
  return runs
}

function one(serial: bigint): RevokedSerials {
  return run(serial, serial)
}

function run(first: bigint, last: bigint): RevokedSerials {
  return [digitsOf(first), digitsOf(last)]
}

/** In a width that sorts as the numbers do. */
function digitsOf(serial: bigint): string {
  return serial.toString(16).padStart(16, '0')
}
