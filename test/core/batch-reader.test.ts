import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import { batchReader, type StoredObject } from '../../src/core/batch-reader.ts'
import { Fault } from '../../src/core/fault.ts'
import { bytes, text } from '../support/packets.ts'
import { suite } from '../support/suite.ts'

const test = suite('batch-reader')
const [a, b, c] = ['a'.repeat(40), 'b'.repeat(40), 'c'.repeat(64)]

type Wanted = { readonly oid: string; readonly type: string; readonly body: Uint8Array | null }

function answer({ oid, type, body }: Wanted): Uint8Array {
  if (body === null) return text(`${oid} missing\n`)
  return bytes(text(`${oid} ${type} ${body.length}\n`), body, 10)
}

function readAll(chunks: readonly Uint8Array[], limit = 1000) {
  const reader = batchReader(limit)
  const objects: StoredObject[] = []
  const missing: string[] = []
  for (const chunk of chunks) {
    const batch = reader.take(chunk)
    objects.push(...batch.objects)
    missing.push(...batch.missing)
  }
  return { objects, missing, complete: reader.isComplete() }
}

test('objects come in order with their type, size and bytes', () => {
  const given = bytes(
    answer({ oid: a, type: 'commit', body: text('one\n\n') }),
    answer({ oid: c, type: 'tag', body: text('') }),
  )
  const { objects, missing, complete } = readAll([given])
  assert.equal(
    objects.map(({ oid, type, size, bytes: body }) => [oid, type, size, Buffer.from(body ?? []).toString()]),
    [
      [a, 'commit', 5, 'one\n\n'],
      [c, 'tag', 0, ''],
    ],
  )
  assert.equal(missing, [])
  assert.is(complete, true)
})

test('a missing object is named, and is no object', () => {
  const { objects, missing, complete } = readAll([
    bytes(text(`${a} missing\n`), answer({ oid: b, type: 'blob', body: text('x') })),
  ])
  assert.equal(missing, [a])
  assert.equal(
    objects.map(({ oid }) => oid),
    [b],
  )
  assert.is(complete, true)
})

test('an object larger than the limit comes without its bytes, and the next is found behind it', () => {
  const large = answer({ oid: a, type: 'blob', body: text(`${b} commit 3\nxyz\n`.repeat(100)) })
  const { objects, complete } = readAll([bytes(large, answer({ oid: b, type: 'commit', body: text('xyz') }))])
  assert.equal(
    objects.map(({ oid, size, bytes: body }) => [oid, size, body === null]),
    [
      [a, 5400, true],
      [b, 3, false],
    ],
  )
  assert.is(complete, true)
})

test('an object of exactly the limit comes with its bytes', () => {
  const exact = readAll([answer({ oid: a, type: 'blob', body: new Uint8Array(10) })], 10)
  assert.is(exact.objects[0]?.bytes?.length, 10)
  const over = readAll([answer({ oid: a, type: 'blob', body: new Uint8Array(11) })], 10)
  assert.is(over.objects[0]?.bytes, null)
  const none = readAll([answer({ oid: a, type: 'blob', body: new Uint8Array(1) })], 0)
  assert.is(none.objects[0]?.bytes, null)
})

test('wherever the answer is cut off, it is not complete', () => {
  for (const limit of [1000, 2]) {
    const whole = answer({ oid: a, type: 'commit', body: text('one two') })
    for (let end = 1; end < whole.length; end++)
      assert.is(readAll([whole.subarray(0, end)], limit).complete, false)
    assert.is(readAll([whole], limit).complete, true)
  }
})

const strange: readonly string[] = [
  '\n',
  'fatal: x\n',
  `${a}\n`,
  `${a} commit\n`,
  `${a} commit x\n`,
  `${a} commit -1\n`,
  `${a} commit 1e3\n`,
  `${a} commit 99999999999999999999\n`,
  `${a} whatever 3\nxyz\n`,
  `${a} ambiguous\n`,
  `${a} missing 3\n`,
  `${a.slice(1)} missing\n`,
  `${a.toUpperCase()} commit 0\n\n`,
  `HEAD missing\n`,
  ` ${a} missing\n`,
]

for (const line of strange)
  test(`${JSON.stringify(line)} is a fault`, () => {
    assert.throws(
      () => readAll([text(line)]),
      (error: Error) => error instanceof Fault,
    )
  })

test('however the answer is cut into chunks, the same objects come', () => {
  const wanted = fc.record({
    oid: fc.constantFrom(a, b, c),
    type: fc.constantFrom('commit', 'tree', 'blob', 'tag'),
    body: fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null }),
  })
  fc.assert(
    fc.property(
      fc.array(wanted, { maxLength: 6 }),
      fc.array(fc.nat(200), { maxLength: 12 }),
      fc.nat(30),
      (list, cuts, limit) => {
        const whole = bytes(...list.map(answer))
        const at = [0, ...cuts.filter(cut => cut < whole.length).sort((x, y) => x - y), whole.length]
        const chunks = at.slice(1).map((end, index) => whole.slice(at[index], end))
        const { objects, missing, complete } = readAll(chunks, limit)
        assert.is(complete, true)
        assert.equal(
          missing,
          list.filter(({ body }) => body === null).map(({ oid }) => oid),
        )
        assert.equal(
          objects.map(({ oid, type, size, bytes: body }) => [
            oid,
            type,
            size,
            body === null ? null : Buffer.from(body).toString('hex'),
          ]),
          list.flatMap(({ oid, type, body }) =>
            body === null
              ? []
              : [[oid, type, body.length, body.length > limit ? null : Buffer.from(body).toString('hex')]],
          ),
        )
      },
    ),
    { numRuns: 1000 },
  )
})

test.run()
