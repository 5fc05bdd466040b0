import { isSame } from './bytes.ts'
import type { KeyChange } from './key-file.ts'
import type { KeyFile, TrustedKey } from './keyring.ts'
import { isAllowedSigners, sshLinesOf } from './ssh-keys.ts'

/** Each key of an OpenSSH file as a file of one line. */
export function splitSshKeyFile({ path, bytes }: KeyFile): readonly KeyFile[] {
  const lines = linesOf(bytes)
  return sshLinesOf({ path, bytes }).map(({ line }) => ({
    path,
    bytes: encoded([lines[line - 1] ?? '', '']),
  }))
}

/** Whether one of `files` holds this key on the same terms; a comment is none. */
export function isSshKeyThere(files: readonly KeyFile[], added: KeyFile): boolean {
  const known = files.flatMap(sshLinesOf)
  return sshLinesOf(added).every(line =>
    known.some(
      other =>
        isSame(other.blob, line.blob) &&
        JSON.stringify(other.options) === JSON.stringify(line.options) &&
        isAllowedSigners(other.file) === isAllowedSigners(line.file) &&
        (other.name === line.name || !isAllowedSigners(line.file)),
    ),
  )
}

/** A file's name for the key, without a suffix where its lines begin with principals. */
export function sshFileName({ path }: KeyFile, { fingerprint }: TrustedKey, mailbox: string | null): string {
  const safe = fingerprint.replace(':', '-').replaceAll('/', '_')
  return isAllowedSigners(path) ? `${safe}_allowed_signers` : `${mailbox ?? safe}.pub`
}

/** Takes the lines of the key out; a file that has no other is removed. */
export function planSshRemoval(files: readonly KeyFile[], key: TrustedKey): readonly KeyChange[] {
  return files.flatMap(file => {
    const gone = new Set(
      key.files.flatMap(place =>
        place.startsWith(`${file.path}:`) ? [place.slice(file.path.length + 1)] : [],
      ),
    )
    if (gone.size === 0) return []
    const kept = linesOf(file.bytes).filter((_, index) => !gone.has(String(index + 1)))
    const isEmpty = sshLinesOf(file).every(({ line }) => gone.has(String(line)))
    return [{ path: file.path, before: file.bytes, after: isEmpty ? null : encoded(kept) }]
  })
}

function linesOf(bytes: Uint8Array): readonly string[] {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).split('\n')
}

function encoded(lines: readonly string[]): Uint8Array {
  return new TextEncoder().encode(lines.join('\n'))
}
