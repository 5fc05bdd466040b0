import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import { formatOf, isZero, type Oid, parseOid } from '../../src/core/oid.ts'
import { suite } from '../support/suite.ts'

const test = suite('oid')
const a40 = 'a'.repeat(40)
const a64 = 'a'.repeat(64)

test('forty and sixty-four lower-case hex digits are object names, each of its format', () => {
  assert.is(parseOid('0123456789abcdef0123456789abcdef01234567'), '0123456789abcdef0123456789abcdef01234567')
  assert.is(parseOid(a64), a64)
  assert.is(formatOf(a40), 'sha1')
  assert.is(formatOf(a64), 'sha256')
})

test('a format takes its own length alone', () => {
  assert.is(parseOid(a40, 'sha1'), a40)
  assert.is(parseOid(a40, 'sha256'), null)
  assert.is(parseOid(a64, 'sha256'), a64)
  assert.is(parseOid(a64, 'sha1'), null)
})

const others = [
  '',
  'a'.repeat(39),
  'a'.repeat(41),
  'a'.repeat(63),
  'a'.repeat(65),
  'A'.repeat(40),
  `${'a'.repeat(39)}g`,
  `${'a'.repeat(39)}\n`,
  `${a40}\n`,
  `\n${a40}`,
  ` ${a40}`,
  `${a40}\0`,
  `${a40}\n${a40}`,
  `-${'a'.repeat(39)}`,
  'HEAD',
  '１'.repeat(40),
]

for (const text of others)
  test(`${JSON.stringify(text)} is no object name`, () => {
    assert.is(parseOid(text), null)
    assert.is(formatOf(text), null)
  })

test('any text is an object name exactly where it is 40 or 64 lower-case hex digits', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789abcdefA \n'), minLength: 38, maxLength: 66 })
  fc.assert(
    fc.property(fc.oneof(digits, fc.string({ unit: 'binary', maxLength: 66 })), text => {
      const expected =
        [...text].every(digit => '0123456789abcdef'.includes(digit)) && [40, 64].includes(text.length)
      assert.is(parseOid(text) !== null, expected)
    }),
    { numRuns: 2000 },
  )
})

test('the zero name is zero in both formats, and nothing else is', () => {
  assert.is(isZero('0'.repeat(40) as Oid), true)
  assert.is(isZero('0'.repeat(64) as Oid), true)
  assert.is(isZero(`${'0'.repeat(39)}1` as Oid), false)
  assert.is(isZero(`1${'0'.repeat(39)}` as Oid), false)
  assert.is(isZero(`${'0'.repeat(63)}f` as Oid), false)
})

test.run()
