import { createHash } from 'node:crypto'
import type { KeyFile } from '../core/keyring.ts'

/**
 * Names what the files hold, whatever they are called: the SHA-256, in hex, of the sorted lines of their own, as
 * `sha256sum FILES | cut -c1-64 | sort | sha256sum` has it. Two servers with the same keys agree.
 */
export function digestOf(files: readonly KeyFile[]): string {
  const lines = files.map(({ bytes }) => `${createHash('sha256').update(bytes).digest('hex')}\n`).sort()
  return createHash('sha256').update(lines.join('')).digest('hex')
}
