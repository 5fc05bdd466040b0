/** The people whose commits are pushed: what is right or wrong with each one's key stands beside the name. */
import type { Key } from './keys.ts'
import { makeKey } from './keys.ts'
import { bytes } from './packets.ts'
import { now } from './signature-packet.ts'

const day = 86400

/** Seconds since 1970 of most signatures: all keys were alive by then. */
export const longAgo = now() - 15 * day

export type Cast = ReturnType<typeof makeCast>

/** Makes all keys; a second of work. */
export function makeCast() {
  const today = now()
  const revokedAt = today - day
  const alice = makeKey({ name: 'Alice' })
  const renewed = makeKey({ name: 'Dora', expires: today - day })
  const mallory = makeKey({ name: 'Mallory', subkeys: [{}] })
  const stolen = makeKey({ name: 'Vera' })
  const copied = makeKey({ name: 'Tina' })
  const host = makeKey({ name: 'Gina' })
  const cast = {
    alice,
    mallory,
    host,
    impostor: makeKey({ name: 'Alice' }),
    rsa: makeKey({ name: 'Rita', algorithm: 'rsa2048' }),
    strong: [
      makeKey({ name: 'Rsa', algorithm: 'rsa3072' }),
      makeKey({ name: 'P256', algorithm: 'p256' }),
      makeKey({ name: 'P384', algorithm: 'p384' }),
      makeKey({ name: 'P521', algorithm: 'p521' }),
      makeKey({ name: 'Brainpool', algorithm: 'brainpoolP256r1' }),
      makeKey({ name: 'New', algorithm: 'ed25519' }),
      makeKey({ name: 'Six', algorithm: 'ed25519', version: 6 }),
      makeKey({ name: 'Six RSA', algorithm: 'rsa2048', version: 6 }),
    ],
    weak: makeKey({ name: 'Walter', algorithm: 'rsa1024' }),
    dsa: makeKey({ name: 'Dan', algorithm: 'dsa2048' }),
    broken: makeKey({ name: 'Mia', selfSignature: { hash: 1 } }),
    expired: makeKey({ name: 'Bob', expires: today - day }),
    expiring: makeKey({ name: 'Evan', expires: today + day }),
    expiredWithSubkey: makeKey({ name: 'Ed', expires: today - day, subkeys: [{}] }),
    /** In the key folder with an end that was put off after he had signed. */
    renewed,
    revoked: makeKey({ name: 'Carl', revoked: { at: revokedAt, reason: 2 } }),
    revokedWithoutReason: makeKey({ name: 'Rob', revoked: { at: revokedAt, reason: null } }),
    superseded: makeKey({ name: 'Sue', revoked: { at: revokedAt, reason: 1 } }),
    retired: makeKey({ name: 'Tom', revoked: { at: revokedAt, reason: 3 } }),
    revokedWithSubkey: makeKey({ name: 'Rex', revoked: { at: revokedAt, reason: 2 }, subkeys: [{}] }),
    revokedLater: makeKey({ name: 'Fred', revoked: { at: today + 10 * day, reason: 1 } }),
    /** Revoked by a certificate in a file of its own. */
    stolen,
    /** In the key folder twice, revoked in one copy. */
    copied,
    certifier: makeKey({ name: 'Cora', flags: 0x01, subkeys: [{}] }),
    flagless: makeKey({ name: 'Nora', flags: null }),
    /** One primary key with a subkey of each kind, by number in `subkeys`. */
    many: makeKey({
      name: 'Sam',
      subkeys: [
        {},
        { expires: today - day },
        { revoked: { at: revokedAt, reason: 1 } },
        { flags: 0x0c },
        { backSignature: 'none' },
        { backSignature: 'foreign' },
        { created: today - 10 * day },
      ],
    }),
  } as const
  const inFiles = new Set<Key>([mallory, cast.impostor, host, renewed])
  const folder: Readonly<Record<string, string | Uint8Array>> = {
    'gina.pgp': bytes(host.publicBinary, subkeysOf(mallory)),
    'dora.asc': renewed.with({ expires: today + day, selfSignedAt: today - 60 }).publicArmored,
    'vera.rev': stolen.revocation({ at: revokedAt, reason: 2 }),
    'tina-2.asc': copied.with({ revoked: { at: revokedAt, reason: 2 } }).publicArmored,
  }
  const all = Object.values(cast).flat()
  return { ...cast, trusted: all.filter(key => !inFiles.has(key)), folder }
}

/** Numbers of Sam's subkeys. */
export const subkeys = {
  good: 0,
  expired: 1,
  revoked: 2,
  forEncryption: 3,
  withoutBackSignature: 4,
  withForeignBackSignature: 5,
  young: 6,
} as const

/** The packets behind the primary key's: Ed25519 has no randomness, so the same key without them is a prefix. */
function subkeysOf(key: Key): Uint8Array {
  return key.publicBinary.subarray(key.with({ subkeys: [] }).publicBinary.length)
}
