/** Keys, signatures and certificates of OpenSSH byte by byte, so that a test can make what no ssh-keygen would. */
import type { KeyObject } from 'node:crypto'
import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
} from 'node:crypto'
import { bytes, text, uint32 } from './packets.ts'

export type SshType =
  | 'ed25519'
  | 'rsa1024'
  | 'rsa2048'
  | 'rsa3072'
  | 'nistp256'
  | 'nistp384'
  | 'nistp521'
  | 'sk-ed25519'
  | 'sk-nistp256'

export const soundSshTypes: readonly SshType[] = [
  'ed25519',
  'rsa2048',
  'rsa3072',
  'nistp256',
  'nistp384',
  'nistp521',
  'sk-ed25519',
  'sk-nistp256',
]

/** How a signature differs from what ssh-keygen(1) -Y sign makes for git. */
export type SshShape = {
  readonly namespace?: string
  readonly version?: number
  readonly magic?: string
  /** Not part of what is signed, as for ssh-keygen. */
  readonly reserved?: string
  readonly hash?: string
  /** Name of the signature's own form, such as `ssh-rsa`. */
  readonly form?: string
  /** In the place of the public key. */
  readonly blob?: Uint8Array
  /** What the security key says: 0x01 touched, 0x04 PIN. */
  readonly flags?: number
  /** Behind the last field. */
  readonly trailing?: Uint8Array
  /** Changes the key's own signature string. */
  readonly value?: (value: Uint8Array) => Uint8Array
}

export type SshCertificateShape = {
  readonly serial?: bigint
  /** 1 user, 2 host. */
  readonly kind?: number
  readonly keyId?: string
  readonly principals?: readonly string[]
  /** Seconds since 1970. */
  readonly from?: bigint
  readonly until?: bigint
  readonly critical?: readonly (readonly [name: string, data: string])[]
  readonly form?: string
  /** In the place of the authority's public key. */
  readonly authority?: Uint8Array
  /** Changes the finished certificate. */
  readonly rewrite?: (blob: Uint8Array) => Uint8Array
}

export type SshKey = {
  readonly name: string
  readonly blob: Uint8Array
  /** `SHA256:…` */
  readonly fingerprint: string
  /** `type base64 comment` */
  readonly line: string
  readonly privateKey: KeyObject
  /** An armored signature over these bytes. */
  sign(payload: Uint8Array, shape?: SshShape): string
  /** A certificate of `key`, by this one. */
  certify(key: SshKey, shape?: SshCertificateShape): Uint8Array
  /** What the key itself signs, in the form of its type. */
  raw(document: Uint8Array, shape?: Pick<SshShape, 'form' | 'flags'>): Uint8Array
}

export function wire(content: string | Uint8Array): Uint8Array {
  const data = typeof content === 'string' ? text(content) : content
  return bytes(uint32(data.length), data)
}

/** A number above zero. */
export function mpint(number: Uint8Array): Uint8Array {
  const significant = number.subarray(number.findIndex(byte => byte !== 0))
  return wire((significant[0] ?? 0) >= 0x80 ? bytes(0, significant) : significant)
}

export function uint64(number: bigint): Uint8Array {
  const buffer = Buffer.alloc(8)
  buffer.writeBigUInt64BE(number)
  return buffer
}

