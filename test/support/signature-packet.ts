import { createHash, randomBytes } from 'node:crypto'
import type { PacketHeader } from './packets.ts'
import { bytes, hex, packet, subpackets, uint16, uint32 } from './packets.ts'
import type { Secret } from './secret.ts'
import { hashNames } from './secret.ts'

/** How a signature is made; what is left out is as an honest signer makes it. */
export type SignatureShape = {
  /** 3, 4 or 6; the key's own. */
  readonly version?: number
  /** RFC 9580 §5.2.1; 0x00, a binary document. */
  readonly type?: number
  /** RFC 9580 §9.5. */
  readonly hash?: number
  /** Seconds since 1970; now. */
  readonly at?: number
  /** In the place of creation time and issuer. */
  readonly hashed?: readonly Uint8Array[]
  /** Beside creation time and issuer. */
  readonly alsoHashed?: readonly Uint8Array[]
  readonly unhashed?: readonly Uint8Array[]
  /** Named in the packet and in what is hashed, in the place of the key's own. */
  readonly algorithmId?: number
  /** In the place of the two first octets of the digest. */
  readonly prefix?: Uint8Array
  readonly salt?: Uint8Array
  /** Changes the algorithm's own fields. */
  readonly fields?: (fields: Uint8Array) => Uint8Array
  readonly header?: PacketHeader
}

/** A signature packet of `secret` over `data`; for signatures over keys, `data` is their frames. */
export function signaturePacket(secret: Secret, data: Uint8Array, shape: SignatureShape = {}): Uint8Array {
  return packet(2, signatureBody(secret, data, shape), shape.header)
}

/** The body of such a packet. RFC 9580 §5.2.2–5.2.4. */
export function signatureBody(secret: Secret, data: Uint8Array, shape: SignatureShape = {}): Uint8Array {
  const { version = secret.version, type = 0, hash = strongHash(secret), at = now() } = shape
  const { algorithmId = secret.algorithmId, salt = randomBytes(saltLength(hash)) } = shape
  if (version === 3) return version3(secret, data, { ...shape, type, hash, at, algorithmId })
  const six = version === 6
  const counted = (area: Uint8Array) => bytes(six ? uint32(area.length) : uint16(area.length), area)
  const issuer = subpackets.issuerFingerprint(secret.version, secret.fingerprint)
  const hashed = bytes(...(shape.hashed ?? [subpackets.created(at), issuer]), ...(shape.alsoHashed ?? []))
  const unhashed = bytes(...(shape.unhashed ?? (six ? [] : [subpackets.issuer(secret.keyId)])))
  const covered = bytes(version, type, algorithmId, hash, counted(hashed))
  const message = bytes(six ? salt : bytes(), data, covered, version, 0xff, uint32(covered.length))
  const fields = secret.signFields(hash, message)
  return bytes(
    covered,
    counted(unhashed),
    shape.prefix ?? digestPrefix(hash, message),
    six ? bytes(salt.length, salt) : bytes(),
    shape.fields?.(fields) ?? fields,
  )
}

/** Seconds since 1970. */
export function now(): number {
  return Math.floor(Date.now() / 1000)
}

type Version3 = SignatureShape & { type: number; hash: number; at: number; algorithmId: number }

/** RFC 9580 §5.2.2 of version 3: type and time are all that is hashed beside the data. */
function version3(secret: Secret, data: Uint8Array, shape: Version3): Uint8Array {
  const { type, hash, at, algorithmId, prefix } = shape
  const covered = bytes(type, uint32(at))
  const message = bytes(data, covered)
  const fields = secret.signFields(hash, message)
  const head = bytes(3, 5, covered, hex(secret.keyId), algorithmId, hash)
  return bytes(head, prefix ?? digestPrefix(hash, message), shape.fields?.(fields) ?? fields)
}

function digestPrefix(hash: number, message: Uint8Array): Uint8Array {
  return createHash(hashNames[hash] ?? 'sha256')
    .update(message)
    .digest()
    .subarray(0, 2)
}

/** At least as long as the curve's order asks. */
function strongHash({ algorithm }: Secret): number {
  if (/384/.test(algorithm)) return 9
  return /512|521|448/.test(algorithm) ? 10 : 8
}

/** RFC 9580 §9.5, table 23. */
function saltLength(hash: number): number {
  if (hash === 9) return 24
  return hash === 10 || hash === 14 ? 32 : 16
}
