import type { Case, Life } from './case.ts'
import { type Answer, isVerified, type Reader } from './readers.ts'

/** Why we refuse what another reader calls good; in the words of docs/interop.md. */
export const stricter = [
  'a signature over SHA-1 or RIPEMD-160',
  'a digest shorter than the curve asks for',
  'an RSA key of less than 2048 bits',
  'a key of DSA, or on the curve secp256k1',
  'self-signatures over RIPEMD-160',
  'a key without key flags',
  'a signature dated in the future',
  'a self-signature dated in the future',
  'a signature that states two creation times, or names two keys',
  'a key whose user ids are all revoked',
  'a revocation dated before its key',
  'a revocation with the reason of a user id',
  'a retired key that was certified anew',
  'a direct-key signature and a user id that say different things',
  'two self-signatures of the same second that say different things',
  'a self-signature newer than the signature it judges',
] as const

/** Why we call good what another reader refuses. */
export const moreLenient = [
  'what the other reader does not know: Ed25519 and Ed448 of RFC 9580, version 6, SHA-3, brainpool curves',
  'an issuer fingerprint that is not signed',
  'a direct-key signature dated in the future',
  'a key without a user id that counts',
  'self-signatures over SHA-1',
  'a key all of whose self-signatures were made after the signature',
  'an expired signature, judged at its own time',
  'a self-signature newer than the signature it judges',
  'two self-signatures of the same second that say different things',
] as const

export type Difference = (typeof stricter)[number] | (typeof moreLenient)[number]

export type Two = {
  readonly reader: Reader
  readonly ours: Answer
  readonly theirs: Answer
}

/** The listed reason for which the two answers differ. Null where they are the same verdict, undefined where none explains it. */
export function whyDifferent(given: Case, answers: Two): Difference | null | undefined {
  const [own, other] = [isVerified(answers.ours), isVerified(answers.theirs)]
  if (own && other) return answers.ours === answers.theirs ? null : undefined
  if (!own && !other) return null
  return own ? whyMoreLenient(given, answers) : whyStricter(given, answers)
}

type Rule = (given: Case, answers: Two) => boolean

function whyStricter(given: Case, answers: Two): Difference | undefined {
  return stricter.find(name => stricterRules[name](given, answers))
}

function whyMoreLenient(given: Case, answers: Two): Difference | undefined {
  return moreLenient.find(name => moreLenientRules[name](given, answers))
}

const stricterRules: Readonly<Record<(typeof stricter)[number], Rule>> = {
  'a signature over SHA-1 or RIPEMD-160': ({ signature: { hash } }, { ours }) =>
    ours === 'weak-hash' && (hash === 2 || hash === 3),
  'a digest shorter than the curve asks for': (given, { reader, ours }) =>
    reader === 'sqv' &&
    ((ours === 'weak-hash' && isShort(given.signature.hash, signerOf(given).algorithm)) ||
      (ours === 'unknown-key' && algorithmsOf(given).some(algorithm => isShort(given.selfHash, algorithm)))),
  'an RSA key of less than 2048 bits': (given, { ours }) =>
    (ours === 'weak-key' && signerOf(given).algorithm === 'rsa1024') ||
    (ours === 'key-not-for-signing' && given.algorithm === 'rsa1024'),
  'a key of DSA, or on the curve secp256k1': (given, { ours }) =>
    (ours === 'unsupported-signature' || ours === 'unknown-key') &&
    algorithmsOf(given).some(algorithm => algorithm === 'dsa2048' || algorithm === 'secp256k1'),
  'self-signatures over RIPEMD-160': ({ selfHash }, { ours }) => ours === 'unknown-key' && selfHash === 3,
  'a key without key flags': (given, { ours }) =>
    ours === 'key-not-for-signing' && signerOf(given).flags === null,
  'a signature dated in the future': ({ signature: { at } }, { reader, ours }) =>
    reader !== 'sqv' && ours === 'signed-in-future' && at > 0,
  'a self-signature dated in the future': ({ renewed, direct }, { reader, ours }) =>
    reader !== 'sqv' &&
    (ours === 'unknown-key' || isOfLife(ours)) &&
    Math.max(renewed ?? 0, direct?.at ?? 0) > 0,
  'a signature that states two creation times, or names two keys': (
    { signature: { issuer, extra } },
    { ours },
  ) => ours === 'unreadable-signature' && (issuer === 'two that differ' || extra === 'two creation times'),
  'a key whose user ids are all revoked': ({ userIds, userIdRevoked }, { ours }) =>
    (ours === 'unknown-key' || ours === 'key-not-for-signing') && userIds === 1 && userIdRevoked !== null,
  'a revocation dated before its key': ({ created, revoked, subkey }, { ours }) =>
    ours === 'key-revoked' &&
    ((revoked?.at ?? 0) < created ||
      (subkey?.revoked?.at ?? 0) < (subkey?.created ?? Number.NEGATIVE_INFINITY)),
  'a revocation with the reason of a user id': ({ revoked, subkey }, { reader, ours }) =>
    reader === 'sqv' && ours === 'key-revoked' && (revoked?.reason === 32 || subkey?.revoked?.reason === 32),
  'a retired key that was certified anew': (given, { reader, ours }) =>
    reader === 'sqv' && ours === 'key-revoked' && isTakenUpAgain(given),
  'a direct-key signature and a user id that say different things': ({ direct }, { ours }) =>
    isOfLife(ours) && direct !== null,
  'two self-signatures of the same second that say different things': (given, { ours }) =>
    isOfLife(ours) && saysTwoThings(given),
  'a self-signature newer than the signature it judges': (given, { reader, ours }) =>
    reader === 'sqv' && isOfLife(ours) && isRenewed(given),
}

