import * as fc from 'fast-check'
import {
  type Case,
  damageKinds,
  extraKinds,
  issuerKinds,
  type Life,
  plain,
  type Revoked,
  type SignatureCase,
  type SubkeyCase,
} from './case.ts'

/**
 * A key and a signature, plain but for two or three things: with everything odd at once all readers would refuse, each
 * for another reason. Times are of a small choice, so that they meet.
 */
export function anyCase(): fc.Arbitrary<Case> {
  const key = fc.record<Omit<Case, 'signature'>>({
    algorithm: mostly(plain.algorithm, ...algorithms),
    version: mostly(4 as const, 6 as const),
    created: mostly(-30, -40),
    expires: mostly(null, ...ends),
    flags: mostly<number | null>(0x03, ...flags),
    selfHash: mostly(10, ...hashes),
    renewed: mostly(null, ...times),
    former: mostly<Life | null>(null, ...lives),
    direct: mostly<Case['direct']>(null, ...lives.flatMap(life => times.map(at => ({ ...life, at })))),
    userIds: mostly(1 as const, 2 as const),
    userIdRevoked: mostly(null, ...times),
    revoked: mostly<Revoked | null>(null, ...revocations),
    subkey: fc.option(anySubkey(), { freq: 2 }),
  })
  return fc.tuple(key, anySignature()).map(([{ subkey, ...rest }, signature]) => {
    const by = signature.by === 'subkey' && subkey === null ? 'primary' : signature.by
    return { ...rest, subkey, signature: { ...signature, by } }
  })
}

function anySubkey(): fc.Arbitrary<SubkeyCase> {
  return fc.record<SubkeyCase>({
    algorithm: mostly(plain.algorithm, ...algorithms),
    created: mostly(-30, -15),
    expires: mostly(null, ...ends),
    flags: mostly<number | null>(0x02, ...flags),
    backSignature: mostly('own' as const, 'none' as const, 'foreign' as const),
    revoked: mostly<Revoked | null>(null, ...revocations),
  })
}

function anySignature(): fc.Arbitrary<SignatureCase> {
  return fc.record<SignatureCase>({
    by: fc.oneof(fc.constantFrom('primary', 'subkey'), mostly('subkey' as const, 'stranger' as const)),
    hash: mostly(10, ...hashes),
    at: mostly(-10, ...times),
    type: mostly(0, ...types),
    issuer: mostly(issuerKinds[0], ...issuerKinds),
    extra: mostly(extraKinds[0] ?? 'none', ...extraKinds),
    damage: mostly(damageKinds[0], ...damageKinds),
  })
}

/** Each tenth time or so something else than the usual. */
function mostly<Value>(usual: Value, ...others: readonly Value[]): fc.Arbitrary<Value> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  )
}

export const algorithms = [
  ...(['rsa1024', 'rsa2048', 'rsa3072', 'rsa4096', 'dsa2048', 'p256', 'p384', 'p521', 'secp256k1'] as const),
  ...(['brainpoolP256r1', 'brainpoolP384r1', 'brainpoolP512r1', 'eddsa', 'ed25519', 'ed448'] as const),
] as const

/** RFC 9580 §9.5. */
export const hashes = [1, 2, 3, 8, 9, 10, 11, 12, 14] as const

/** RFC 9580 §5.2.1. */
export const types = [0, 1, 2, 0x10, 0x13, 0x18, 0x19, 0x1f, 0x20, 0x28, 0x30, 0x40, 0x50] as const

/** Days from now. Nothing within an hour of it, where readers of other seconds or with a tolerance would differ. */
export const times = [-60, -40, -31, -30, -29, -20, -15, -11, -10, -9, -1, 0.1, 5] as const

const ends = [-20, -15, -10, -9, -1, 0.1, 5] as const

/** RFC 9580 §5.2.3.29. */
export const flags = [null, 0, 0x01, 0x02, 0x03, 0x0c, 0x20, 0x23] as const

/** RFC 9580 §5.2.3.31; 32 says that a user id is not used any more. */
export const reasons = [null, 0, 1, 2, 3, 32] as const

const lives: readonly Life[] = [null, -10, -1, 5].flatMap(expires => flags.map(flags => ({ expires, flags })))

const revocations = times.flatMap(at => reasons.map(reason => ({ at, reason })))
