import { byteText } from './bytes.ts'
import {
  allReadings,
  type Certificate,
  type KeyMaterial,
  type KeySignature,
  names,
  type Signed,
  signatureType,
} from './certificate.ts'
import { Fault } from './fault.ts'
import { smallestModulus } from './judge.ts'
import { assignRevocations, keyRevocation, type LoneReading, subkeyRevocations } from './key-revocation.ts'
import type { Revocation, SigningPart, TrustedKey } from './keyring.ts'
import { mailboxIn } from './mailbox.ts'
import { printable } from './printable.ts'
import { type Directory, directoryOf } from './revoker.ts'
import {
  counts,
  describeSelf,
  earliest,
  endOf,
  isOfType,
  type Moment,
  maySign,
  newestValid,
  read,
  type SelfDescription,
} from './self-signature.ts'
import { contentOfSubkey } from './signed-content.ts'

/**
 * What these keys are good for at this moment. A key that is good for nothing is kept and says why; a Fault where a
 * revocation is not what it claims to be, or where two primary keys claim one subkey.
 */
export function trustedKeys(
  certificates: readonly Certificate[],
  lone: readonly LoneReading[],
  moment: Moment,
): readonly TrustedKey[] {
  const directory = directoryOf(certificates)
  const revocations = assignRevocations(lone, directory)
  const keys = certificates.map(certificate =>
    trustedKey(certificate, revocations.get(certificate) ?? [], directory, moment),
  )
  refuseSharedParts(keys)
  return keys
}

/** Throws a Fault where none of the keys can sign, or let another sign, for anybody. */
export function assertUsable(keys: readonly TrustedKey[]): void {
  if (keys.some(key => key.unusable === null)) return
  const why = [...new Set(keys.map(key => key.unusable))].join('; ')
  throw new Fault(
    `${filesOf(keys)}: no usable key${why === '' ? '' : ` (${why})`}`,
    'add the public key of somebody who may sign: gpg --armor --export KEY',
  )
}

function trustedKey(
  certificate: Certificate,
  lone: readonly KeySignature[],
  directory: Directory,
  moment: Moment,
): TrustedKey {
  const { primary, userIds } = certificate
  const key = primary.content
  const rawUserIds = userIds.map(({ content }) => content)
  if (key.signing === null) return unusable(certificate, rawUserIds, `${key.label} is not supported`)
  const signatures = read(allReadings(certificate))
  const self = describeSelf(certificate, signatures, moment)
  if (self === null) return unusable(certificate, rawUserIds, whyNone(signatures, key))
  const revoked = keyRevocation(certificate, lone, directory, moment.now)
  const subkeysRevoked = subkeyRevocations(certificate, directory, moment.now)
  const own = primaryPart(key, self, revoked)
  const bound = certificate.subkeys.flatMap(subkey => {
    const part = subkeyPart(subkey, key, self, moment)
    if (part === null || part.fingerprint === key.fingerprint) return []
    return [{ ...part, revoked: either(revoked, subkeysRevoked.get(part.fingerprint) ?? null) }]
  })
  const parts = [...(own === null ? [] : [own]), ...bound]
  return {
    ...describe(certificate, self.userIds),
    parts,
    unusable: parts.some(({ forSigning }) => forSigning) ? null : 'no part of it is for signing',
  }
}

function unusable(certificate: Certificate, userIds: readonly Uint8Array[], why: string): TrustedKey {
  return { ...describe(certificate, userIds), parts: [], unusable: why }
}

function whyNone(signatures: readonly KeySignature[], key: KeyMaterial): string {
  const weak = signatures.some(({ issuer, strong }) => !strong && names(issuer, key))
  return weak ? 'no self-signature but over MD5 or RIPEMD-160' : 'no self-signature that counts'
}

