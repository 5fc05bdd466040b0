import * as fc from 'fast-check'
import { parseCommit } from '../../src/core/commit.ts'
import { parseTag } from '../../src/core/tag.ts'
import { type Base, nameOf, verdictOf } from './base.ts'
import { type FuzzProperty, fuzzProperty } from './property.ts'
import { differenceOf, type UnsignedBytes } from './unsigned-bytes.ts'

/** One byte replaced, put in before `at`, or taken out. */
export type Mutation = {
  readonly kind: 'replace' | 'insert' | 'delete'
  readonly at: number
  readonly byte: number
}

export function mutated(object: Uint8Array, { kind, at, byte }: Mutation): Uint8Array {
  const rest = object.subarray(kind === 'insert' ? at : at + 1)
  return Buffer.concat([object.subarray(0, at), ...(kind === 'delete' ? [] : [Uint8Array.of(byte)]), rest])
}

/**
 * Judges what one byte made of `base`. Returns null where it is refused, else what was changed; throws where it is
 * verified although something changed that is signed.
 */
export async function judgeMutation(
  base: Base,
  object: Uint8Array,
): Promise<readonly UnsignedBytes[] | null> {
  const { signature, parents, author, subject } = await verdictOf(base, object)
  if (!signature.ok) return null
  if (nameOf(base, object) === nameOf(base, base.object)) return []
  const difference = differenceOf(base.type, base.object, object)
  if (difference === null) throw new Error(`${base.name}: verified, and what is signed has changed`)
  const before = await verdictOf(base, base.object)
  if (!before.signature.ok) throw new Error(`${base.name}: not verified as it stands`)
  const [was, is] = [before, { signature, parents, author, subject }].map(verdict =>
    JSON.stringify([verdict.parents, verdict.author, verdict.subject, verdict.signature]),
  )
  if (was !== is) throw new Error(`${base.name}: another verdict than for the same signed bytes`)
  if (payloadOf(base, base.object) !== payloadOf(base, object))
    throw new Error(`${base.name}: verified over other bytes`)
  return difference
}

export function oneByte(bases: readonly Base[]): FuzzProperty {
  const values = fc.constantFrom(...bases).chain(base => fc.tuple(fc.constant(base), mutationOf(base)))
  return fuzzProperty('a mutation of one byte is never verified', values, async ([base, mutation]) => {
    await judgeMutation(base, mutated(base.object, mutation))
  })
}

/** Half of them in the signature's text, the only place where a change could pass. */
function mutationOf({ object }: Base): fc.Arbitrary<Mutation> {
  const start = Buffer.from(object).lastIndexOf('-----BEGIN PGP SIGNATURE')
  const end = Buffer.from(object).indexOf('-----END PGP SIGNATURE', start) + 30
  const within = fc.integer({ min: start, max: Math.min(end, object.length) })
  const place = fc.oneof(within, fc.nat(object.length))
  const telling = fc.constantFrom(...Buffer.from('\0\t\n\r -:=AQgw+/'))
  const kind = fc.constantFrom('replace' as const, 'insert' as const, 'delete' as const)
  const other = fc.record({ kind, at: place, byte: fc.oneof(telling, fc.nat(255)) })
  const flip = fc.tuple(place, fc.nat(7)).map(([at, bit]) => {
    return { kind: 'replace', at, byte: (object[at] ?? 0) ^ (1 << bit) } as const
  })
  return fc.oneof(other, flip)
}

function payloadOf({ type, format }: Base, object: Uint8Array): string {
  const parse = type === 'tag' ? parseTag : parseCommit
  const parsed = parse(nameOf({ type, format }, object), object, format)
  return 'reason' in parsed ? '' : Buffer.concat(parsed.payload).toString('hex')
}
