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
  const mutation = (base: Base) =>
    fc.record({
      kind: fc.constantFrom('replace', 'insert', 'delete'),
      at: fc.nat(base.object.length - 1),
      byte: fc.oneof(fc.constantFrom(0x00, 0x09, 0x0a, 0x0d, 0x20, 0x2d, 0x3a, 0x3d), fc.nat(255)),
    }) as fc.Arbitrary<Mutation>
  const values = fc
    .constantFrom(...bases)
    .chain(base => fc.tuple(fc.constant(base), fc.array(mutation(base), { minLength: 1, maxLength: 1 })))
  return fuzzProperty('a mutation of one byte is never verified', values, async ([base, [mutation]]) => {
    if (mutation !== undefined) await judgeMutation(base, mutated(base.object, mutation))
  })
}

function payloadOf({ type, format }: Base, object: Uint8Array): string {
  const parse = type === 'tag' ? parseTag : parseCommit
  const parsed = parse(nameOf({ type, format }, object), object, format)
  return 'reason' in parsed ? '' : Buffer.concat(parsed.payload).toString('hex')
}
