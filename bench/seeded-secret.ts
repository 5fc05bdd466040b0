/** Key pairs from a seed, in four algorithms. Whoever reads this file has them: they guard nothing. */
import type { KeyObject } from 'node:crypto'
import { createECDH, createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { bytes, hex, mpi, uint32 } from '../test/support/packets.ts'
import type { Secret } from '../test/support/secret.ts'
import { keyFrame } from '../test/support/secret.ts'
import { bigintOf, inverse, octetsOf, seededOctets, seededPrime } from './seeded.ts'

export type SignerAlgorithm = 'eddsa' | 'p256' | 'rsa2048' | 'rsa4096'

/** The key pair of these words. `created` in seconds since 1970. */
export function seededSecret(algorithm: SignerAlgorithm, words: string, created: number): Secret {
  const { algorithmId, publicKey, publicFields, fields } = materialOf(algorithm, words)
  const publicBody = bytes(4, uint32(created), algorithmId, publicFields)
  const fingerprint = createHash('sha1').update(keyFrame(4, publicBody)).digest('hex').toUpperCase()
  return {
    version: 4,
    algorithm,
    algorithmId,
    created,
    fingerprint,
    keyId: fingerprint.slice(-16),
    publicBody,
    secretBody: bytes(), // it never leaves this process
    publicKey,
    signFields: (_hashId, hashed) => fields(hashed),
  }
}

type Material = {
  readonly algorithmId: number
  readonly publicKey: KeyObject
  readonly publicFields: Uint8Array
  /** The signature's own fields over `hashed`, by SHA-256. RFC 9580 §5.2.3. */
  readonly fields: (hashed: Uint8Array) => Uint8Array
}

function materialOf(algorithm: SignerAlgorithm, words: string): Material {
  if (algorithm === 'eddsa') return eddsa(words)
  return algorithm === 'p256' ? p256(words) : rsa(words, Number(algorithm.slice(3)))
}

/** The Ed25519 key of these words. RFC 8410 §7 */
export function seededEd25519(words: string): KeyObject {
  const pkcs8 = bytes(hex('302e020100300506032b657004220420'), seededOctets(words, 32))
  return createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
}

function eddsa(words: string): Material {
  const privateKey = seededEd25519(words)
  const publicKey = createPublicKey(privateKey)
  const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)
  const oid = hex('2b06010401da470f01')
  return {
    algorithmId: 22,
    publicKey,
    publicFields: bytes(oid.length, oid, mpi(bytes(0x40, point))),
    fields(hashed) {
      const raw = sign(null, sha256(hashed), privateKey)
      return bytes(mpi(raw.subarray(0, 32)), mpi(raw.subarray(32)))
    },
  }
}

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** ECDSA with a nonce made from key and digest: node:crypto takes a random one, and each run would differ. */
function p256(words: string): Material {
  const secret = scalar(words)
  const point = multiple(secret)
  const oid = hex('2a8648ce3d030107')
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map(half => half.toString('base64url'))
  const jwk = { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' }
  return {
    algorithmId: 19,
    publicKey: createPublicKey({ key: jwk, format: 'jwk' }),
    publicFields: bytes(oid.length, oid, mpi(point)),
    fields(hashed) {
      const digest = sha256(hashed)
      const nonce = scalar(`${words}: nonce for ${digest.toString('hex')}`)
      const r = bigintOf(multiple(nonce).subarray(1, 33)) % order
      const s = (inverse(nonce, order) * (bigintOf(digest) + r * secret)) % order
      return bytes(mpi(octetsOf(r, 32)), mpi(octetsOf(s, 32)))
    },
  }
}

function scalar(words: string): bigint {
  return (bigintOf(seededOctets(words, 32)) % (order - 1n)) + 1n
}

/** The curve's base point so many times, uncompressed. */
function multiple(factor: bigint): Buffer {
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(octetsOf(factor, 32))
  return curve.getPublicKey()
}

function rsa(words: string, bits: number): Material {
  const [p, q] = [seededPrime(`${words}: p`, bits / 2), seededPrime(`${words}: q`, bits / 2)]
  const [n, e] = [p * q, 65537n]
  const d = inverse(e, (p - 1n) * (q - 1n))
  const numbers = { n, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) }
  const jwk = Object.fromEntries(Object.entries(numbers).map(([name, number]) => [name, base64url(number)]))
  const privateKey = createPrivateKey({ key: { kty: 'RSA', ...jwk }, format: 'jwk' })
  return {
    algorithmId: 1,
    publicKey: createPublicKey(privateKey),
    publicFields: bytes(mpi(octetsOf(n, bits / 8)), mpi(octetsOf(e, 3))),
    fields: hashed => mpi(sign('sha256', hashed, privateKey)),
  }
}

function base64url(number: bigint): string {
  return octetsOf(number, Math.ceil(number.toString(16).length / 2)).toString('base64url')
}

function sha256(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest()
}
