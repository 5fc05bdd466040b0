import { isSame } from './bytes.ts'
import type { KeyChange } from './key-file.ts'
import { sortKeyFiles } from './key-format.ts'
import { collectKeys } from './key-packets.ts'
import { mergedKeyFile, renderKeyFile } from './key-rendering.ts'
import type { KeyFile, TrustedKey } from './keyring.ts'
import { mailboxIn } from './mailbox.ts'
import { isSshKeyThere, splitSshKeyFile, sshFileName } from './ssh-key-change.ts'

/**
 * How `added`, one key, comes among `files`: into the first of them that holds the same primary key, else into a new
 * one in `folder`. An OpenSSH key on terms of its own always gets one. Null where nothing of it is new.
 */
export function planAddition(
  files: readonly KeyFile[],
  added: KeyFile,
  key: TrustedKey,
  folder: string,
): KeyChange | null {
  const { openpgp, openssh } = sortKeyFiles(files)
  const mailbox = plainMailbox(key)
  const create = (name: string) => ({ path: newPath(folder, name, files), before: null, after: added.bytes })
  if (isOpenssh(added)) return isSshKeyThere(openssh, added) ? null : create(sshFileName(added, key, mailbox))
  const holders = openpgp.filter(file => holds(file, added))
  const [first, ...others] = holders
  if (first === undefined) return create(`${mailbox ?? key.fingerprint}.asc`)
  if (isSame(mergedKeyFile(first, others), mergedKeyFile(first, [...others, added]))) return null
  return { path: first.path, before: first.bytes, after: mergedKeyFile(first, [added]) }
}

/** How a revocation of `key` that stands alone comes into `folder`. */
export function planRevocation(
  files: readonly KeyFile[],
  added: KeyFile,
  key: TrustedKey,
  folder: string,
): KeyChange {
  return { path: newPath(folder, `${key.fingerprint}.rev`, files), before: null, after: added.bytes }
}

/**
 * How the OpenPGP key with this primary key packet goes out of `files`. Revocations that stand alone stay: they count again
 * should the key come back.
 */
export function planRemoval(files: readonly KeyFile[], primary: Uint8Array): readonly KeyChange[] {
  return files.flatMap(file => {
    const { keys, revocations } = collectKeys([file])
    const kept = keys.filter(key => !isSame(key.primary.body, primary))
    if (kept.length === keys.length) return []
    const bodies = revocations.map(({ body }) => body)
    const after = kept.length + bodies.length > 0 ? renderKeyFile(kept, bodies, file) : null
    return [{ path: file.path, before: file.bytes, after }]
  })
}

/** `files` as they are after `changes`. */
export function changedFiles(files: readonly KeyFile[], changes: readonly KeyChange[]): readonly KeyFile[] {
  const byPath = new Map(files.map(file => [file.path, file]))
  for (const { path, after } of changes) {
    if (after === null) byPath.delete(path)
    else byPath.set(path, { path, bytes: after })
  }
  return [...byPath.values()]
}

/** Each key of `file` in a file of its own, as `renderKeyFile` has it, and each revocation that stands alone. */
export function splitKeyFile(file: KeyFile): {
  readonly keys: readonly KeyFile[]
  readonly revocations: readonly KeyFile[]
} {
  if (isOpenssh(file)) return { keys: splitSshKeyFile(file), revocations: [] }
  const { keys, revocations } = collectKeys([file])
  const { path } = file
  return {
    keys: keys.map(key => ({ path, bytes: renderKeyFile([key], []) })),
    revocations: revocations.map(({ body }) => ({ path, bytes: renderKeyFile([], [body]) })),
  }
}

function holds(file: KeyFile, added: KeyFile): boolean {
  const [wanted] = collectKeys([added]).keys
  return collectKeys([file]).keys.some(
    ({ primary }) => wanted !== undefined && isSame(primary.body, wanted.primary.body),
  )
}

/** An e-mail address of the key that makes a plain file name. */
function plainMailbox({ userIds }: TrustedKey): string | null {
  return userIds.map(mailboxIn).find(mailbox => mailbox !== null && plain.test(mailbox)) ?? null
}

const plain = /^[A-Za-z0-9][\w.+@-]{0,99}$/

function isOpenssh(file: KeyFile): boolean {
  return sortKeyFiles([file]).openssh.length > 0
}

/** A name that is free as far as is known; the write itself never takes one that is not. */
function newPath(folder: string, name: string, files: readonly KeyFile[]): string {
  const taken = new Set(files.map(({ path }) => path))
  const [base = '', suffix = ''] = /^(.*?)(\.[a-z]+|_allowed_signers)?$/.exec(name)?.slice(1) ?? []
  for (let number = 1; ; number += 1) {
    const path = `${folder}/${base}${number === 1 ? '' : `-${number}`}${suffix}`
    if (!taken.has(path)) return path
  }
}
