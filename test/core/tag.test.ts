import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import type { ObjectFormat, Oid } from '../../src/core/oid.ts'
import { type MalformedTag, parseTag, type TagObject } from '../../src/core/tag.ts'
import { bytes, text } from '../support/packets.ts'
import { suite } from '../support/suite.ts'

const test = suite('tag')
const oid = 'f'.repeat(40) as Oid
const object = `object ${'a'.repeat(40)}`
const type = 'type commit'
const name = 'tag v1.0'
const tagger = 'tagger Ann Lee <ann@example.org> 1700000000 +0100'
const armor = '-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n'

function parse(given: string | Uint8Array, format: ObjectFormat = 'sha1'): TagObject | MalformedTag {
  return parseTag(oid, typeof given === 'string' ? text(given) : given, format)
}

function parsed(given: string | Uint8Array, format?: ObjectFormat): TagObject {
  const tag = parse(given, format)
  if ('reason' in tag) throw new Error(`${tag.reason}: ${tag.detail}`)
  return tag
}

function reason(given: string | Uint8Array): string | null {
  const tag = parse(given)
  return 'reason' in tag ? tag.reason : null
}

function tagOf(headers: readonly string[], message: string): string {
  return `${headers.join('\n')}\n\n${message}`
}

function strings(pieces: readonly Uint8Array[]): string[] {
  return pieces.map(piece => Buffer.from(piece).toString('latin1'))
}

const head = [object, type, name, tagger]

test('a signed tag is taken apart, and everything before its signature is what was signed', () => {
  const tag = parsed(tagOf(head, `one\ntwo\n${armor}`))
  assert.is(tag.oid, oid)
  assert.is(tag.target, 'a'.repeat(40))
  assert.is(tag.targetType, 'commit')
  assert.is(tag.name, 'v1.0')
  assert.is(tag.tagger, 'Ann Lee <ann@example.org>')
  assert.is(tag.message, 'one\ntwo\n')
  assert.equal(strings(tag.payload), [tagOf(head, 'one\ntwo\n')])
  assert.equal(strings(tag.signatures), [armor])
})

test('an unsigned tag has no signature and all its bytes as payload', () => {
  const tag = parsed(tagOf(head, 'one\n'))
  assert.equal(tag.signatures, [])
  assert.equal(strings(tag.payload), [tagOf(head, 'one\n')])
})

test('a tag without a message, signed or not', () => {
  assert.equal(strings(parsed(tagOf(head, armor)).signatures), [armor])
  assert.is(parsed(tagOf(head, armor)).message, '')
  assert.equal(parsed(tagOf(head, '')).signatures, [])
})

test('other kinds of target are named as they are', () => {
  for (const kind of ['tree', 'blob', 'tag', 'whatever'])
    assert.is(parsed(tagOf([object, `type ${kind}`, name, tagger], 'x\n')).targetType, kind)
})

test('a SHA-256 tag names its target in 64 digits', () => {
  const long = `object ${'a'.repeat(64)}`
  assert.is(parsed(tagOf([long, type, name, tagger], 'x\n'), 'sha256').target, 'a'.repeat(64))
  const mixed = parse(tagOf(head, 'x\n'), 'sha256')
  assert.is('reason' in mixed && mixed.reason, 'malformed-commit')
})

const signed: readonly [what: string, message: string, count: number][] = [
  ['an SSH signature', 'x\n-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n', 1],
  ['an X.509 signature', 'x\n-----BEGIN SIGNED MESSAGE-----\nAAAA\n-----END SIGNED MESSAGE-----\n', 1],
  ['an OpenPGP message', 'x\n-----BEGIN PGP MESSAGE-----\nAAAA\n-----END PGP MESSAGE-----\n', 1],
  ['two signatures', `x\n${armor}${armor}`, 2],
  ['a signature quoted in the message', `x\n${armor}and\n${armor}`, 2],
  ['signatures of two kinds', `x\n${armor}-----BEGIN SSH SIGNATURE-----\nAAAA\n`, 2],
  ['text behind the signature', `x\n${armor}more\n`, 1],
  ['an indented beginning', `x\n ${armor.split('\n').join('\n ')}\n`, 0],
  ['a beginning within a line', `see ${armor.split('\n')[0]}\n`, 0],
  ['a beginning that lacks a dash', `x\n-----BEGIN PGP SIGNATURE----\n`, 0],
  ['a beginning with more behind it', `x\n-----BEGIN PGP SIGNATURE----- \nAAAA\n`, 1],
  ['another block', `x\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n`, 0],
]

