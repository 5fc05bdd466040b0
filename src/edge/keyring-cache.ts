import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'

/**
 * Where the compiled form of the key set `name` is kept: in the repository itself. Who may write there may replace the
 * hook, so that nothing is won by forging it.
 */
export function compiledPath(gitDir: string, name: string): string {
  return `${gitDir}/refwarden-keyring-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`
}

/**
 * The bytes of a compiled keyring, or null where there is none to be trusted: one that is no regular file of this user
 * with mode 0600 and one name, or whose digest is not that of its text.
 */
export function readCompiled(path: string): Uint8Array | null {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const { mode, uid, nlink } = fstatSync(file)
      if (mode !== (constants.S_IFREG | 0o600) || uid !== process.geteuid?.() || nlink !== 1) return null
      const bytes = readFileSync(file)
      const text = bytes.subarray(digestLength)
      return bytes.subarray(0, digestLength).equals(digestOf(text)) ? text : null
    } finally {
      closeSync(file)
    }
  } catch {
    return null
  }
}

/** Keeps a compiled keyring, whole or not at all. What cannot be kept is compiled again by the next push. */
export function keepCompiled(path: string, text: Uint8Array): void {
  const staged = `${path}.${randomBytes(6).toString('hex')}`
  try {
    writeFileSync(staged, Buffer.concat([digestOf(text), text]), { mode: 0o600, flag: 'wx' })
    renameSync(staged, path)
  } catch {
    rmSync(staged, { force: true })
  }
}

const digestLength = 32

function digestOf(text: Uint8Array): Buffer {
  return createHash('sha256').update(text).digest()
}
