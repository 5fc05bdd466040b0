import { Fault } from './fault.ts'
import { printable } from './printable.ts'

/** What is to become of one key file. */
export type KeyChange = {
  readonly path: string
  /** Null: it must not be there yet. */
  readonly before: Uint8Array | null
  /** Null: it is to be removed. */
  readonly after: Uint8Array | null
}

/**
 * Throws a Fault where an entry of a key folder is not clearly a key file: a name that may be meant to keep a key
 * out, so that nobody believes a key to be out that is in, or the reverse; a folder, whose keys would not be read.
 */
export function assertKeyFile(path: string, isFolder: boolean): void {
  if (isFolder)
    throw new Fault(
      `${printable(path)}: a folder in a key folder; keys in it are not read`,
      'move it out, or name it in keys',
    )
  if (!keyName.test(path.slice(path.lastIndexOf('/') + 1)))
    throw new Fault(
      `${printable(path)}: whether this is a key to trust is not clear from its name`,
      'rename it to end in .asc, or move it out of the folder',
    )
}

/** Why the system did not let a key file be read, by the name of its error, and what to do. errno(3). */
export function refusalOf(path: string, code: string): Fault {
  const [detail, remedy] = refusals[code] ?? [
    `cannot be read (${code || 'unknown error'})`,
    'see to the disk',
  ]
  return new Fault(`${printable(path)}: ${detail}`, remedy)
}

/** No suffix, but no editor's copy `alice~` either; or a suffix that exported keys have. */
const keyName = /^[^.]*[^.~]$|\.(?:asc|gpg|pgp|key|pub|rev)$/

const refusals: Readonly<Record<string, readonly [detail: string, remedy: string]>> = {
  ENOENT: ['missing, or a link to nothing', 'put the key there, or remove the link or the setting'],
  ENOTDIR: ['missing: a part of its path is a file', 'correct the path'],
  EACCES: ['not readable for the user that runs the hook', 'chmod or chown it'],
  EPERM: ['not readable for the user that runs the hook', 'chmod or chown it'],
  ELOOP: ['too many symbolic links', 'remove the loop'],
  ENAMETOOLONG: ['its path is too long', 'shorten it'],
}
