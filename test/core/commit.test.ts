import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import { type CommitObject, type MalformedCommit, parseCommit } from '../../src/core/commit.ts'
import type { ObjectFormat, Oid } from '../../src/core/oid.ts'
import { bytes, text } from '../support/packets.ts'
import { suite } from '../support/suite.ts'

const test = suite('commit')
const oid = 'f'.repeat(40) as Oid
const tree = `tree ${'a'.repeat(40)}`
const parent = `parent ${'b'.repeat(40)}`
const author = 'author Ann Lee <ann@example.org> 1700000000 +0100'
const committer = 'committer Bob <bob@example.org> 1700000001 +0000'
const armor = ['-----BEGIN PGP SIGNATURE-----', '', 'AAAA', '=BBBB', '-----END PGP SIGNATURE-----']
const gpgsig = `gpgsig ${armor.join('\n ')}`

function parse(object: string | Uint8Array, format: ObjectFormat = 'sha1'): CommitObject | MalformedCommit {
  return parseCommit(oid, typeof object === 'string' ? text(object) : object, format)
}

function parsed(object: string | Uint8Array, format?: ObjectFormat): CommitObject {
  const commit = parse(object, format)
  if ('reason' in commit) throw new Error(`${commit.reason}: ${commit.detail}`)
  return commit
}

function reason(object: string | Uint8Array, format?: ObjectFormat): string | null {
  const commit = parse(object, format)
  return 'reason' in commit ? commit.reason : null
}

function commitOf(...lines: readonly string[]): string {
  return `${lines.join('\n')}\n\nsubject\n`
}

function payload(commit: CommitObject): string {
  return Buffer.concat(commit.payload).toString('latin1')
}

test('a signed commit is taken apart into what git shows and what was signed', () => {
  const second = `parent ${'c'.repeat(40)}`
  const commit = parsed(commitOf(tree, parent, second, author, committer, gpgsig))
  assert.is(commit.oid, oid)
  assert.equal(commit.parents, ['b'.repeat(40), 'c'.repeat(40)])
  assert.is(commit.author, 'Ann Lee <ann@example.org>')
  assert.is(commit.committer, 'Bob <bob@example.org>')
  assert.is(commit.subject, 'subject')
  assert.is(payload(commit), commitOf(tree, parent, second, author, committer))
  assert.equal(
    commit.signatures.map(signature => Buffer.from(signature).toString()),
    [`${armor.join('\n')}\n`],
  )
})

test('a root commit has no parents, an unsigned one no signature and all its bytes as payload', () => {
  const object = commitOf(tree, author, committer)
  const commit = parsed(object)
  assert.equal(commit.parents, [])
  assert.equal(commit.signatures, [])
  assert.is(payload(commit), object)
})

const honest: readonly [what: string, object: string | Uint8Array][] = [
  [
    'Latin-1 under an encoding header',
    bytes(text(`${tree}\n${author}\n${committer}\nencoding ISO-8859-1\n\n`), 0xe9, 10),
  ],
  [
    'bytes that are no UTF-8 anywhere',
    bytes(text(`${tree}\nauthor `), 0xff, 0xc3, text(` <x> 1 +0000\n${committer}\n\n`), 0xc3, 0x28, 10),
  ],
  ['carriage returns', `${tree}\n${author}\r\n${committer}\n\nsubject\r\n\r\nbody\r\n`],
  ['no message', `${tree}\n${author}\n${committer}\n\n`],
  ['no newline at the end', `${tree}\n${author}\n${committer}\n\nx`],
  [
    'a mergetag with a signature of its own',
    commitOf(
      tree,
      parent,
      author,
      committer,
      `mergetag object ${'b'.repeat(40)}\n type commit\n tag v1\n tagger T <t> 1 +0000\n \n m\n ${armor.join('\n ')}`,
    ),
  ],
  [
    'Mercurial headers',
    commitOf(tree, author, committer, 'HG:extra rebase_source:0123', 'HG:rename-source hg'),
  ],
  ['a change id', commitOf(tree, author, committer, 'change-id kqxyz')],
  ['a header with an empty value', commitOf(tree, author, committer, 'x-empty ')],
  ['no email', commitOf(tree, 'author Ann 1 +0000', committer)],
  ['signature text in the message', `${commitOf(tree, author, committer)}\n${gpgsig}\n`],
  ['header-like lines in the message', `${commitOf(tree, author, committer)}${tree}\n${parent}\n${author}\n`],
]

for (const [what, object] of honest)
  test(`${what}: read, and nothing of it is lost`, () => {
    const commit = parsed(object)
    assert.equal(commit.signatures, [])
    assert.is(
      payload(commit),
      Buffer.from(typeof object === 'string' ? text(object) : object).toString('latin1'),
    )
  })

test('the payload is views of the stored bytes, whatever stands around the signature', () => {
  const stored = text(commitOf(tree, author, committer, gpgsig, 'encoding ISO-8859-1'))
  const commit = parsed(stored)
  assert.is(payload(commit), commitOf(tree, author, committer, 'encoding ISO-8859-1'))
  for (const piece of commit.payload) assert.is(piece.buffer, stored.buffer)
})

