import { constants, createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { createMessage, PublicKeyPacket, readPrivateKeys, SignaturePacket, sign } from 'openpgp'
import type { Certificate, KeyMaterial, KeySignature, Reading, Signed } from '../core/certificate.ts'
import { Fault } from '../core/fault.ts'
import { type Component, collectKeys, type KeyPackets } from '../core/key-packets.ts'
import type { KeyFile, SigningPart, TrustedKey } from '../core/keyring.ts'
import { hex, parseSubpackets, readNumber } from '../core/packet.ts'
import { printable } from '../core/printable.ts'
import { type PublicNumbers, signingOf } from '../core/public-key.ts'
import type { Moment } from '../core/self-signature.ts'
import { signingPart } from '../core/signing-part.ts'
import { trustedKeys } from '../core/trusted-keys.ts'

/**
 * The keys that are in `files` and what they are good for, as plain data. The package openpgp takes their packets
 * apart; which of them count is decided in core, and the arithmetic is node:crypto's, because openpgp 6.3 mixes it
 * with rules of its own about dates and cannot do brainpool. Throws a Fault that names the file for whatever is not a
 * public key, and where no usable one is left.
 */
export async function readKeys(files: readonly KeyFile[], moment: Moment): Promise<readonly TrustedKey[]> {
  const { keys, revocations } = collectKeys(files)
  const certificates: Certificate[] = []
  for (const key of keys) certificates.push(await readCertificate(key))
  const lone = revocations.map(({ file, body }) => ({ file, reading: readSignature(body, newEffort(file)) }))
  return trustedKeys(certificates, lone, moment)
}

/** A secret key that signs for the server, and its public half. */
export type SigningKey = {
  readonly key: TrustedKey
  readonly part: SigningPart
  /** A detached signature over `document` in ASCII armor, dated `at` seconds since 1970. */
  sign(document: Uint8Array, at: number): Promise<string>
}

/**
 * The secret key in `files` that `name` means: the fingerprint or 16-digit key id of a primary key or subkey. Throws a
 * Fault where there is none, or where a passphrase protects it, or its public half is not fit to sign now.
 */
export async function findSigningKey(
  files: readonly KeyFile[],
  name: string,
  moment: Moment,
): Promise<SigningKey> {
  for (const { path, bytes } of files) {
    for (const secret of await readSecretKeys(path, bytes)) {
      const [key] = await readKeys([{ path, bytes: secret.toPublic().write() }], moment)
      const part = key === undefined ? null : signingPart(key, name, moment)
      if (key === undefined || part === null) continue
      const keyId = secret
        .getKeys()
        .find(each => hexName(each) === part.fingerprint)
        ?.getKeyID()
      if (keyId === undefined) continue
      if (!secret.isDecrypted())
        throw new Fault(`${printable(path)}: a passphrase protects it`, 'export it without one')
      return {
        key,
        part,
        async sign(document, at) {
          const message = await createMessage({ binary: document })
          const date = new Date(at * 1000)
          const how = { message, signingKeys: secret, signingKeyIDs: keyId, detached: true, date } as const
          return (await sign(how)).replaceAll('\r', '')
        },
      }
    }
  }
  throw new Fault(`signing-key: ${name} is not in signing-keys`, 'gpg --armor --export-secret-keys KEY')
}

function hexName(key: { getFingerprint(): string }): string {
  return key.getFingerprint().toUpperCase()
}

async function readSecretKeys(path: string, bytes: Uint8Array) {
  const armored = bytes[0] === 0x2d
  try {
    return armored
      ? await readPrivateKeys({ armoredKeys: Buffer.from(bytes).toString('latin1') })
      : await readPrivateKeys({ binaryKeys: bytes })
  } catch {
    throw new Fault(`${printable(path)}: not a secret OpenPGP key`, 'gpg --armor --export-secret-keys KEY')
  }
}

async function readCertificate({ primary, userIds, subkeys, files }: KeyPackets): Promise<Certificate> {
  const file = files.join(', ')
  const effort = newEffort(file)
  const readAll = ({ signatures }: Component) => signatures.map(body => readSignature(body, effort))
  const readKey = async (key: Component): Promise<Signed<KeyMaterial>> => ({
    content: await readMaterial(key.body, file),
    signatures: readAll(key),
  })
  return {
    primary: await readKey(primary),
    userIds: userIds.map(userId => ({ content: userId.body, signatures: readAll(userId) })),
    subkeys: await Promise.all(subkeys.map(readKey)),
    files,
  }
}

const publicKeys = new WeakMap<KeyMaterial, KeyObject>()

/** What openpgp reads from a key packet; its own types say `object`. */
type PublicParams = Pick<PublicNumbers, 'n' | 'e' | 'Q' | 'A'>

async function readMaterial(body: Uint8Array, file: string): Promise<KeyMaterial> {
  const version = body[0] ?? 0
  const created = readNumber(body, 1, 4)
  if (created === null) throw damaged(file)
  const material = { ...identityOf(body, version), version, created, body, signing: null }
  if (version !== 4 && version !== 6) return { ...material, label: `version ${version}` }
  const packet = new PublicKeyPacket()
  try {
    await packet.read(body)
  } catch (error) {
    if (error instanceof Error && error.name === 'UnsupportedError')
      return { ...material, label: `algorithm ${body[5]}` }
    throw damaged(file)
  }
  if (!Buffer.from(packet.write()).equals(body)) throw damaged(file)
  const { algorithm, bits = 0, curve = null } = packet.getAlgorithmInfo()
  const { label, signing } = signingOf({ algorithm, bits, curve, ...(packet.publicParams as PublicParams) })
  if (signing === null) return { ...material, label }
  const key = publicKeyOf(signing.spki)
  if (key === null) return { ...material, label }
  const usable = { ...material, label, signing }
  publicKeys.set(usable, key)
  return usable
}

/** RFC 9580 §5.5.4. Versions 2 and 3 hash the two numbers of their RSA key; they are only ever named. */
function identityOf(body: Uint8Array, version: number): { fingerprint: string; keyId: string } {
  if (version < 4) {
    const fingerprint = hex(createHash('md5').update(body.subarray(8)).digest())
    return { fingerprint, keyId: fingerprint.slice(-16) }
  }
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  const head = [Buffer.of(0x95 + version), version === 4 ? length.subarray(2) : length]
  const hash = createHash(version === 4 ? 'sha1' : 'sha256')
  const fingerprint = hex(hash.update(Buffer.concat([...head, body])).digest())
  return { fingerprint, keyId: version === 4 ? fingerprint.slice(-16) : fingerprint.slice(0, 16) }
}

/** Null where Node.js refuses it: a point that is not on its curve, a curve that this build does not have. */
function publicKeyOf(spki: Uint8Array): KeyObject | null {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  } catch {
    return null
  }
}

