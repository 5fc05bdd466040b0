import * as fc from 'fast-check'
import { type Batch, batchReader } from '../../src/core/batch-reader.ts'
import { parseRefUpdates } from '../../src/core/ref-update.ts'
import { readVectors } from '../vectors/vector.ts'
import { answerOf, fail } from './answer.ts'
import { nameOf } from './base.ts'
import { type FuzzProperty, fuzzProperty } from './property.ts'
import { scrambled } from './scrambled.ts'

/** What the hook reads from streams: git's lines of ref updates, and objects from git cat-file. */
export function streamParsers(): readonly FuzzProperty[] {
  const [zero, one, two] = ['0'.repeat(40), '1'.repeat(40), '2'.repeat(40)]
  const lines = [
    `${zero} ${one} refs/heads/main\n`,
    `${one} ${two} refs/heads/main\n${two} ${zero} refs/tags/v1\n`,
    `${'1'.repeat(64)} ${'2'.repeat(64)} refs/heads/h\u00f6he\n`,
  ]
  const updates = scrambled(
    lines.map(line => Buffer.from(line)),
    ['refs/heads/', `${zero} `, `${one} `, '..', '@{', '\u202e'],
  )
  const small = readVectors()
    .slice(0, 20)
    .map(({ object }) => object)
  const answers = small.map(object =>
    Buffer.concat([
      Buffer.from(`${nameOf({ type: 'commit', format: 'sha1' }, object)} commit ${object.length}\n`),
      object,
      Buffer.from('\n'),
    ]),
  )
  const stream = fc.oneof(
    scrambled([...answers, Buffer.concat(answers)], [` missing\n`, ' commit 3\nabc\n', ` blob 99999999\n`]),
    fc.array(fc.constantFrom(...answers), { maxLength: 5 }).map(parts => Buffer.concat(parts)),
  )
  const cut = fc.record({ line: fc.nat(60), beside: fc.integer({ min: -2, max: 40 }) })
  const cuts = fc.array(cut, { maxLength: 8 })
  return [
    fuzzProperty('parseRefUpdates takes every byte of what it takes', updates, bytes => {
      const found = parseRefUpdates(bytes)
      if ('malformed' in found) return
      const zeros = (oid: string | null, other: string | null) => oid ?? '0'.repeat(other?.length ?? 0)
      const text = found.map(
        ({ claimed, after, ref }) => `${zeros(claimed, after)} ${zeros(after, claimed)} ${ref}\n`,
      )
      if (!Buffer.from(text.join('')).equals(bytes)) fail('other updates than were asked for')
    }),
    fuzzProperty(
      'batchReader reads the same however its input is cut',
      fc.tuple(stream, cuts),
      ([bytes, at]) => {
        const ends = [...bytes].flatMap((byte, index) => (byte === 0x0a ? [index] : []))
        const places = at.map(({ line, beside }) => (ends[line % Math.max(1, ends.length)] ?? 0) + beside)
        const inside = places.map(place => Math.min(bytes.length, Math.max(0, place)))
        const sorted = [0, ...inside, bytes.length].sort((a, b) => a - b)
        const chunks = sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end))
        for (const limit of [100, 1024 * 1024]) {
          const [whole, cut] = [readAll([bytes], limit), readAll(chunks, limit)]
          if (whole !== cut) fail(`${whole} and ${cut}`)
        }
      },
    ),
  ]
}

/** What a reader makes of these chunks, in one text. Faults are one answer. */
function readAll(chunks: readonly Uint8Array[], limit: number): string {
  const reader = batchReader(limit)
  const batches: Batch[] = []
  const read = answerOf(() => {
    for (const chunk of chunks) batches.push(reader.take(chunk))
    return batches
  })
  if (read === null) return 'a fault'
  const objects = batches.flatMap(batch => batch.objects)
  return JSON.stringify([
    objects.map(({ oid, type, size, bytes }) => [
      oid,
      type,
      size,
      bytes === null ? null : Buffer.from(bytes).toString('hex'),
    ]),
    batches.flatMap(({ missing }) => missing),
    reader.isComplete(),
  ])
}