const moreLenientRules: Readonly<Record<(typeof moreLenient)[number], Rule>> = {
  'what the other reader does not know: Ed25519 and Ed448 of RFC 9580, version 6, SHA-3, brainpool curves': (
    given,
    { reader, theirs },
  ) =>
    (reader === 'sqv' || /^(none|ERRSIG \d+)$/.test(theirs)) &&
    (given.version === 6 ||
      [given.selfHash, given.signature.hash].some(hash => hash === 12 || hash === 14) ||
      algorithmsOf(given).some(
        name => newAlgorithms.has(name) || (reader === 'sqv' && name.startsWith('brainpool')),
      )),
  'an issuer fingerprint that is not signed': ({ signature: { issuer } }, { theirs }) =>
    theirs === 'ERRSIG 9' && issuer === 'fingerprint alone, unhashed',
  'a direct-key signature dated in the future': ({ direct }, { reader, theirs }) =>
    reader !== 'sqv' && (theirs === 'EXPKEYSIG' || theirs === 'ERRSIG 125') && (direct?.at ?? 0) > 0,
  'a key without a user id that counts': (
    { created, renewed, former, direct, userIds, userIdRevoked },
    { theirs },
  ) =>
    theirs.startsWith('ERRSIG') &&
    direct !== null &&
    ((former === null && (renewed ?? created) < created) || (userIds === 1 && userIdRevoked !== null)),
  'self-signatures over SHA-1': ({ selfHash }, { reader }) => reader === 'sqv' && selfHash === 2,
  'a key all of whose self-signatures were made after the signature': (given, { reader }) =>
    reader === 'sqv' && statementsOf(given).every(({ at }) => at > given.signature.at),
  'an expired signature, judged at its own time': ({ signature: { at, extra } }, { reader }) =>
    reader === 'sqv' && extra === 'expires after a day' && at < -1,
  'a self-signature newer than the signature it judges': (given, { reader }) =>
    reader === 'sqv' && isRenewed(given),
  'two self-signatures of the same second that say different things': (given, { reader }) =>
    reader === 'sqv' && saysTwoThings(given),
}

/** RFC 9580 §5.2.3.2. Of the hashes that are not broken; sqv knows no other curves of that size. */
function isShort(hash: number, algorithm: string): boolean {
  const enough = { p256: [8, 9, 10, 12, 14], p384: [9, 10, 14], p521: [10, 14] }[algorithm]
  return enough !== undefined && !enough.includes(hash)
}

/** GnuPG 2.2 and sqv 1.1 know neither. RFC 9580 §9.1. */
const newAlgorithms: ReadonlySet<string> = new Set(['ed25519', 'ed448'])

/** Whether a reason follows from what a key says of itself. */
function isOfLife(ours: Answer): boolean {
  return ours === 'key-expired' || ours === 'key-not-for-signing'
}

function signerOf({ algorithm, flags, subkey, signature }: Case) {
  return signature.by === 'subkey' && subkey !== null ? subkey : { algorithm, flags }
}

function algorithmsOf({ algorithm, subkey }: Case): readonly string[] {
  return [algorithm, ...(subkey === null ? [] : [subkey.algorithm])]
}

/** What the primary key says of itself, and when. */
function statementsOf({ created, renewed, former, direct, expires, flags }: Case) {
  const own: readonly (Life & { readonly at: number })[] = [
    { at: renewed ?? created, expires, flags },
    ...(former === null ? [] : [{ ...former, at: created }]),
    ...(direct === null ? [] : [direct]),
  ]
  return own
}

function saysTwoThings({ created, renewed, former, expires, flags }: Case): boolean {
  const isSame = former !== null && former.expires === expires && former.flags === flags
  return former !== null && !isSame && (renewed ?? created) === created
}

/** Whether it said one thing when the signature was made, and says another by now. */
function isRenewed(given: Case): boolean {
  const { at } = given.signature
  const statements = statementsOf(given)
  return statements.some(made => made.at > at) && statements.some(made => made.at <= at)
}

/** Superseded or retired, RFC 9580 §5.2.3.31, and a self-signature after that. */
function isTakenUpAgain(given: Case): boolean {
  const { revoked } = given
  if (revoked === null || (revoked.reason !== 1 && revoked.reason !== 3)) return false
  return statementsOf(given).some(({ at }) => at > revoked.at)
}
