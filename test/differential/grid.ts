import { bySubkey, type Case, damageKinds, extraKinds, issuerKinds, plain, signed } from './case.ts'
import { algorithms, flags, hashes, reasons, types } from './random.ts'

/** One thing odd at a time, and what two odd things make of each other where that is known to matter. */
export const grid: readonly (readonly [name: string, given: Case])[] = [
  ...algorithms.map(algorithm => [algorithm, { ...plain, algorithm }] as const),
  ...algorithms.map(algorithm => [`subkey ${algorithm}`, bySubkey({ algorithm })] as const),
  ...(['rsa1024', 'rsa2048', 'dsa2048'] as const).map(
    algorithm => [`a subkey of ${algorithm}`, bySubkey({}, { algorithm })] as const,
  ),
  ...(['rsa2048', 'p256', 'ed25519', 'ed448'] as const).map(
    algorithm => [`version 6 ${algorithm}`, { ...plain, algorithm, version: 6 }] as const,
  ),
  ...hashes.map(hash => [`hash ${hash}`, signed({ hash })] as const),
  ...[2, 3, 11].map(hash => [`RSA, hash ${hash}`, signed({ hash }, { algorithm: 'rsa2048' })] as const),
  ...[8, 9, 11].map(hash => [`P-384, hash ${hash}`, signed({ hash }, { algorithm: 'p384' })] as const),
  ...hashes.map(selfHash => [`self-signature, hash ${selfHash}`, { ...plain, selfHash }] as const),
  ...[2, 8].map(
    selfHash =>
      [`P-384, self-signature, hash ${selfHash}`, { ...plain, selfHash, algorithm: 'p384' }] as const,
  ),
  ...flags.map(flags => [`flags ${flags}`, { ...plain, flags }] as const),
  ...flags.map(flags => [`flags of a subkey ${flags}`, bySubkey({ flags }, { flags: 1 })] as const),
  ...reasons.flatMap(reason =>
    [-35, -5, 5].map(at => [`revoked, ${reason}, ${at}`, { ...plain, revoked: { reason, at } }] as const),
  ),
  ...reasons.flatMap(reason =>
    [-20, 5].map(at => [`subkey revoked, ${reason}, ${at}`, bySubkey({ revoked: { reason, at } })] as const),
  ),
  ['a subkey of a revoked key', bySubkey({}, { revoked: { reason: 0, at: -5 } })],
  ...[-20, -10, -5, 5].flatMap(expires => [
    [`expires ${expires}`, { ...plain, expires }] as const,
    [`subkey expires ${expires}`, bySubkey({ expires })] as const,
    [`a subkey of a key that expires ${expires}`, bySubkey({}, { expires })] as const,
  ]),
  ...(['none', 'foreign'] as const).map(
    backSignature => [`back-signature ${backSignature}`, bySubkey({ backSignature })] as const,
  ),
  ...[-60, -31, -30, -29, -0.1, 0.1, 10].map(at => [`signed ${at}`, signed({ at })] as const),
  ...[-20, -10, -9].map(created => [`a subkey made ${created}`, bySubkey({ created })] as const),
  ...[-40, -20, -10, -9, 1].map(renewed => [`renewed ${renewed}`, { ...plain, renewed }] as const),
  ['renewed while it could not sign', { ...plain, renewed: -5, former: { flags: 1, expires: null } }],
  [
    'renewed so that it cannot sign',
    { ...plain, renewed: -5, flags: 1, former: { flags: 3, expires: null } },
  ],
  ['two statements in a second', { ...plain, expires: -5, former: { flags: 3, expires: null } }],
  ['two statements in a second, the other way', { ...plain, former: { flags: 1, expires: null } }],
  ['two statements in a second, one of nothing', { ...plain, former: { flags: null, expires: null } }],
  ['direct-key signature: for nothing', { ...plain, direct: { flags: 0, expires: null, at: -20 } }],
  ['direct-key signature: ended', { ...plain, direct: { flags: 3, expires: -15, at: -20 } }],
  ['direct-key signature: longer', { ...plain, expires: -15, direct: { flags: 3, expires: 5, at: -20 } }],
  ['direct-key signature to come', { ...plain, direct: { flags: 1, expires: null, at: 5 } }],
  ['no user id that counts', { ...plain, renewed: -40, direct: { flags: 3, expires: null, at: -20 } }],
  ['retired, and taken up again', { ...plain, renewed: -15, revoked: { reason: 3, at: -20 } }],
  ...[-40, -20, 5].map(
    userIdRevoked => [`user id revoked ${userIdRevoked}`, { ...plain, userIdRevoked }] as const,
  ),
  ['one of two user ids revoked', { ...plain, userIds: 2, userIdRevoked: -5 }],
  ...issuerKinds.map(issuer => [`issuer: ${issuer}`, signed({ issuer })] as const),
  ...extraKinds.map(extra => [`beside it: ${extra}`, signed({ extra })] as const),
  ...damageKinds.map(damage => [`damage: ${damage}`, signed({ damage })] as const),
  ...types.map(type => [`type 0x${type.toString(16)}`, signed({ type })] as const),
  ['by a stranger', signed({ by: 'stranger' })],
]
