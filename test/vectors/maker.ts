import type { ObjectFormat, Oid } from '../../src/core/oid.ts'
import { type Key, makeKey } from '../support/keys.ts'
import { type CommitOptions, commitObject, tagObject } from '../support/signed-object.ts'
import type { Vector } from './vector.ts'

/** 2026-01-15: every vector is signed and judged then, if it says nothing else. */
export const at = Date.UTC(2026, 0, 15) / 1000
export const day = 86_400
/** 2025-01-01 */
export const keysMade = Date.UTC(2025, 0, 1) / 1000

export type Collection = {
  readonly vectors: Vector[]
  readonly keys: Map<string, string>
}

export function newKey(options: Parameters<typeof makeKey>[0] = {}): Key {
  return makeKey({ created: keysMade, ...options })
}

export function verified({ fingerprint }: { readonly fingerprint: string }): string {
  return `verified ${fingerprint}`
}

export type Making = CommitOptions & {
  /** Who signs; Alice, or nobody. */
  readonly by?: Key | null
  /** Whose keys are trusted, by file name; `alice.asc`. */
  readonly keys?: Readonly<Record<string, string>>
  readonly now?: number
  readonly format?: ObjectFormat
  readonly parents?: number
  /** A tag of this name, not a commit. */
  readonly tag?: string
}

/** Adds one vector; the object is a commit unless it is a tag. */
export type Add = (name: string, expect: string, comment: string, making?: Making) => void

export function adder({ vectors, keys: files }: Collection, alice: Key): Add {
  const usual = { 'alice.asc': alice.publicArmored }
  return (name, expect, comment, making = {}) => {
    const { keys = usual, now = at } = making
    for (const [file, text] of Object.entries(keys)) files.set(file, text)
    const object = objectOf(name, { by: alice, ...making })
    vectors.push({ name, expect, now, keys: Object.keys(keys), comment, object })
  }
}

/** The object of this name; unsigned, where nobody signs, it is what a signer signs. */
export function objectOf(name: string, making: Making): Uint8Array {
  const { by = null, format = 'sha1', parents = 1, tag, ...options } = making
  const digits = format === 'sha1' ? 40 : 64
  const oids = Array.from({ length: parents }, (_, index) => `${index + 1}`.repeat(digits) as Oid)
  const how = { at, author: 'Alice <alice@example.org>', message: `${name}\n`, ...options }
  const object =
    tag === undefined
      ? commitObject(format, 'a'.repeat(digits) as Oid, oids, how, by)
      : tagObject(format, '1'.repeat(digits) as Oid, { name: tag, ...how }, by)
  return object.body
}