test('each signature header is one signature: git joins them, we count them', () => {
  const twice = parsed(commitOf(tree, author, committer, gpgsig, gpgsig))
  assert.is(twice.signatures.length, 2)
  assert.is(payload(twice), commitOf(tree, author, committer))
  assert.is(
    parsed(commitOf(tree, author, committer, ...armor.map(line => `gpgsig ${line}`))).signatures.length,
    5,
  )
})

test('the header of the other object format is left out of the payload, alone it is no signature', () => {
  const other = gpgsig.replace('gpgsig', 'gpgsig-sha256')
  assert.is(parsed(commitOf(tree, author, committer, other)).signatures.length, 0)
  assert.is(payload(parsed(commitOf(tree, author, committer, other))), commitOf(tree, author, committer))
  assert.is(parsed(commitOf(tree, author, committer, gpgsig, other)).signatures.length, 2)
  const sha256 = (...lines: readonly string[]) =>
    commitOf(`tree ${'a'.repeat(64)}`, author, committer, ...lines)
  assert.is(parsed(sha256(other), 'sha256').signatures.length, 1)
  assert.is(parsed(sha256(gpgsig), 'sha256').signatures.length, 0)
  assert.is(parsed(sha256(gpgsig, other), 'sha256').signatures.length, 2)
})

const bad: readonly [what: string, object: string | Uint8Array][] = [
  ['nothing', ''],
  ['an empty line alone', '\n'],
  ['no empty line behind the headers', `${tree}\n${author}\n${committer}\n`],
  ['cut off in a header', `${tree}\n${author}\n${committer.slice(0, 20)}`],
  ['cut off in a continuation', `${tree}\n${author}\n${committer}\n${gpgsig}`],
  ['no tree', commitOf(author, committer)],
  ['a tree that is none', commitOf('tree x', author, committer)],
  ['a tree of the other format', commitOf(`tree ${'a'.repeat(64)}`, author, committer)],
  ['a tree in upper case', commitOf(`tree ${'A'.repeat(40)}`, author, committer)],
  ['a tree with more behind it', commitOf(`${tree} `, author, committer)],
  ['a tree that goes on', commitOf(`${tree}\n x`, author, committer)],
  ['a second tree', commitOf(tree, tree, author, committer)],
  ['a second tree at the end', commitOf(tree, author, committer, tree)],
  ['a parent that is none', commitOf(tree, 'parent x', author, committer)],
  ['a parent of the other format', commitOf(tree, `parent ${'b'.repeat(64)}`, author, committer)],
  ['a parent that goes on', commitOf(tree, `${parent}\n x`, author, committer)],
  ['a parent behind the author', commitOf(tree, author, parent, committer)],
  ['a parent behind the signature', commitOf(tree, author, committer, gpgsig, parent)],
  ['no author', commitOf(tree, committer)],
  ['no committer', commitOf(tree, author)],
  ['author and committer the wrong way round', commitOf(tree, committer, author)],
  ['a second author', commitOf(tree, author, author, committer)],
  ['a second author behind the signature', commitOf(tree, author, committer, gpgsig, author)],
  ['a second committer', commitOf(tree, author, committer, committer)],
  ['an author that goes on', commitOf(tree, `${author}\n x`, committer)],
  ['a committer that goes on', commitOf(tree, author, `${committer}\n x`)],
  ['two encodings', commitOf(tree, author, committer, 'encoding A', 'encoding B')],
  ['a continuation first', ` x\n${commitOf(tree, author, committer)}`],
  ['a header without a space', commitOf(tree, author, committer, 'gpgsig')],
  [
    'an empty gpgsig line with the armor behind it',
    commitOf(tree, author, committer, `gpgsig\n ${armor.join('\n ')}`),
  ],
  ['a header without a name', commitOf(tree, author, committer, 'x', '  y')],
  ['gpgsigx', commitOf(tree, author, committer, gpgsig.replace('gpgsig', 'gpgsigx'))],
  ['gpgsig-sha512', commitOf(tree, author, committer, gpgsig.replace('gpgsig', 'gpgsig-sha512'))],
  ['gpgsig with a tab', commitOf(tree, author, committer, gpgsig.replace('gpgsig ', 'gpgsig\t '))],
  [
    'gpgsig with no break space',
    commitOf(tree, author, committer, gpgsig.replace('gpgsig ', 'gpgsig\u00a0 ')),
  ],
  ['a NUL in the message', `${commitOf(tree, author, committer)}\0hidden`],
  ['a NUL in a header', commitOf(tree, author, committer, 'x a\0b')],
  ['a NUL behind the author', commitOf(tree, `${author}\0`, committer)],
  ['a byte order mark', `\ufeff${commitOf(tree, author, committer)}`],
  ['carriage returns behind the tree', commitOf(`${tree}\r`, author, committer)],
  ['an empty line between headers', commitOf(tree, '', author, committer)],
]

