import { constants, createPublicKey, hash as digest, type KeyObject, verify } from 'node:crypto'
import {
  createMessage,
  generateKey,
  type PrivateKey,
  PublicKeyPacket,
  readPrivateKeys,
  type SecretKeyPacket,
  SignaturePacket,
  sign,
} from 'openpgp'
import type { Certificate, KeyMaterial, KeySignature, Reading, Signed } from '../core/certificate.ts'
import { hashAlgorithms } from '../core/hash-algorithm.ts'
import { floodedKey, unreadableKey } from '../core/key-fault.ts'
import { type Component, collectKeys, type KeyPackets } from '../core/key-packets.ts'
import { keySignatureOf, signatureValue, unreadable } from '../core/key-signature.ts'
import type { KeyFile, TrustedKey } from '../core/keyring.ts'
import { hex, readNumber } from '../core/packet.ts'
import { type PublicNumbers, signingOf } from '../core/public-key.ts'
import { type Moment, nextChange } from '../core/self-signature.ts'
import { contentOfKey, hashedContent } from '../core/signed-content.ts'
import { unfitSecret } from '../core/signing-part.ts'
import { assertUsable, trustedKeys } from '../core/trusted-keys.ts'

/**
 * The keys in `files` and what they are good for. openpgp takes their packets apart; core decides which count, and the
 * arithmetic is node:crypto's: openpgp 6.3 has rules of its own about dates and no brainpool. Throws a Fault that names
 * the file for what is no public key, and where no usable one is left.
 */
export async function readKeys(files: readonly KeyFile[], moment: Moment): Promise<readonly TrustedKey[]> {
  const { keys } = await readKeysFor(files, moment)
  assertUsable(keys)
  return keys
}

/** The same, usable or not, and until when it stays true: null, or seconds since 1970. */
export async function readKeysFor(
  files: readonly KeyFile[],
  moment: Moment,
): Promise<{ readonly keys: readonly TrustedKey[]; readonly until: number | null }> {
  const { keys, revocations } = collectKeys(files)
  const certificates: Certificate[] = []
  for (const key of keys) certificates.push(await readCertificate(key))
  const lone = revocations.map(({ file, body }) => ({
    file,
    reading: readSignature(body, { file, left: mostEffort }),
  }))
  return { keys: trustedKeys(certificates, lone, moment), until: nextChange(certificates, moment) }
}

/** A secret key as its file has it. */
export type SecretKey = {
  /** A key file with its public half. */
  readonly publicHalf: KeyFile
  /**
   * A detached signature by the part with this fingerprint over `document` in ASCII armor, dated `at` seconds since
   * 1970. Throws a Fault that names the file where a passphrase protects its secret half, or it is not there.
   */
  sign(fingerprint: string, document: Uint8Array, at: number): Promise<string>
}

/** Both halves in ASCII armor. */
export type NewKey = { readonly [part in 'fingerprint' | 'secret' | 'public']: string }

/** A key for sync tags: Ed25519 as GnuPG has it since 2.1, without a subkey, a passphrase or an end. */
export async function makeSigningKey(name: string, at: number): Promise<NewKey> {
  const shape = { type: 'ecc', curve: 'ed25519Legacy', format: 'object', date: new Date(at * 1000) } as const
  const { privateKey } = await generateKey({ ...shape, userIDs: [{ name }], subkeys: [] })
  const fingerprint = privateKey.getFingerprint().toUpperCase()
  return { fingerprint, secret: privateKey.armor(), public: privateKey.toPublic().armor() }
}

/** Throws a Fault that names the file where it holds anything but secret keys. */
export async function readSecrets({ path, bytes }: KeyFile): Promise<readonly SecretKey[]> {
  const text = ((bytes[0] ?? 0) & 0x80) === 0 ? Buffer.from(bytes).toString('latin1') : null
  if (text !== null && text.split('-----BEGIN PGP').length > 2)
    throw unfitSecret(path, 'more than one block in it', 'put each into a file of its own')
  const found =
    text === null ? readPrivateKeys({ binaryKeys: bytes }) : readPrivateKeys({ armoredKeys: text })
  const secrets = await found.catch(() => {
    throw unfitSecret(path, 'not a secret OpenPGP key')
  })
  return secrets.map(secret => ({
    publicHalf: { path, bytes: secret.toPublic().write() },
    sign: signerOf(secret, path),
  }))
}

function signerOf(secret: PrivateKey, path: string): SecretKey['sign'] {
  return async (fingerprint, document, at) => {
    const half = secret.getKeys().find(each => each.getFingerprint().toUpperCase() === fingerprint)
    const packet = half?.keyPacket as SecretKeyPacket | undefined
    if (half === undefined || packet?.isDummy() !== false)
      throw unfitSecret(path, `the secret half of ${fingerprint} is not in it`)
    if (!packet.isDecrypted())
      throw unfitSecret(path, 'a passphrase protects it', 'export the key without one')
    const message = await createMessage({ binary: document })
    const how = { message, signingKeys: secret, signingKeyIDs: half.getKeyID(), detached: true } as const
    try {
      return (await sign({ ...how, date: new Date(at * 1000) })).replaceAll('\r', '')
    } catch (error) {
      throw unfitSecret(path, `it cannot sign: ${(error as Error).message}`)
    }
  }
}