for (const [what, message, count] of signed)
  test(`${what}: ${count} for git`, () => {
    const tag = parsed(tagOf(head, message))
    assert.is(tag.signatures.length, count)
    assert.is([...strings(tag.payload), ...strings(tag.signatures)].join(''), tagOf(head, message))
  })

const bad: readonly [what: string, given: string | Uint8Array][] = [
  ['nothing', ''],
  ['headers without an end', `${head.join('\n')}\n`],
  ['no object', tagOf([type, name, tagger], 'x\n')],
  ['no type', tagOf([object, name, tagger], 'x\n')],
  ['no name', tagOf([object, type, tagger], 'x\n')],
  ['no tagger', tagOf([object, type, name], 'x\n')],
  ['headers in another order', tagOf([object, name, type, tagger], 'x\n')],
  ['a second object', tagOf([object, object, type, name, tagger], 'x\n')],
  ['a second name behind the tagger', tagOf([...head, 'tag v2'], 'x\n')],
  ['another header', tagOf([...head, 'x y'], 'x\n')],
  ['a signature as a header', tagOf([...head, `gpgsig ${armor.trimEnd().split('\n').join('\n ')}`], 'x\n')],
  ['a signature of the other format as a header', tagOf([...head, 'gpgsig-sha256 x'], `x\n${armor}`)],
  ['a continued header', tagOf([object, type, name, `${tagger}\n x`], 'x\n')],
  ['an object that is none', tagOf(['object x', type, name, tagger], 'x\n')],
  ['an object in upper case', tagOf([`object ${'A'.repeat(40)}`, type, name, tagger], 'x\n')],
  ['a carriage return behind the object', tagOf([`${object}\r`, type, name, tagger], 'x\n')],
  ['a NUL in the message', tagOf(head, 'x\0y\n')],
  ['a NUL behind the signature', tagOf(head, `x\n${armor}\0`)],
  ['a name that is not UTF-8', bytes(text(`${object}\n${type}\ntag v`), 0xff, text(`\n${tagger}\n\nx\n`))],
  ['headers of more than 64 KiB', tagOf([object, type, `tag ${'x'.repeat(70_000)}`, tagger], 'x\n')],
]

for (const [what, given] of bad)
  test(`${what}: malformed`, () => assert.is(reason(given), 'malformed-commit'))

test('a tagger that is not UTF-8 is no reason to refuse', () => {
  const latin = bytes(
    text(`${object}\n${type}\n${name}\ntagger Ren`),
    0xe9,
    text(' <r@example.org> 1 +0000\n\nx\n'),
  )
  assert.is(parsed(latin).tagger, 'Ren\ufffd <r@example.org>')
})

test('a signature of more than 64 KiB is too large; a long message is not', () => {
  assert.is(reason(tagOf(head, `x\n-----BEGIN PGP SIGNATURE-----\n${'A'.repeat(66_000)}`)), 'too-large')
  assert.is(reason(tagOf(head, `${'x\n'.repeat(400_000)}${armor}`)), null)
})

test('arbitrary bytes never throw, and payload and signatures are the stored bytes', () => {
  const line = fc.constantFrom(...head, ...armor.split('\n'), 'x', '-----BEGIN SSH SIGNATURE-----', '')
  const given = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.array(line, { maxLength: 8 }).map(lines => text(tagOf(head, lines.join('\n')))),
    fc.array(line, { maxLength: 12 }).map(lines => text(lines.join('\n'))),
  )
  fc.assert(
    fc.property(given, stored => {
      const tag = parse(stored)
      if ('reason' in tag) return assert.ok(tag.detail.length > 0)
      const whole = Buffer.concat([...tag.payload, ...tag.signatures])
      assert.ok(whole.equals(Buffer.from(stored)))
      for (const signature of strings(tag.signatures)) assert.match(signature, /^-----BEGIN /)
    }),
    { numRuns: 2000 },
  )
})

test.run()
