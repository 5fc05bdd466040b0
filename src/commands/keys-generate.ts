import { Fault } from '../core/fault.ts'
import { printable } from '../core/printable.ts'
import { removeFile, writeNewFile } from '../edge/key-writer.ts'
import { assertOnlyOwnerWrites } from '../edge/strict-modes.ts'
import { termination } from '../edge/termination.ts'

export type GenerateOptions = {
  /** Absolute path of the secret half. */
  readonly file: string
  /** In the user id. */
  readonly name: string
  /** Seconds since 1970. */
  readonly now: number
}

/**
 * Makes a key for the server's sync tags: the secret half, mode 0400, and the public one beside it. Nothing is
 * overwritten, and no half is left alone. Says what to write into the configuration.
 */
export async function generateKey(
  { file, name, now }: GenerateOptions,
  out: (line: string) => void,
): Promise<void> {
  const folder = file.slice(0, file.lastIndexOf('/')) || '/'
  const publicFile = `${file.replace(/\.key$/, '')}.asc`
  if (/[,;#"'\\]|[\p{C}\p{Z}]/u.test(file))
    throw new Fault(`${file}: such a path cannot stand in the configuration`, 'name another')
  assertOnlyOwnerWrites(folder)
  const { makeSigningKey } = await import('../edge/openpgp.ts')
  const made = await makeSigningKey(name, now)
  termination()
  writeNewFile(file, ascii(made.secret), 0o400)
  try {
    writeNewFile(publicFile, ascii(made.public), 0o644)
  } catch (error) {
    removeFile(file)
    throw error
  }
  for (const line of [
    `made: ${printable(file)} (the secret half, mode 0400)`,
    `made: ${printable(publicFile)} (the public half, for who verifies the tags)`,
    '',
    'in the configuration, above the sections:',
    '',
    'sync-tag     = verified/{branch}',
    `signing-key  = ${made.fingerprint}`,
    `signing-keys = ${file}`,
    '',
    `hint: it must belong to the account that runs the hooks: chown git ${file}`,
  ])
    out(line)
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text.replaceAll('\r', ''))
}
