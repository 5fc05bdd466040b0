import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs `action` with a folder that only this account may enter, and removes it afterwards. */
export async function inTemporaryFolder<T>(action: (folder: string) => Promise<T>): Promise<T> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'refwarden-')))
  try {
    return await action(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

export function writeText(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o644 })
}

/** The text at `path`, or null where there is none. */
export function readText(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null
}
