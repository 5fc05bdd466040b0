import { Fault } from './fault.ts'
import type { KeyFile, SigningPart, TrustedKey } from './keyring.ts'
import { plainMailboxes } from './mailbox.ts'
import { printable } from './printable.ts'
import type { SshArithmetic, SshFingerprints } from './ssh-fingerprint.ts'
import { badLine } from './ssh-key-fault.ts'
import { parseSshKeyLine, type SshKeyLine } from './ssh-key-line.ts'
import { matchesPatternList } from './ssh-pattern.ts'
import type { SshPublicKey } from './ssh-public-key.ts'
import type { SshRevocations } from './ssh-revoked.ts'
import { gitNamespace } from './ssh-signature.ts'

/** The keys of these files. Throws a Fault that names file and line for whatever is no line of one. */
export function trustedSshKeys(
  files: readonly KeyFile[],
  revocations: SshRevocations,
  arithmetic: SshArithmetic,
): readonly TrustedKey[] {
  const keys = new Map<string, TrustedKey>()
  for (const line of files.flatMap(sshLinesOf)) {
    if (line.key !== null && !arithmetic.isPublicKey(line.key.spki))
      throw badLine(line, 'its key is damaged', 'copy the line of the .pub file again, whole')
    if (line.options.authority && /[^!-~]/.test(line.options.principals ?? line.name))
      throw badLine(line, 'principals of an authority that are not plain ASCII', 'write them in ASCII')
    const { sha256, sha1 } = arithmetic.fingerprintsOf(line.blob)
    const key = trustedKey(line, { sha256, sha1 }, revocations)
    const known = keys.get(sha256)
    keys.set(sha256, known === undefined ? key : merged(known, key))
  }
  return [...keys.values()]
}

/** Each key of a file with its line. */
export function sshLinesOf({ path, bytes }: KeyFile): readonly SshKeyLine[] {
  const format = isAllowedSigners(path) ? 'allowed_signers' : 'authorized_keys'
  const lines = textOf(path, bytes).split('\n')
  const found = lines.flatMap(
    (line, index) => parseSshKeyLine({ file: path, line: index + 1 }, line, format) ?? [],
  )
  if (found.length === 0)
    throw new Fault(`${printable(path)}: no key in it`, 'put an OpenSSH public key there, or remove it')
  return found
}

/** Whether the name says that principals stand before the keys: nothing in a line tells principals from options. */
export function isAllowedSigners(path: string): boolean {
  return path.endsWith('allowed_signers')
}

function textOf(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Fault(`${printable(path)}: not UTF-8`, 'save the file as UTF-8')
  }
}

function trustedKey(
  line: SshKeyLine,
  fingerprints: SshFingerprints,
  revocations: SshRevocations,
): TrustedKey {
  const { key, file, name, type } = line
  const part = key === null ? null : partOf(line, key, fingerprints, revocations)
  const isUsable = part !== null && (part.forSigning || part.ssh?.certifies !== null)
  return {
    fingerprint: fingerprints.sha256,
    files: [`${file}:${line.line}`],
    userIds: [name],
    parts: part === null ? [] : [part],
    created: null,
    algorithm: type === 'ssh-rsa' && key !== null ? `${type} ${key.bits}` : type,
    unusable: isUsable ? null : (part?.ssh?.unfit ?? `${type} is not supported`),
  }
}

function partOf(
  { file, name, options }: SshKeyLine,
  { algorithm, spki, bits, application }: SshPublicKey,
  fingerprints: SshFingerprints,
  revocations: SshRevocations,
): SigningPart {
  const { sha256 } = fingerprints
  const { authority, namespaces, from, until, presence } = options
  const isForGit = namespaces === null || matchesPatternList(gitNamespace, namespaces)
  const principals = options.principals ?? name
  const revoked = revocations.certificatesOf(sha256)
  const unfit = whyUnfit(isForGit, authority)
  return {
    fingerprint: sha256,
    keyId: sha256.slice(0, 16),
    primary: sha256,
    version: 0,
    algorithm,
    spki,
    bits,
    validFrom: from,
    validUntil: until,
    revoked: revocations.isRevoked(fingerprints) ? { at: 0, forAllTime: true } : null,
    forSigning: unfit === null,
    mailboxes: authority ? [] : plainMailboxes(isAllowedSigners(file) ? name.split(',') : [name]),
    ssh: { unfit, presence, application, certifies: authority && isForGit ? { principals, revoked } : null },
  }
}

function whyUnfit(isForGit: boolean, isAuthority: boolean): string | null {
  if (!isForGit) return 'its key is not for git'
  return isAuthority ? 'its key is there to certify others' : null
}

/** A key in several lines is trusted on the terms of each; alike ones are one, for all the addresses of both. */
function merged(one: TrustedKey, other: TrustedKey): TrustedKey {
  const parts = new Map<string, SigningPart>()
  for (const part of [...one.parts, ...other.parts]) {
    const terms = JSON.stringify({ ...part, mailboxes: [] })
    const known = parts.get(terms)?.mailboxes ?? []
    parts.set(terms, { ...part, mailboxes: [...new Set([...known, ...part.mailboxes])] })
  }
  return {
    ...one,
    files: [...one.files, ...other.files],
    userIds: [...new Set([...one.userIds, ...other.userIds])],
    parts: [...parts.values()],
    unusable: one.unusable === null ? null : other.unusable,
  }
}