/** How many signatures are worked out for one key: a flood of forgeries must not hold up every push. */
type Effort = { readonly file: string; left: number }

function newEffort(file: string): Effort {
  return { file, left: 2_000 }
}

function readSignature(body: Uint8Array, effort: Effort): Reading {
  const packet = new SignaturePacket()
  try {
    packet.read(body)
  } catch {
    return unreadable(body)
  }
  const signature = signatureOf(packet, effort)
  const back = packet.embeddedSignature === null ? null : signatureOf(packet.embeddedSignature, effort)
  return { kind: 'read', signature: { ...signature, backSignature: back, revokers: revokersIn(body) } }
}

/** Versions 2 and 3 have the key id at a fixed place. RFC 9580 §5.2.2. */
function unreadable(body: Uint8Array): Reading {
  const old = (body[0] ?? 0) < 4
  const keyId = old && body.length >= 15 ? hex(body.subarray(7, 15)) : null
  return { kind: 'unreadable', type: body[old ? 2 : 1] ?? 0, issuer: { fingerprint: null, keyId } }
}

function signatureOf(packet: SignaturePacket, effort: Effort): KeySignature {
  const created = Math.floor((packet.created?.getTime() ?? 0) / 1000)
  const { signatureNeverExpires, signatureExpirationTime, issuerFingerprint, issuerKeyID } = packet
  const keyId = issuerKeyID.toHex().toUpperCase()
  return {
    type: packet.signatureType ?? 0xff,
    created,
    expires: signatureNeverExpires ? null : created + (signatureExpirationTime ?? 0),
    issuer: {
      fingerprint: issuerFingerprint === null ? null : hex(issuerFingerprint),
      keyId: /^0*$/.test(keyId) ? null : keyId,
    },
    strong: packet.hashAlgorithm !== hash.md5 && packet.hashAlgorithm !== hash.ripemd160,
    understood: ![...packet.unknownSubpackets, ...packet.rawNotations].some(({ critical }) => critical),
    keyLifetime: packet.keyExpirationTime,
    flags: packet.keyFlags === null ? null : (packet.keyFlags[0] ?? 0),
    reason: packet.reasonForRevocationFlag,
    revokers: [],
    backSignature: null,
    isMadeBy(key, content) {
      effort.left -= 1
      if (effort.left < 0)
        throw new Fault(
          `${printable(effort.file)}: a key with too many signatures by itself`,
          'export it again with less in it: gpg --export-options export-minimal --armor --export KEY',
        )
      return isMadeBy(packet, key, content)
    },
  }
}

