import type { KeyAlgorithm } from './keyring.ts'
import { isSoundRsa } from './public-key.ts'
import { curves, spkiOfEdwards, spkiOfPoint, spkiOfRsa } from './spki.ts'
import { isWhole, readPositive, readString, readText, type Wire, wireOf } from './ssh-wire.ts'

/** Types of keys whose signatures are judged. `sk-`: the secret half is in a security key. OpenSSH, PROTOCOL.u2f. */
export type SshKeyType =
  | 'ssh-ed25519'
  | 'ssh-rsa'
  | 'ecdsa-sha2-nistp256'
  | 'ecdsa-sha2-nistp384'
  | 'ecdsa-sha2-nistp521'
  | 'sk-ssh-ed25519@openssh.com'
  | 'sk-ecdsa-sha2-nistp256@openssh.com'

/** A public key as OpenSSH writes it, taken apart. Whether a point is on its curve is for the arithmetic to say. */
export type SshPublicKey = {
  readonly type: SshKeyType
  /** Its one encoding: what a fingerprint is the hash of. */
  readonly blob: Uint8Array
  readonly algorithm: KeyAlgorithm
  readonly spki: Uint8Array
  /** RSA: size of the modulus. Elliptic: size of the curve. */
  readonly bits: number
  /** Of a security key: what it is for, usually `ssh:`. Hashed into all that it signs. */
  readonly application: string | null
}

/** RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4. Null for anything else, certificates too. */
export function parseSshPublicKey(blob: Uint8Array): SshPublicKey | null {
  const wire = wireOf(blob)
  const type = typeNamed(readText(wire))
  const key = type === null ? null : readSshKeyFields(wire, type)
  return type !== null && key !== null && isWhole(wire) ? { type, blob, ...key } : null
}

/** The type that has this name, or null. */
export function typeNamed(name: string): SshKeyType | null {
  return types.has(name) ? (name as SshKeyType) : null
}

const types: ReadonlySet<string> = new Set<SshKeyType>([
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
])

/** What a key of this type has behind the name of the type, in a certificate as in a key of its own. */
export function readSshKeyFields(wire: Wire, type: SshKeyType): Omit<SshPublicKey, 'type' | 'blob'> | null {
  const key =
    type === 'ssh-rsa' ? readRsa(wire) : type.includes('ed25519') ? readEd25519(wire) : readPoint(wire, type)
  const application = type.startsWith('sk-') ? readText(wire) : null
  return key === null || !wire.sound ? null : { ...key, application }
}

type Numbers = Pick<SshPublicKey, 'algorithm' | 'spki' | 'bits'>

function readRsa(wire: Wire): Numbers | null {
  const exponent = readPositive(wire)
  const modulus = readPositive(wire)
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24
  if (!wire.sound || !isSoundRsa(modulus, exponent, bits)) return null
  return { algorithm: 'rsa', spki: spkiOfRsa(modulus, exponent), bits }
}

function readEd25519(wire: Wire): Numbers | null {
  const key = readString(wire)
  return key.length === 32 ? { algorithm: 'ed25519', spki: spkiOfEdwards('ed25519', key), bits: 256 } : null
}

/** The name of the curve stands in it once more. Uncompressed points only, as OpenSSH takes them. */
function readPoint(wire: Wire, type: SshKeyType): Numbers | null {
  const name = readText(wire)
  const point = readString(wire)
  const curve = curves.find(each => each.name === name)
  if (curve === undefined || !type.replace('@openssh.com', '').endsWith(`-${name}`)) return null
  if (point.length !== 1 + 2 * Math.ceil(curve.bits / 8) || point[0] !== 0x04) return null
  return { algorithm: 'ecdsa', spki: spkiOfPoint(curve, point), bits: curve.bits }
}
