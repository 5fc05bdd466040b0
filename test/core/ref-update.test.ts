import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import { parseRefUpdates } from '../../src/core/ref-update.ts'
import { bytes, text } from '../support/packets.ts'
import { suite } from '../support/suite.ts'

const test = suite('ref-update')
const [a, b] = ['a'.repeat(40), 'b'.repeat(40)]
const zero = '0'.repeat(40)
const [a64, b64, zero64] = ['a'.repeat(64), 'b'.repeat(64), '0'.repeat(64)]

function malformed(input: string | Uint8Array): string | null {
  const parsed = parseRefUpdates(typeof input === 'string' ? text(input) : input)
  return 'malformed' in parsed ? parsed.malformed : null
}

test('a creation, a move and a deletion are told apart by the zero name', () => {
  const lines = `${zero} ${a} refs/heads/new\n${a} ${b} refs/heads/main\n${b} ${zero} refs/heads/old\n`
  assert.equal(parseRefUpdates(text(lines)), [
    { ref: 'refs/heads/new', claimed: null, after: a },
    { ref: 'refs/heads/main', claimed: a, after: b },
    { ref: 'refs/heads/old', claimed: b, after: null },
  ])
})

test('sixty-four digits likewise', () => {
  assert.equal(parseRefUpdates(text(`${zero64} ${a64} refs/heads/x\n${a64} ${zero64} refs/heads/y\n`)), [
    { ref: 'refs/heads/x', claimed: null, after: a64 },
    { ref: 'refs/heads/y', claimed: a64, after: null },
  ])
})

test('forty zeros beside sixty-four digits are not "no object"', () => {
  assert.is(malformed(`${zero} ${a64} refs/heads/x\n`), 'a ref update is malformed')
  assert.is(malformed(`${a64} ${zero} refs/heads/x\n`), 'a ref update is malformed')
  assert.is(malformed(`${zero64} ${a} refs/heads/x\n`), 'a ref update is malformed')
})

test('two formats in one push are refused', () => {
  assert.is(
    malformed(`${a} ${b} refs/heads/x\n${a64} ${b64} refs/heads/y\n`),
    'object names of two formats are mixed',
  )
  assert.is(
    malformed(`${zero} ${b} refs/heads/x\n${a64} ${zero64} refs/heads/y\n`),
    'object names of two formats are mixed',
  )
})

test('nothing to update is no push', () => {
  assert.is(malformed(''), 'no ref update was given')
})

test('a cut-off end is refused, even where the line before it is whole', () => {
  assert.is(malformed(`${a} ${b} refs/heads/x`), 'the last ref update is cut off')
  assert.is(malformed(`${a} ${b} refs/heads/x\n${a} ${b} refs/heads/y`), 'the last ref update is cut off')
})

const badLines: readonly [what: string, line: string | Uint8Array][] = [
  ['an empty line', '\n'],
  ['an empty line behind a good one', `${a} ${b} refs/heads/x\n\n`],
  ['no ref', `${a} ${b}\n`],
  ['an empty ref', `${a} ${b} \n`],
  ['a short name', `${a} ${b} main\n`],
  ['upper case', `${a.toUpperCase()} ${b} refs/heads/x\n`],
  ['a short object name', `${a.slice(1)} ${b} refs/heads/x\n`],
  ['no object on either side', `${zero} ${zero} refs/heads/x\n`],
  ['two spaces', `${a}  ${b} refs/heads/x\n`],
  ['a tab', `${a}\t${b} refs/heads/x\n`],
  ['a space in front', ` ${a} ${b} refs/heads/x\n`],
  ['a space in the ref', `${a} ${b} refs/heads/x y\n`],
  ['a space behind the ref', `${a} ${b} refs/heads/x \n`],
  ['a carriage return', `${a} ${b} refs/heads/x\r\n`],
  ['a NUL', `${a} ${b} refs/heads/x\0refs/heads/y\n`],
  ['an escape sequence', `${a} ${b} refs/heads/\u001b[2J\n`],
  ['dots', `${a} ${b} refs/heads/../../main\n`],
  ['an option', `${a} ${b} --upload-pack=x\n`],
  ['a byte order mark', `\ufeff${a} ${b} refs/heads/x\n`],
]

for (const [what, line] of badLines)
  test(`${what}: the whole push is malformed`, () => {
    assert.is(malformed(line), 'a ref update is malformed')
    assert.is(
      malformed(bytes(text(`${a} ${b} refs/heads/good\n`), text(String(line)))),
      'a ref update is malformed',
    )
  })

test('a newline in a ref name cannot forge a second line unseen', () => {
  const forged = `${a} ${b} refs/heads/x\n${a} ${b} refs/heads/main\n`
  assert.equal(parseRefUpdates(text(forged)), [
    { ref: 'refs/heads/x', claimed: a, after: b },
    { ref: 'refs/heads/main', claimed: a, after: b },
  ])
  assert.is(malformed(`${forged}${a} ${b} refs/heads/main\n`), 'a ref is updated twice')
})

test('a ref that is named twice is refused, whatever is asked for it', () => {
  assert.is(malformed(`${a} ${zero} refs/heads/x\n${zero} ${b} refs/heads/x\n`), 'a ref is updated twice')
})

test('bytes that are not UTF-8 are refused', () => {
  const line = bytes(text(`${a} ${b} refs/heads/`), 0xe9, text('\n'))
  assert.is(malformed(line), 'a ref name is not UTF-8')
  assert.is(malformed(bytes(text(`${a} ${b} refs/heads/`), 0xed, 0xa0, 0x80, 10)), 'a ref name is not UTF-8')
})

test('arbitrary bytes never throw, and what is taken reads back as it was written', () => {
  const line = fc
    .tuple(fc.constantFrom(a, b, zero), fc.constantFrom(a, b, zero), fc.string({ maxLength: 12 }))
    .map(([before, after, name]) => `${before} ${after} refs/heads/${name}\n`)
  const input = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.array(line, { maxLength: 4 }).map(lines => text(lines.join(''))),
  )
  fc.assert(
    fc.property(input, given => {
      const parsed = parseRefUpdates(given)
      if ('malformed' in parsed) return assert.ok(parsed.malformed.length > 0)
      const written = parsed.map(({ ref, claimed, after }) => `${claimed ?? zero} ${after ?? zero} ${ref}\n`)
      assert.is(written.join(''), Buffer.from(given).toString())
    }),
    { numRuns: 2000 },
  )
})

test.run()