async function readCertificate({ primary, userIds, subkeys, files }: KeyPackets): Promise<Certificate> {
  const file = files.join(', ')
  const effort = { file, left: mostEffort }
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

const damaged = 'a key packet that is damaged'
const publicKeys = new WeakMap<KeyMaterial, KeyObject>()

/** What openpgp reads from a key packet; its own types say `object`. */
type PublicParams = Pick<PublicNumbers, 'n' | 'e' | 'Q' | 'A'>

async function readMaterial(body: Uint8Array, file: string): Promise<KeyMaterial> {
  const version = body[0] ?? 0
  const created = readNumber(body, 1, 4)
  if (created === null) throw unreadableKey(file, damaged)
  const material = { ...identityOf(body, version), version, created, body, signing: null }
  if (version !== 4 && version !== 6) return { ...material, label: `version ${version}` }
  const packet = new PublicKeyPacket()
  try {
    await packet.read(body)
  } catch (error) {
    if (error instanceof Error && error.name === 'UnsupportedError')
      return { ...material, label: `algorithm ${body[5]}` }
    throw unreadableKey(file, damaged)
  }
  if (!Buffer.from(packet.write()).equals(body)) throw unreadableKey(file, damaged)
  const { algorithm, bits = 0, curve = null } = packet.getAlgorithmInfo()
  const { label, signing } = signingOf({ algorithm, bits, curve, ...(packet.publicParams as PublicParams) })
  const key = signing === null ? null : publicKeyOf(signing)
  if (signing === null || key === null) return { ...material, label }
  const usable = { ...material, label, signing }
  publicKeys.set(usable, key)
  return usable
}

/** RFC 9580 §5.5.4. Versions 2 and 3 hash the two numbers of their RSA key; they are only ever named. */
function identityOf(body: Uint8Array, version: number): { fingerprint: string; keyId: string } {
  const content = version < 4 ? body.subarray(8) : contentOfKey({ version, body })
  const fingerprint = hex(digest(version < 4 ? 'md5' : version === 4 ? 'sha1' : 'sha256', content, 'buffer'))
  return { fingerprint, keyId: version <= 4 ? fingerprint.slice(-16) : fingerprint.slice(0, 16) }
}

/** Null where Node.js refuses it: a point that is not on its curve, a curve that this build does not have. */
function publicKeyOf({ algorithm, spki }: NonNullable<KeyMaterial['signing']>): KeyObject | null {
  const key = Buffer.from(spki)
  // RFC 8410 §4; as DER, OpenSSL searches its decoders for longer than the signature takes
  const raw = { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url', 12) }
  try {
    if (algorithm === 'eddsa' || algorithm === 'ed25519') return createPublicKey({ key: raw, format: 'jwk' })
    return createPublicKey({ key, format: 'der', type: 'spki' })
  } catch {
    return null
  }
}

/** How many signatures are worked out for one key: a flood of forgeries must not hold up every push. */
const mostEffort = 2_000

type Effort = { readonly file: string; left: number }

function readSignature(body: Uint8Array, effort: Effort): Reading {
  const packet = new SignaturePacket()
  try {
    packet.read(body)
  } catch {
    return unreadable(body)
  }
  const back = packet.embeddedSignature
  const backSignature = back === null ? null : keySignatureOf(back, null, arithmeticOf(back, effort))
  const signature = keySignatureOf(packet, body, arithmeticOf(packet, effort))
  return { kind: 'read', signature: { ...signature, backSignature } }
}

function arithmeticOf(packet: SignaturePacket, effort: Effort): KeySignature['isMadeBy'] {
  return (key, content) => {
    effort.left -= 1
    if (effort.left < 0) throw floodedKey(effort.file, 'a key with too many signatures by itself')
    return isMadeBy(packet, key, content)
  }
}

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
  const hash = hashAlgorithms.get(packet.hashAlgorithm ?? 0)
  const value = signatureValue(key.signing, hash?.name, params)
  if (publicKey === undefined || hash === undefined || value === null || signatureData === null) return false
  if (version !== key.version || publicKeyAlgorithm !== key.body[5]) return false
  if (version === 6 && salt?.length !== hash.salt) return false
  const hashed = hashedContent(version, salt, content, signatureData)
  if (key.signing?.algorithm !== 'rsa' && key.signing?.algorithm !== 'ecdsa')
    return verify(null, digest(hash.name, hashed, 'buffer'), publicKey, value)
  const scheme = { padding: constants.RSA_PKCS1_PADDING, dsaEncoding: 'ieee-p1363' } as const
  return verify(hash.name, hashed, { key: publicKey, ...scheme }, value)
}