export function sshArmor(blob: Uint8Array, label = 'SSH SIGNATURE'): string {
  const lines =
    Buffer.from(blob)
      .toString('base64')
      .match(/.{1,70}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/** The bytes behind a line of base64 and between the lines of armor. */
export function sshUnarmor(armored: string): Uint8Array {
  return Buffer.from(armored.split('\n').slice(1, -2).join(''), 'base64')
}

export function sshFingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

/** A new key. */
export function makeSshKey(type: SshType, comment?: string): SshKey {
  return sshKeyOf(type, generate(type), comment)
}

/** The key whose secret half is known. */
export function sshKeyOf(type: SshType, privateKey: KeyObject, comment = 'alice@example.org'): SshKey {
  const { name, fields } = publicFields(type, privateKey)
  const blob = bytes(wire(name), fields)
  const raw: SshKey['raw'] = (document, shape = {}) => rawSignature(type, name, privateKey, document, shape)
  const key: SshKey = {
    name,
    blob,
    fingerprint: sshFingerprint(blob),
    line: `${name} ${Buffer.from(blob).toString('base64')} ${comment}`,
    privateKey,
    raw,
    sign: (payload, shape = {}) => sshArmor(signatureBlob(key, payload, shape)),
    certify: (subject, shape = {}) => certificate(key, subject, shape),
  }
  return key
}

/** The fields of a signature, without armor. OpenSSH, PROTOCOL.sshsig. */
export function signatureBlob(key: SshKey, payload: Uint8Array, shape: SshShape = {}): Uint8Array {
  const { namespace = 'git', version = 1, magic = 'SSHSIG', reserved = '', hash = 'sha512' } = shape
  const digest = createHash(hash).update(payload).digest()
  const signed = bytes(text('SSHSIG'), wire(namespace), wire(''), wire(hash), wire(digest))
  const value = key.raw(signed, shape)
  return bytes(
    text(magic),
    uint32(version),
    wire(shape.blob ?? key.blob),
    wire(namespace),
    wire(reserved),
    wire(hash),
    wire(shape.value?.(value) ?? value),
    shape.trailing ?? new Uint8Array(),
  )
}

function generate(type: SshType): KeyObject {
  if (type.endsWith('ed25519')) return generateKeyPairSync('ed25519').privateKey
  if (!type.startsWith('rsa'))
    return generateKeyPairSync('ec', { namedCurve: `P-${type.slice(-3)}` }).privateKey
  // Not as KeyObjects: Node.js 20 deadlocks where one that it made is exported as JWK.
  const { privateKey: key } = generateKeyPairSync('rsa', {
    modulusLength: Number(type.slice(3)),
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  })
  return createPrivateKey({ key, type: 'pkcs8', format: 'der' })
}

function publicFields(type: SshType, privateKey: KeyObject): { name: string; fields: Uint8Array } {
  const isToken = type.startsWith('sk-')
  const application = isToken ? wire('ssh:') : new Uint8Array()
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const named = (plain: string) => (isToken ? `sk-${plain}@openssh.com` : plain)
  if (type.startsWith('rsa')) {
    const { n = '', e = '' } = privateKey.export({ format: 'jwk' })
    const [modulus, exponent] = [Buffer.from(n, 'base64url'), Buffer.from(e, 'base64url')]
    return { name: 'ssh-rsa', fields: bytes(mpint(exponent), mpint(modulus)) }
  }
  if (type.endsWith('ed25519'))
    return { name: named('ssh-ed25519'), fields: bytes(wire(spki.subarray(-32)), application) }
  const curve = type.replace('sk-', '')
  const point = spki.subarray(-(1 + 2 * Math.ceil(Number(curve.slice(5)) / 8)))
  return { name: named(`ecdsa-sha2-${curve}`), fields: bytes(wire(curve), wire(point), application) }
}

function rawSignature(
  type: SshType,
  name: string,
  key: KeyObject,
  document: Uint8Array,
  { form, flags = 0x01 }: Pick<SshShape, 'form' | 'flags'>,
): Uint8Array {
  const isToken = type.startsWith('sk-')
  const beside = bytes(flags, uint32(7))
  const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest()
  const signed = isToken ? bytes(sha256(text('ssh:')), beside, sha256(document)) : document
  if (type.startsWith('rsa')) {
    const algorithm = form ?? 'rsa-sha2-512'
    const hash = algorithm === 'ssh-rsa' ? 'sha1' : algorithm.replace('rsa-sha2-', 'sha')
    return bytes(wire(algorithm), wire(sign(hash, signed, { key, padding: constants.RSA_PKCS1_PADDING })))
  }
  const tail = isToken ? beside : new Uint8Array()
  if (type.endsWith('ed25519')) return bytes(wire(form ?? name), wire(sign(null, signed, key)), tail)
  const hash = type.endsWith('384') ? 'sha384' : type.endsWith('521') ? 'sha512' : 'sha256'
  const numbers = sign(hash, signed, { key, dsaEncoding: 'ieee-p1363' })
  const half = numbers.length / 2
  const pair = bytes(mpint(numbers.subarray(0, half)), mpint(numbers.subarray(half)))
  return bytes(wire(form ?? name), wire(pair), tail)
}

/** OpenSSH, PROTOCOL.certkeys. */
function certificate(authority: SshKey, subject: SshKey, shape: SshCertificateShape): Uint8Array {
  const { serial = 1n, kind = 1, keyId = 'id', principals = ['alice@example.org'], critical = [] } = shape
  const { from = 0n, until = 0xffffffffffffffffn } = shape
  const name = `${subject.name.replace('@openssh.com', '')}-cert-v01@openssh.com`
  const fields = subject.blob.subarray(4 + subject.name.length)
  const options = critical.map(([option, data]) => bytes(wire(option), wire(data === '' ? '' : wire(data))))
  const body = bytes(
    wire(name),
    wire('nonce'),
    fields,
    uint64(serial),
    uint32(kind),
    wire(keyId),
    wire(bytes(...principals.map(wire))),
    uint64(from),
    uint64(until),
    wire(bytes(...options)),
    wire(''),
    wire(''),
    wire(shape.authority ?? authority.blob),
  )
  const signed = authority.raw(body, shape.form === undefined ? {} : { form: shape.form })
  const blob = bytes(body, wire(signed))
  return shape.rewrite?.(blob) ?? blob
}
