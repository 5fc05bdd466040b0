import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../support/paths.ts'

/** One signed object with what is to be said of it. */
export type Vector = {
  readonly name: string
  /** `verified` and the primary fingerprint of the signer, or a reason code. */
  readonly expect: string
  /** Seconds since 1970; ISO 8601 in the file. */
  readonly now: number
  /** Names of the files in keys/ that are trusted. */
  readonly keys: readonly string[]
  readonly comment: string
  /** The raw object: a commit, or a tag. */
  readonly object: Uint8Array
}

export const vectorFolder = join(root, 'test/vectors')

export function readVectors(): readonly Vector[] {
  const names = readdirSync(vectorFolder).filter(name => name.endsWith('.txt'))
  return names.sort().map(name => parseVector(name.slice(0, -4), readFileSync(join(vectorFolder, name))))
}

export function readKeyFile(name: string): Uint8Array {
  return readFileSync(join(vectorFolder, 'keys', name))
}

/** `expect:`, `now:`, `keys:` and `comment:`, a line each, an empty line, the object as it is stored. */
export function renderVector({ expect, now, keys, comment, object }: Vector): Uint8Array {
  const time = new Date(now * 1000).toISOString().replace('.000', '')
  const head = [
    `expect: ${expect}`,
    `now: ${time}`,
    `keys: ${keys.join(', ')}`,
    `comment: ${comment}`,
    '',
    '',
  ]
  return Buffer.concat([Buffer.from(head.join('\n')), object])
}

function parseVector(name: string, file: Buffer): Vector {
  const end = file.indexOf('\n\n')
  const form = /^expect: (.+)\nnow: (.+)\nkeys: (.*)\ncomment: (.+)$/
  const [, expect = '', time = '', keys = '', comment = ''] = form.exec(file.toString('utf8', 0, end)) ?? []
  const now = Date.parse(time) / 1000
  if (expect === '' || Number.isNaN(now)) throw new Error(`${name}: not a vector`)
  return { name, expect, now, keys: keys.split(', '), comment, object: file.subarray(end + 2) }
}