/** Each of them, where openpgp keeps the last alone. RFC 9580 §5.2.3.23. */
function revokersIn(body: Uint8Array): readonly string[] {
  if (body[0] !== 4) return []
  const subpackets = parseSubpackets(body.subarray(6, 6 + (readNumber(body, 4, 2) ?? 0))) ?? []
  return subpackets
    .filter(({ type, data }) => type === 12 && data.length === 22 && ((data[0] ?? 0) & 0x80) !== 0)
    .map(({ data }) => hex(data.subarray(2)))
}

const hash = { md5: 1, ripemd160: 3 } as const

/** Names of node:crypto and the salt of version 6 in octets, by RFC 9580 §9.5. */
const hashes: ReadonlyMap<number, readonly [name: string, salt: number | null]> = new Map([
  [hash.md5, ['md5', null]],
  [2, ['sha1', null]],
  [hash.ripemd160, ['ripemd160', null]],
  [8, ['sha256', 16]],
  [9, ['sha384', 24]],
  [10, ['sha512', 32]],
  [11, ['sha224', 16]],
  [12, ['sha3-256', 16]],
  [14, ['sha3-512', 32]],
])

/** What openpgp reads from a signature and its types do not tell. */
type Untyped = {
  readonly salt: Uint8Array | null
  readonly params: { readonly [name in 'r' | 's' | 'RS']?: Uint8Array }
}

/** RFC 9580 §5.2.4. The first two octets of the hash, which it also holds, prove nothing and are not looked at. */
function isMadeBy(packet: SignaturePacket, key: KeyMaterial, content: Uint8Array): boolean {
  const { version, signatureData, publicKeyAlgorithm } = packet
  const { salt, params } = packet as unknown as Untyped
  const publicKey = publicKeys.get(key)
  const [hashName, saltLength] = hashes.get(packet.hashAlgorithm ?? 0) ?? [null, null]
  if (publicKey === undefined || hashName === null || signatureData === null) return false
  if (version !== key.version || publicKeyAlgorithm !== key.body[5]) return false
  if (version === 6 && salt?.length !== saltLength) return false
  const trailer = Buffer.of(version, 0xff, 0, 0, 0, 0)
  trailer.writeUInt32BE(signatureData.length, 2)
  const hashed = Buffer.concat([salt ?? Buffer.alloc(0), content, signatureData, trailer])
  const value = signatureValue(params, key)
  if (value === null) return false
  if (key.signing?.algorithm === 'rsa')
    return verify(hashName, hashed, { key: publicKey, padding: constants.RSA_PKCS1_PADDING }, value)
  if (key.signing?.algorithm === 'ecdsa')
    return verify(hashName, hashed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, value)
  return verify(null, createHash(hashName).update(hashed).digest(), publicKey, value)
}

/** The numbers of a signature in the fixed width that the arithmetic takes; null where one does not fit. */
function signatureValue({ r, s, RS }: Untyped['params'], { signing }: KeyMaterial): Uint8Array | null {
  if (signing === null) return null
  if (signing.algorithm === 'ed25519' || signing.algorithm === 'ed448') return RS ?? null
  const width = Math.ceil(signing.bits / 8)
  const padded = (signing.algorithm === 'rsa' ? [s] : [r, s]).map(number => leftPadded(number, width))
  return padded.every(number => number !== null) ? Buffer.concat(padded) : null
}

/** OpenPGP numbers have no fixed width, and some programs write leading zeros. */
function leftPadded(number: Uint8Array | undefined, width: number): Uint8Array | null {
  const start = number?.findIndex(octet => octet !== 0) ?? -1
  if (number === undefined || start < 0 || number.length - start > width) return null
  return Buffer.concat([Buffer.alloc(width - number.length + start), number.subarray(start)])
}

function damaged(file: string): Fault {
  return new Fault(
    `${printable(file)}: a key packet that is damaged`,
    'export the key again with gpg --armor --export KEY',
  )
}
