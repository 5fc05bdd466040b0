/** OpenPGP keys as a test wants them: any algorithm, any dates, subkeys, revocations, right or wrong in one respect. */
import type { Algorithm } from './key-material.ts'
import { armor, bytes, packet, subpackets, text, uint32 } from './packets.ts'
import type { Secret } from './secret.ts'
import { keyFrame, makeSecret } from './secret.ts'
import type { SignatureShape } from './signature-packet.ts'
import { now, signatureBody, signaturePacket } from './signature-packet.ts'

/** `reason` as in RFC 9580 §5.2.3.31 (0 none, 1 superseded, 2 compromised, 3 retired); null: no such subpacket. */
export type RevocationOptions = { readonly at: number; readonly reason: number | null }

export type SubkeyOptions = {
  readonly algorithm?: Algorithm
  /** All times in seconds since 1970; as the primary key. */
  readonly created?: number
  readonly expires?: number | null
  /** RFC 9580 §5.2.3.29; 0x02, for signing. Null: no such subpacket. */
  readonly flags?: number | null
  /** `foreign`: made by a key that is not the subkey. */
  readonly backSignature?: 'own' | 'none' | 'foreign'
  readonly boundAt?: number
  readonly binding?: SignatureShape
  readonly revoked?: RevocationOptions
}

export type KeyOptions = {
  /** In the user id; `Alice`. */
  readonly name?: string
  readonly email?: string
  /** In the place of the one made of name and email. */
  readonly userIds?: readonly string[]
  readonly algorithm?: Algorithm
  readonly version?: 4 | 6
  /** 30 days ago. */
  readonly created?: number
  readonly expires?: number | null
  /** 0x03, to certify and to sign. */
  readonly flags?: number | null
  readonly selfSignedAt?: number
  /** Of the self-signatures, such as `{ hash: 1 }`; null: none at all. */
  readonly selfSignature?: SignatureShape | null
  readonly revoked?: RevocationOptions
  readonly subkeys?: readonly SubkeyOptions[]
}

export type Key = {
  readonly name: string
  readonly email: string
  readonly fingerprint: string
  readonly keyId: string
  readonly created: number
  readonly primary: Secret
  readonly subkeys: readonly Secret[]
  readonly publicBinary: Uint8Array
  readonly publicArmored: string
  /** Without a passphrase. */
  readonly secretArmored: string
  /** An armored signature over these bytes, by the primary key or by subkey number `by`. */
  sign(payload: Uint8Array, shape?: SignatureShape & { readonly by?: number }): string
  /** An armored revocation certificate, alone. */
  revocation(revoked: RevocationOptions): string
  /** The same key pairs, certified anew with these options changed. */
  with(changes: KeyOptions): Key
}

/** A new key: by default version 4, Ed25519 in GnuPG's own form, for signing, without an end. */
export function makeKey(options: KeyOptions = {}): Key {
  const { algorithm = 'eddsa', version = 4, created = now() - 30 * 86400, subkeys = [] } = options
  const fixed = { ...options, algorithm, version, created }
  const primary = makeSecret(algorithm, version, created)
  return certify(
    fixed,
    primary,
    subkeys.map(subkey => subkeySecret(subkey, primary)),
  )
}

function subkeySecret({ algorithm, created }: SubkeyOptions, primary: Secret): Secret {
  return makeSecret(algorithm ?? primary.algorithm, primary.version, created ?? primary.created)
}

