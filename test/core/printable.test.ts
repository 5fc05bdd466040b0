import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import { columnsOf, fitted, printable } from '../../src/core/printable.ts'
import { suite } from '../support/suite.ts'

const test = suite('printable')

const escaped: readonly [what: string, given: string, shown: string][] = [
  ['plain text', 'fix the café (日本語 🙂)', 'fix the café (日本語 🙂)'],
  ['an escape sequence', '\u001b[31mred', '\\x1b[31mred'],
  ['an operating system command', '\u001b]0;title\u0007', '\\x1b]0;title\\x07'],
  ['C1 controls', 'a\u009b31m\u0090', 'a\\x9b31m\\x90'],
  ['line ends', 'a\nb\rc\u0085d\u2028e\u2029f', 'a\\x0ab\\x0dc\\x85d\\u{2028}e\\u{2029}f'],
  ['NUL, tab, backspace, DEL', 'a\0\t\b\u007f', 'a\\x00\\x09\\x08\\x7f'],
  [
    'bidirectional controls',
    '\u202eabc\u202c\u2066x\u2069\u200f',
    '\\u{202e}abc\\u{202c}\\u{2066}x\\u{2069}\\u{200f}',
  ],
  ['invisible characters', 'a\u200bb\u200d\u2060\ufeff\u00ad', 'a\\u{200b}b\\u{200d}\\u{2060}\\u{feff}\\xad'],
  ['tags that spell in secret', 'a\u{e0041}', 'a\\u{e0041}'],
  ['spaces that are none', 'a\u00a0b\u3000c', 'a\\xa0b\\u{3000}c'],
  ['lone surrogates', 'a\ud800b\udc00', 'a\\u{d800}b\\u{dc00}'],
  ['private and unassigned characters', '\ue000\u{f0000}\u0378', '\\u{e000}\\u{f0000}\\u{378}'],
  [
    'fillers that are blank',
    'a\u115f\u3164\uffa0\u034f\u2800',
    'a\\u{115f}\\u{3164}\\u{ffa0}\\u{34f}\\u{2800}',
  ],
  ['what is printable already, once more', 'a\\x1b\\u{202e}', 'a\\x1b\\u{202e}'],
]

for (const [what, given, shown] of escaped)
  test(what, () => {
    assert.is(printable(given), shown)
  })

test('no text becomes another text: what was escaped can be told from what stood there', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, two) => {
      assert.is(printable(one) === printable(two), one === two)
    }),
  )
})

test('what fits is shown whole, what does not ends in an ellipsis', () => {
  assert.is(fitted('abc', 3), 'abc')
  assert.is(fitted('abcd', 3), 'ab…')
  assert.is(fitted('日本', 4), '日本')
  assert.is(fitted('日本語', 5), '日本…')
  assert.is(fitted('日本語', 4), '日…')
  assert.is(fitted('', 0), '')
})

test('columns: two for wide characters, one for others', () => {
  assert.is(columnsOf('abc'), 3)
  assert.is(columnsOf('日本語'), 6)
  assert.is(columnsOf('🙂'), 2)
  assert.is(columnsOf('한글'), 4)
  assert.is(columnsOf('ｆｕ'), 4)
  assert.is(columnsOf('é'), 1)
})

test('any text becomes printable and keeps to its columns', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.integer({ min: 1, max: 50 }),
      (text, columns) => {
        const safe = printable(text)
        assert.not.match(safe, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        assert.not.match(safe, /\\(?!x[0-9a-f]{2}|u\{[0-9a-f]+\})/)
        const cut = fitted(text, columns)
        assert.ok(columnsOf(cut) <= columns)
        assert.ok(cut === safe || (cut.endsWith('…') && safe.startsWith(cut.slice(0, -1))))
      },
    ),
    { numRuns: 3000 },
  )
})

test.run()
