import type { KeyObject } from 'node:crypto'
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { bytes, hex, mpi } from './packets.ts'

export type Algorithm =
  | 'rsa1024'
  | 'rsa2048'
  | 'rsa3072'
  | 'rsa4096'
  | 'dsa2048'
  | 'p256'
  | 'p384'
  | 'p521'
  | 'secp256k1'
  | 'brainpoolP256r1'
  | 'brainpoolP384r1'
  | 'brainpoolP512r1'
  | 'eddsa'
  | 'ed25519'
  | 'ed448'

/** A key pair of node:crypto with its fields as OpenPGP writes them. RFC 9580 §5.5.5. */
export type KeyMaterial = {
  readonly algorithmId: number
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
  readonly publicFields: Uint8Array
  readonly secretFields: Uint8Array
  /** The fields of a signature from what node:crypto returns. */
  readonly signature: (raw: Uint8Array) => Uint8Array
}

/** A new key pair. */
export function generate(algorithm: Algorithm): KeyMaterial {
  if (algorithm.startsWith('rsa')) return rsa(Number(algorithm.slice(3)))
  if (algorithm === 'dsa2048') return dsa()
  if (algorithm === 'ed25519' || algorithm === 'ed448') return edwards(algorithm)
  return algorithm === 'eddsa' ? eddsaLegacy() : ecdsa(algorithm)
}

function rsa(modulusLength: number): KeyMaterial {
  // Not as KeyObjects: Node.js 20 deadlocks where one that it made is exported as JWK while the memory of its making is freed.
  const { privateKey: key } = generateKeyPairSync('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  })
  const privateKey = createPrivateKey({ key, type: 'pkcs8', format: 'der' })
  const publicKey = createPublicKey(privateKey)
  const { n, e, d, p, q } = fieldsOf(privateKey)
  return {
    algorithmId: 1,
    publicKey,
    privateKey,
    publicFields: bytes(mpi(n), mpi(e)),
    // OpenPGP wants p < q and the inverse of p: the two primes change places, and their inverse with them.
    secretFields: bytes(mpi(d), mpi(q), mpi(p), mpi(fieldsOf(privateKey).qi)),
    signature: mpi,
  }
}

function dsa(): KeyMaterial {
  const { publicKey, privateKey } = generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 })
  // SubjectPublicKeyInfo of DSA: ((oid (p q g)) (bits y)); PKCS #8: (0 (oid (p q g)) (octets x)).
  const [p, q, g, y] = integers(publicKey.export({ type: 'spki', format: 'der' }))
  const x = integers(privateKey.export({ type: 'pkcs8', format: 'der' })).at(-1)
  if (p === undefined || q === undefined || g === undefined || y === undefined || x === undefined)
    throw new Error('dsa')
  return {
    algorithmId: 17,
    publicKey,
    privateKey,
    publicFields: bytes(mpi(p), mpi(q), mpi(g), mpi(y)),
    secretFields: mpi(x),
    signature: halves,
  }
}

const curves: Readonly<Record<string, readonly [name: string, oid: string, octets: number]>> = {
  p256: ['prime256v1', '2a8648ce3d030107', 32],
  p384: ['secp384r1', '2b81040022', 48],
  p521: ['secp521r1', '2b81040023', 66],
  secp256k1: ['secp256k1', '2b8104000a', 32],
  brainpoolP256r1: ['brainpoolP256r1', '2b2403030208010107', 32],
  brainpoolP384r1: ['brainpoolP384r1', '2b240303020801010b', 48],
  brainpoolP512r1: ['brainpoolP512r1', '2b240303020801010d', 64],
}

function ecdsa(algorithm: Algorithm): KeyMaterial {
  const [namedCurve, oid, octets] = curves[algorithm] ?? ['', '', 0]
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve })
  const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-(2 * octets + 1))
  const sec1 = privateKey.export({ type: 'sec1', format: 'der' })
  const scalar = sec1.subarray(sec1.indexOf(Uint8Array.of(4, octets)) + 2).subarray(0, octets)
  return {
    algorithmId: 19,
    publicKey,
    privateKey,
    publicFields: bytes(oid.length / 2, hex(oid), mpi(point)),
    secretFields: mpi(scalar),
    signature: halves,
  }
}

function edwards(algorithm: 'ed25519' | 'ed448'): KeyMaterial {
  const { publicKey, privateKey } =
    algorithm === 'ed448' ? generateKeyPairSync('ed448') : generateKeyPairSync('ed25519')
  const octets = algorithm === 'ed448' ? 57 : 32
  return {
    algorithmId: algorithm === 'ed448' ? 28 : 27,
    publicKey,
    privateKey,
    publicFields: publicKey.export({ type: 'spki', format: 'der' }).subarray(-octets),
    secretFields: privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-octets),
    signature: raw => raw,
  }
}

function eddsaLegacy(): KeyMaterial {
  const { publicKey, privateKey, publicFields, secretFields } = edwards('ed25519')
  const oid = hex('2b06010401da470f01')
  return {
    algorithmId: 22,
    publicKey,
    privateKey,
    publicFields: bytes(oid.length, oid, mpi(bytes(0x40, publicFields))),
    secretFields: mpi(secretFields),
    signature: halves,
  }
}

/** r and s of equal length as two integers. */
function halves(raw: Uint8Array): Uint8Array {
  return bytes(mpi(raw.subarray(0, raw.length / 2)), mpi(raw.subarray(raw.length / 2)))
}

function fieldsOf(key: KeyObject): Record<'n' | 'e' | 'd' | 'p' | 'q' | 'qi', Uint8Array> {
  const jwk = key.export({ format: 'jwk' })
  const field = (name: 'n' | 'e' | 'd' | 'p' | 'q' | 'qi') => Buffer.from(jwk[name] ?? '', 'base64url')
  return { n: field('n'), e: field('e'), d: field('d'), p: field('p'), q: field('q'), qi: field('qi') }
}

/** The INTEGERs of DER in their order, those inside strings too; short integers are left out. */
function integers(der: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = []
  for (let at = 0; at < der.length; ) {
    const tag = der[at] ?? 0
    const first = der[at + 1] ?? 0
    const more = first > 0x80 ? first - 0x80 : 0
    const start = at + 2 + more
    const length =
      more === 0 ? first : [...der.subarray(at + 2, start)].reduce((sum, octet) => sum * 256 + octet, 0)
    if (tag === 0x30 || tag === 0x04) at = start
    else if (tag === 0x03)
      at = start + 1 // a bit string's first octet counts unused bits
    else {
      if (tag === 0x02 && length > 8) found.push(der.subarray(start, start + length))
      at = start + length
    }
  }
  return found
}
