import { decodeArmor } from './armor.ts'
import { type HashAlgorithm, hashAlgorithms } from './hash-algorithm.ts'
import { type Issuer, issuerSubpackets, readIssuer } from './issuer.ts'
import type { KeyAlgorithm } from './keyring.ts'
import { parseSubpackets, readNumber, readPacket, type Subpacket } from './packet.ts'
import { parseSshSignature, type SshSignature } from './ssh-signature.ts'

/** The one form of OpenPGP signature that is judged: version 4 or 6, type 0x00, over a document. */
export type DocumentSignature = {
  readonly kind: 'document'
  readonly version: 4 | 6
  readonly algorithm: KeyAlgorithm
  readonly hash: HashAlgorithm
  /** Seconds since 1970, from the signed area. */
  readonly at: number
  /** Seconds since 1970 from which on the signature itself has expired, or null. RFC 9580 §5.2.3.18. */
  readonly expires: number | null
  readonly issuer: Issuer
  /** Hashed before the document: the salt of version 6. */
  readonly salt: Uint8Array
  /** Hashed behind the document. RFC 9580 §5.2.4. */
  readonly trailer: Uint8Array
  /** RSA: one number. ECDSA and EdDSA legacy: two. Ed25519 and Ed448: one octet string. */
  readonly values: readonly Uint8Array[]
}

export type Signature =
  | DocumentSignature
  | SshSignature
  | { readonly kind: 'several' }
  | { readonly kind: 'unreadable'; readonly detail: string }
  | { readonly kind: 'unsupported'; readonly detail: string }

/**
 * Takes a detached signature apart strictly: one armored block, in it one signature and nothing else.
 * Whatever another reader could take differently is refused, never passed over: `openpgp.verify()` drops packets
 * that it does not like and is content with an empty list.
 */
export function parseSignature(text: Uint8Array): Signature {
  const ascii = utf8.decode(text)
  const firstLine = ascii.slice(0, 64).split('\n', 1)[0]?.trimEnd()
  if (firstLine === '-----BEGIN SIGNED MESSAGE-----') return unsupported('an X.509 signature')
  if ((ascii.match(begins)?.length ?? 0) > 1) return { kind: 'several' }
  if (firstLine === '-----BEGIN SSH SIGNATURE-----') return parseSshSignature(text)
  const armor = decodeArmor(text, 'PGP SIGNATURE')
  return armor.kind === 'block' ? parseSignaturePackets(armor.bytes) : unreadable(armor.detail)
}

/** RFC 9580 §4.2: one packet of type 2, its length stated once and filling `bytes` to the last. */
export function parseSignaturePackets(bytes: Uint8Array): Signature {
  const packet = readPacket(bytes)
  if (packet === null) return unreadable('its packet is malformed')
  if (packet.tag !== 2) return unreadable(`it holds a packet of type ${packet.tag}`)
  if (packet.rest.length > 0)
    return readPacket(packet.rest)?.tag === 2 ? { kind: 'several' } : unreadable('bytes follow its packet')
  return parseBody(packet.body)
}