for (const [what, object] of bad)
  test(`${what}: malformed`, () => {
    assert.is(reason(object), 'malformed-commit')
  })

test('a header in another case is another header, and is signed', () => {
  const shouted = commitOf(tree, author, committer, gpgsig.replace('gpgsig', 'GPGSIG'))
  assert.equal(parsed(shouted).signatures, [])
  assert.is(payload(parsed(shouted)), shouted)
})

test('a signature ends where its continuation ends: what follows is signed', () => {
  const commit = parsed(commitOf(tree, author, committer, gpgsig, 'x y\n  z'))
  assert.is(payload(commit), commitOf(tree, author, committer, 'x y\n  z'))
  assert.is(Buffer.from(commit.signatures[0] ?? []).toString(), `${armor.join('\n')}\n`)
})

test('only the one space is taken off a continuation line', () => {
  const commit = parsed(commitOf(tree, author, committer, 'gpgsig a\n  b\n \n c \n '))
  assert.is(Buffer.from(commit.signatures[0] ?? []).toString(), 'a\n b\n\nc \n\n')
})

test('what is too large for an honest commit is too large', () => {
  const headers = (count: number) => Array.from({ length: count }, (_, index) => `x-${index} y`)
  assert.is(reason(commitOf(tree, author, committer, headers(900).join('\n'))), null)
  assert.is(reason(commitOf(tree, author, committer, headers(200_000).join('\n'))), 'too-large')
  assert.is(reason(commitOf(tree, `${parent}\n`.repeat(9_000) + author, committer)), 'too-large')
  assert.is(reason(commitOf(tree, author, committer, `x ${'y'.repeat(600 * 1024)}`)), 'too-large')
  assert.is(reason(commitOf(tree, author, committer, `x y${'\n y'.repeat(300 * 1024)}`)), 'too-large')
  assert.is(reason(commitOf(tree, author, committer, `gpgsig ${'y'.repeat(65 * 1024)}`)), 'too-large')
  assert.is(
    reason(commitOf(tree, author, committer, ...Array(70).fill(`gpgsig ${'y'.repeat(1024)}`))),
    'too-large',
  )
  assert.is(reason(`${commitOf(tree, author, committer)}${'y'.repeat(900 * 1024)}`), null)
})

const subjects: readonly [message: string, subject: string][] = [
  ['one\n\ntwo', 'one'],
  ['\n \n  two  \nthree', 'two'],
  ['', ''],
  ['\n\n\n', ''],
  ['one\rtwo\n', 'one\rtwo'],
  [`${'x'.repeat(5000)}\n`, 'x'.repeat(1000)],
]

for (const [message, subject] of subjects)
  test(`the subject of ${JSON.stringify(message.slice(0, 20))}`, () => {
    assert.is(parsed(`${tree}\n${author}\n${committer}\n\n${message}`).subject, subject)
  })

const line = fc.constantFrom(
  tree,
  parent,
  author,
  committer,
  gpgsig,
  gpgsig.replace('gpgsig', 'gpgsig-sha256'),
  'gpgsig x',
  'gpgsigx y',
  'encoding ISO-8859-1',
  'mergetag object x\n type commit\n \n gpgsig z',
  'x y\n  z\n ',
  'x-odd \u00a0\u2028',
  ' stray',
  '',
)

test('arbitrary bytes never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom('sha1', 'sha256'), (given, format) => {
      const commit = parseCommit(oid, given, format as ObjectFormat)
      assert.ok('reason' in commit ? commit.detail.length > 0 : commit.payload.length > 0)
    }),
    { numRuns: 2000 },
  )
})

test('payload and signature headers together are the stored bytes', () => {
  const object = fc.oneof(
    fc.array(line, { maxLength: 6 }).map(lines => commitOf(tree, author, committer, ...lines)),
    fc.array(line, { maxLength: 9 }).map(lines => commitOf(tree, ...lines)),
  )
  let read = 0
  fc.assert(
    fc.property(object, given => {
      const commit = parse(given)
      if ('reason' in commit) return assert.is.not(commit.reason, '')
      read += 1
      const signed = payload(commit)
      assert.is(signed.length + headerLengths(given), text(given).length)
      assert.not.match(signed.split('\n\n')[0] ?? '', /^gpgsig/m)
      // what was signed reads as the same commit, without a signature
      const again = parsed(Buffer.concat(commit.payload))
      assert.equal(again.signatures, [])
      assert.equal(
        [again.parents, again.author, again.subject],
        [commit.parents, commit.author, commit.subject],
      )
    }),
    { numRuns: 3000 },
  )
  assert.ok(read > 100)
})

/** Bytes of the signature headers with their continuations, counted line by line. */
function headerLengths(object: string): number {
  let sum = 0
  let inSignature = false
  for (const each of (object.split('\n\n')[0] ?? '').split('\n')) {
    inSignature = each.startsWith('gpgsig') || (inSignature && each.startsWith(' '))
    if (inSignature) sum += text(each).length + 1
  }
  return sum
}

test.run()
