import { Fault } from './fault.ts'
import type { KeyFile } from './keyring.ts'
import { printable } from './printable.ts'
import { isAllowedSigners } from './ssh-keys.ts'

/** Key files by whose they are. */
export type KeyFiles = { readonly openpgp: readonly KeyFile[]; readonly openssh: readonly KeyFile[] }

/**
 * Tells OpenPGP's files from OpenSSH's by what is in them. Throws a Fault for one that could be both: text around an
 * OpenPGP block is a comment, and so a key that is meant to count would not, or the reverse.
 */
export function sortKeyFiles(files: readonly KeyFile[]): KeyFiles {
  const [openpgp, openssh]: [KeyFile[], KeyFile[]] = [[], []]
  for (const file of files) (isOpenssh(file) ? openssh : openpgp).push(file)
  return { openpgp, openssh }
}

function isOpenssh({ path, bytes }: KeyFile): boolean {
  if (((bytes[0] ?? 0) & 0x80) !== 0) return false
  const text = new TextDecoder('latin1').decode(bytes)
  if (text.startsWith('SSHKRL\n'))
    throw new Fault(`${printable(path)}: a list of revoked keys`, 'name it in revoked-keys, not in keys')
  const isOpenssh = isAllowedSigners(path) || keyLine.test(text)
  if (isOpenssh && text.includes('-----BEGIN PGP'))
    throw new Fault(`${printable(path)}: both OpenSSH keys and an OpenPGP block`, 'put them into two files')
  return isOpenssh
}

/** A line with the type of a key of OpenSSH and the beginning of the key, wherever they stand in it. */
const keyLine = /^(?![ \t]*#)(?:.*[ \t,])?(?:ssh-|ecdsa-|sk-|webauthn-)[a-z0-9@.-]+[ \t]+AAAA/m
