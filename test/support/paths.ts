import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The clone this test runs from. Test files are bundled into a folder below it. */
export const root = find(dirname(fileURLToPath(import.meta.url)))

/** The built binary. */
export const binary = join(root, 'dist/refwarden')

/** The same program for any Node.js. */
export const bundle = join(root, 'dist/refwarden.cjs')

function find(folder: string): string {
  if (existsSync(join(folder, 'package-lock.json'))) return folder
  const parent = dirname(folder)
  if (parent === folder) throw new Error('no package-lock.json above this file')
  return find(parent)
}