/** RFC 9580 §5.2.3. */
function parseBody(body: Uint8Array): Signature {
  const version = body[0]
  if (version !== 4 && version !== 6) return unsupported(`a signature of version ${version ?? 'none'}`)
  const [type, keyAlgorithm, hashAlgorithm] = [body[1] ?? 0xff, body[2] ?? 0, body[3] ?? 0]
  const lengthOctets = version === 4 ? 2 : 4
  const hashedLength = readNumber(body, 4, lengthOctets)
  const hashedEnd = 4 + lengthOctets + (hashedLength ?? 0)
  const unhashedLength = readNumber(body, hashedEnd, lengthOctets)
  if (hashedLength === null || unhashedLength === null) return unreadable('it is cut off')
  const unhashedEnd = hashedEnd + lengthOctets + unhashedLength
  const hashed = parseSubpackets(body.subarray(4 + lengthOctets, hashedEnd))
  const unhashed = parseSubpackets(body.subarray(hashedEnd + lengthOctets, unhashedEnd))
  if (unhashedEnd + 2 > body.length || hashed === null || unhashed === null)
    return unreadable('its subpackets are malformed')

  if (type !== 0x00)
    return unsupported(
      `a signature of type 0x${type.toString(16).padStart(2, '0')}, which is not over a document`,
    )
  const hash = hashAlgorithms.get(hashAlgorithm)
  if (hash === undefined) return unsupported(`hash algorithm ${hashAlgorithm}`)
  const algorithm = keyAlgorithms.get(keyAlgorithm)
  if (algorithm === undefined) return unsupported(`public-key algorithm ${keyAlgorithm}`)
  const all = [...hashed, ...unhashed]
  const unknown = all.find(({ critical, type }) => critical && !understood.has(type))
  if (unknown !== undefined) return unsupported(`a critical subpacket of type ${unknown.type}`)

  const at = secondsIn(hashed.filter(({ type }) => type === subpacket.created))
  if (at === null) return unreadable('it does not say once when it was made')
  const expiry = hashed.filter(({ type }) => type === subpacket.expires)
  const life = expiry.length === 0 ? 0 : secondsIn(expiry)
  if (life === null) return unreadable('its expiry is malformed')
  const issuer = readIssuer(all, version)
  if (issuer === null) return unreadable('it does not say clearly which key made it')

  const saltLength = version === 6 ? (hash.salt ?? -1) : 0
  const saltStart = unhashedEnd + 2 + (version === 6 ? 1 : 0)
  if (version === 6 && body[unhashedEnd + 2] !== saltLength) return unreadable('its salt is malformed')
  const values = readValues(body.subarray(saltStart + saltLength), algorithm)
  if (values === null || saltStart + saltLength > body.length) return unreadable('its numbers are malformed')
  return {
    kind: 'document',
    version,
    algorithm,
    hash: hash.name,
    at,
    expires: life === 0 ? null : at + life,
    issuer,
    salt: body.subarray(saltStart, saltStart + saltLength),
    trailer: trailerOf(body.subarray(0, hashedEnd), version),
    values,
  }
}

/** RFC 9580 §9.1. RSA sign-only (3) is deprecated and the same arithmetic. */
const keyAlgorithms: ReadonlyMap<number, KeyAlgorithm> = new Map([
  [1, 'rsa'],
  [3, 'rsa'],
  [19, 'ecdsa'],
  [22, 'eddsa'],
  [27, 'ed25519'],
  [28, 'ed448'],
])

/** RFC 9580 §5.2.3.7. */
const subpacket = { created: 2, expires: 3, signersUserId: 28 } as const

/** What may be critical; a notation or anything else changes the meaning. */
const understood: ReadonlySet<number> = new Set([
  ...Object.values(subpacket),
  ...Object.values(issuerSubpackets),
])

/** The four octets that one subpacket alone holds. */
function secondsIn([first, ...others]: readonly Subpacket[]): number | null {
  return others.length === 0 && first?.data.length === 4 ? readNumber(first.data, 0, 4) : null
}

/** RFC 9580 §5.2.3.1 to §5.2.3.5. Null where bytes are missing or left over. */
function readValues(bytes: Uint8Array, algorithm: KeyAlgorithm): readonly Uint8Array[] | null {
  if (algorithm === 'ed25519') return bytes.length === 64 ? [bytes] : null
  if (algorithm === 'ed448') return bytes.length === 114 ? [bytes] : null
  const wanted = algorithm === 'rsa' ? 1 : 2
  const values: Uint8Array[] = []
  let at = 0
  for (let read = 0; read < wanted; read++) {
    const bits = readNumber(bytes, at, 2)
    if (bits === null || bits === 0) return null
    const end = at + 2 + Math.ceil(bits / 8)
    if (end > bytes.length) return null
    values.push(bytes.subarray(at + 2, end))
    at = end
  }
  return at === bytes.length ? values : null
}

/** RFC 9580 §5.2.4: the signature up to its hashed subpackets, its version, 0xFF, the length of all that. */
function trailerOf(hashedPart: Uint8Array, version: 4 | 6): Uint8Array {
  const trailer = new Uint8Array(hashedPart.length + 6)
  trailer.set(hashedPart)
  trailer.set([version, 0xff], hashedPart.length)
  new DataView(trailer.buffer).setUint32(hashedPart.length + 2, hashedPart.length)
  return trailer
}

const begins = /-----BEGIN (?:PGP|SSH) SIGNATURE/g
const utf8 = new TextDecoder()

function unreadable(detail: string): Signature {
  return { kind: 'unreadable', detail }
}

function unsupported(detail: string): Signature {
  return { kind: 'unsupported', detail }
}