function certify(options: KeyOptions, primary: Secret, secrets: readonly Secret[]): Key {
  const { name = 'Alice', revoked, subkeys = [] } = options
  const email = options.email ?? `${name.toLowerCase().replace(/[^a-z0-9]+/g, '.')}@example.org`
  const userIds = options.userIds ?? [`${name} <${email}>`]
  const own = [
    ...(revoked === undefined ? [] : [revocation(primary, revoked)]),
    ...directKey(options, primary),
  ]
  const names = userIds.flatMap((userId, index) => [
    packet(13, text(userId)),
    ...selfSignature(options, primary, userId, index),
  ])
  const parts = secrets.map((secret, index) => ({
    secret,
    bound: bindings(subkeys[index] ?? {}, primary, secret),
  }))
  const crc = primary.version === 4
  const publicBinary = bytes(
    packet(6, primary.publicBody),
    ...own,
    ...names,
    ...parts.flatMap(({ secret, bound }) => [packet(14, secret.publicBody), ...bound]),
  )
  const secretBinary = bytes(
    packet(5, primary.secretBody),
    ...own,
    ...names,
    ...parts.flatMap(({ secret, bound }) => [packet(7, secret.secretBody), ...bound]),
  )
  return {
    name,
    email,
    fingerprint: primary.fingerprint,
    keyId: primary.keyId,
    created: primary.created,
    primary,
    subkeys: secrets,
    publicBinary,
    publicArmored: armor(publicBinary, { type: 'PUBLIC KEY BLOCK', crc }),
    secretArmored: armor(secretBinary, { type: 'PRIVATE KEY BLOCK', crc }),
    sign(payload, { by, ...shape } = {}) {
      const secret = by === undefined ? primary : secrets[by]
      if (secret === undefined) throw new Error(`no subkey ${by}`)
      return armor(signaturePacket(secret, payload, shape), { crc: (shape.version ?? secret.version) !== 6 })
    },
    revocation: made => armor(revocation(primary, made), { type: 'PUBLIC KEY BLOCK', crc }),
    with(changes) {
      const next = { ...options, ...changes }
      const wanted = next.subkeys ?? []
      return certify(
        next,
        primary,
        wanted.map((subkey, index) => secrets[index] ?? subkeySecret(subkey, primary)),
      )
    },
  }
}

/** What a version 6 key says of itself. RFC 9580 §10.1.1. */
function directKey(options: KeyOptions, primary: Secret): Uint8Array[] {
  if (primary.version !== 6 || options.selfSignature === null) return []
  const { selfSignedAt = primary.created, selfSignature = {} } = options
  const alsoHashed = lifeOf(options, primary, 0x03)
  return [
    signaturePacket(primary, frame(primary), { type: 0x1f, at: selfSignedAt, alsoHashed, ...selfSignature }),
  ]
}

function selfSignature(options: KeyOptions, primary: Secret, userId: string, index: number): Uint8Array[] {
  if (options.selfSignature === null) return []
  const { selfSignedAt = primary.created, selfSignature = {} } = options
  const name = text(userId)
  const data = bytes(frame(primary), 0xb4, uint32(name.length), name)
  const alsoHashed = [...lifeOf(options, primary, 0x03), ...(index === 0 ? [subpackets.primaryUserId()] : [])]
  return [signaturePacket(primary, data, { type: 0x13, at: selfSignedAt, alsoHashed, ...selfSignature })]
}

function bindings(options: SubkeyOptions, primary: Secret, subkey: Secret): Uint8Array[] {
  const { backSignature = 'own', boundAt = subkey.created, binding = {}, revoked } = options
  const data = bytes(frame(primary), frame(subkey))
  const back =
    backSignature === 'foreign' ? makeSecret(subkey.algorithm, subkey.version, subkey.created) : subkey
  const embedded =
    backSignature === 'none'
      ? []
      : [subpackets.embedded(signatureBody(back, data, { type: 0x19, at: boundAt }))]
  const alsoHashed = [...lifeOf(options, subkey, 0x02), ...embedded]
  const bound = signaturePacket(primary, data, { type: 0x18, at: boundAt, alsoHashed, ...binding })
  if (revoked === undefined) return [bound]
  return [
    signaturePacket(primary, data, { type: 0x28, at: revoked.at, alsoHashed: reasonOf(revoked) }),
    bound,
  ]
}

function revocation(primary: Secret, revoked: RevocationOptions): Uint8Array {
  return signaturePacket(primary, frame(primary), {
    type: 0x20,
    at: revoked.at,
    alsoHashed: reasonOf(revoked),
  })
}

function reasonOf({ reason }: RevocationOptions): Uint8Array[] {
  return reason === null ? [] : [subpackets.revocationReason(reason)]
}

function lifeOf({ expires, flags }: SubkeyOptions, { created }: Secret, usual: number): Uint8Array[] {
  const end = expires === undefined || expires === null ? [] : [subpackets.keyExpires(expires - created)]
  return flags === null ? end : [...end, subpackets.keyFlags(flags ?? usual)]
}

function frame({ version, publicBody }: Secret): Uint8Array {
  return keyFrame(version, publicBody)
}
