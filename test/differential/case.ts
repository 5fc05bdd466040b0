import type { Algorithm } from '../support/key-material.ts'
import { subpackets } from '../support/packets.ts'

/** A key and a signature by it, told in words; times in days from now. */
export type Case = {
  readonly algorithm: Algorithm
  readonly version: 4 | 6
  readonly created: number
  readonly expires: number | null
  /** RFC 9580 §5.2.3.29; null: none. */
  readonly flags: number | null
  /** Of the self-signatures. RFC 9580 §9.5. */
  readonly selfHash: number
  /** When the self-signatures were made, where that is not with the key. */
  readonly renewed: number | null
  /** What the self-signatures of the key's first day said, which are there too. */
  readonly former: Life | null
  /** A direct-key signature. */
  readonly direct: (Life & { readonly at: number }) | null
  readonly userIds: 1 | 2
  /** When the first user id was revoked. */
  readonly userIdRevoked: number | null
  readonly revoked: Revoked | null
  readonly subkey: SubkeyCase | null
  readonly signature: SignatureCase
}

export type Life = { readonly expires: number | null; readonly flags: number | null }

export type Revoked = { readonly at: number; readonly reason: number | null }

export type SubkeyCase = Life & {
  readonly algorithm: Algorithm
  readonly created: number
  readonly backSignature: 'own' | 'none' | 'foreign'
  readonly revoked: Revoked | null
}

export type SignatureCase = {
  readonly by: 'primary' | 'subkey' | 'stranger'
  readonly hash: number
  readonly at: number
  readonly type: number
  readonly issuer: IssuerKind
  readonly extra: ExtraKind
  readonly damage: DamageKind
}

/** An Ed25519 key in GnuPG's form, a month old, and a good signature of ten days ago. */
export const plain: Case = {
  algorithm: 'eddsa',
  version: 4,
  created: -30,
  expires: null,
  flags: 0x03,
  selfHash: 10,
  renewed: null,
  former: null,
  direct: null,
  userIds: 1,
  userIdRevoked: null,
  revoked: null,
  subkey: null,
  signature: { by: 'primary', hash: 10, at: -10, type: 0, issuer: 'usual', extra: 'none', damage: 'none' },
}

/** For signing, as old as the key. */
export const plainSubkey: SubkeyCase = {
  algorithm: 'eddsa',
  created: -30,
  expires: null,
  flags: 0x02,
  backSignature: 'own',
  revoked: null,
}

/** A signature by the subkey. */
export function bySubkey(subkey: Partial<SubkeyCase> = {}, changes: Partial<Case> = {}): Case {
  const signature = { ...plain.signature, by: 'subkey' } as const
  return { ...plain, signature, ...changes, subkey: { ...plainSubkey, ...subkey } }
}

/** The plain key, its signature changed. */
export function signed(signature: Partial<SignatureCase>, changes: Partial<Case> = {}): Case {
  return { ...plain, ...changes, signature: { ...plain.signature, ...signature } }
}

/** In which area a signature says whose it is. */
export const issuerKinds = [
  'usual',
  'key id alone, hashed',
  'key id alone, unhashed',
  'fingerprint alone, hashed',
  'fingerprint alone, unhashed',
  'none at all',
  'two that differ',
] as const

export type IssuerKind = (typeof issuerKinds)[number]

/** Hashed subpackets beside the usual ones. */
export const extraSubpackets = {
  none: [],
  notation: [subpackets.notation('note@example.org', 'text')],
  'critical notation': [subpackets.notation('note@example.org', 'text', true)],
  'unknown subpacket': [subpackets.unknown(false)],
  'critical unknown subpacket': [subpackets.unknown(true)],
  'expires after a day': [subpackets.signatureExpires(86_400)],
  'expires in years': [subpackets.signatureExpires(1000 * 86_400)],
  'two creation times': [subpackets.created(1_600_000_000)],
  'no creation time': [],
  'critical creation time': [],
} as const

export type ExtraKind = keyof typeof extraSubpackets

export const extraKinds = Object.keys(extraSubpackets) as readonly ExtraKind[]

export const damageKinds = ['none', 'another payload', 'a wrong digest prefix', 'a number changed'] as const

export type DamageKind = (typeof damageKinds)[number]