function describe({ primary, files }: Certificate, userIds: readonly Uint8Array[]) {
  const { fingerprint, created, label } = primary.content
  return { fingerprint, files, userIds: userIds.map(textOf), created, algorithm: label }
}

/** UTF-8 as it should be, else byte for byte: a user id that cannot be read does not make a key unusable. */
function textOf(userId: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(userId)
  } catch {
    return byteText(userId)
  }
}

function primaryPart(
  key: KeyMaterial,
  { validUntil, forSigning, userIds }: SelfDescription,
  revoked: Revocation | null,
): SigningPart | null {
  if (key.signing === null) return null
  const mailboxes = mailboxesIn(userIds)
  return {
    ...identityOf(key, key.fingerprint),
    ...key.signing,
    mailboxes,
    validFrom: key.created,
    validUntil,
    revoked,
    forSigning,
  }
}

/**
 * The subkey, or null where its primary key does not vouch for it: anybody can append a subkey to a key file. One
 * that signs must in turn vouch for its primary key, or else a stranger's signatures could be claimed by binding his
 * subkey. RFC 9580 §5.2.1.9. Who breaks a weak primary key can bind a subkey of his own, so it lets none sign.
 */
function subkeyPart(
  { content: subkey, signatures }: Signed<KeyMaterial>,
  key: KeyMaterial,
  self: SelfDescription,
  moment: Moment,
): Omit<SigningPart, 'revoked'> | null {
  if (subkey.signing === null || subkey.version !== key.version) return null
  const content = contentOfSubkey(key, subkey)
  const bindings = read(signatures).filter(isOfType(signatureType.subkeyBinding))
  const newest = newestValid(bindings, key, content, moment)
  if (newest.length === 0) return null
  const vouchesBack = ({ backSignature: back }: KeySignature) =>
    back !== null &&
    back.type === signatureType.primaryKeyBinding &&
    counts(back, subkey, moment) &&
    back.isMadeBy(subkey, content)
  return {
    ...identityOf(subkey, key.fingerprint),
    ...subkey.signing,
    mailboxes: mailboxesIn(self.userIds),
    validFrom: Math.max(key.created, subkey.created),
    validUntil: earliest(self.validUntil, ...newest.map(binding => endOf(binding, subkey))),
    forSigning: !isWeak(key) && newest.every(binding => maySign(binding) && vouchesBack(binding)),
  }
}

function isWeak({ signing }: KeyMaterial): boolean {
  return signing?.algorithm === 'rsa' && signing.bits < smallestModulus
}

function mailboxesIn(userIds: readonly Uint8Array[]): readonly string[] {
  return userIds.map(userId => mailboxIn(textOf(userId))).filter(mailbox => mailbox !== null)
}

function identityOf({ fingerprint, keyId, version }: KeyMaterial, primary: string) {
  return { fingerprint, keyId, primary, version, ssh: null }
}

function either(first: Revocation | null, second: Revocation | null): Revocation | null {
  if (first === null || second === null) return first ?? second
  return { at: Math.min(first.at, second.at), forAllTime: first.forAllTime || second.forAllTime }
}

/** Whose signature would it be? */
function refuseSharedParts(keys: readonly TrustedKey[]): void {
  const owners = new Map<string, TrustedKey>()
  for (const key of keys)
    for (const { fingerprint } of key.parts) {
      const owner = owners.get(fingerprint)
      if (owner !== undefined && owner !== key)
        throw new Fault(
          `${filesOf([owner, key])}: the subkey ${fingerprint} is in both ${owner.fingerprint} and ${key.fingerprint}`,
          'keep one of the two keys, or remove the subkey from one and export it again',
        )
      owners.set(fingerprint, key)
    }
}

function filesOf(keys: readonly TrustedKey[]): string {
  const files = [...new Set(keys.flatMap(key => key.files))].map(printable)
  return files.length <= 3
    ? files.join(', ')
    : `${files.slice(0, 3).join(', ')} and ${files.length - 3} more files`
}
