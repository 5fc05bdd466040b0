import type { Key } from '../support/keys.ts'
import { bytes, text } from '../support/packets.ts'
import { signatureHeader } from '../support/signed-object.ts'
import { type Add, at, day, newKey, verified } from './maker.ts'

/** What stands around the signature: what git reads, and what it does not. */
export function addObjects(add: Add, alice: Key): void {
  const ok = verified(alice)
  const latin1 = (words: string) => Buffer.from(words, 'latin1')
  add('good', ok, 'an ordinary commit')
  add('good-root', ok, 'no parent', { parents: 0 })
  add('good-octopus', ok, 'eight parents', { parents: 8 })
  add('good-sha256', ok, 'a commit of a SHA-256 repository, with gpgsig-sha256', { format: 'sha256' })
  add('good-latin1', ok, 'Latin-1 with an encoding header', {
    headers: ['encoding ISO-8859-1'],
    message: latin1('caf\xe9\n'),
  })
  add('good-invalid-utf8', ok, 'bytes that are no UTF-8, without an encoding header', {
    message: bytes(0xff, 0xc3, 0x28, 10),
  })
  add('good-crlf', ok, 'carriage returns in the message', { message: 'one\r\n\r\ntwo\r\n' })
  add('good-no-message', ok, 'no message at all', { message: '' })
  add('good-no-newline', ok, 'a message without a newline at its end', { message: 'x' })
  add('good-mercurial', ok, 'headers of hg-git', {
    headers: ['HG:extra rebase_source:0123456789', 'HG:rename hg'],
  })
  add('good-change-id', ok, 'the header of Jujutsu', { headers: ['change-id kqxyzabcd'] })
  add('good-continued', ok, 'a header of several lines', { headers: ['x-note one\n two\n \n three'] })
  const inner = signatureHeader('sha1', alice.sign(text('a tag'), { at })).replace('gpgsig ', '')
  const tag = `object ${'1'.repeat(40)}\n type commit\n tag v1\n tagger A <a@example.org> ${at} +0000\n \n v1\n ${inner}`
  add('good-mergetag', ok, 'a merge of a signed tag, whose own signature is in the mergetag', {
    parents: 2,
    headers: [`mergetag ${tag.trimEnd()}`],
  })
  add('good-tag', ok, 'a signed tag', { tag: 'v1.0' })
  add('good-tag-sha256', ok, 'a signed tag of a SHA-256 repository', { tag: 'v1.0', format: 'sha256' })
  add('good-tag-no-message', ok, 'a signed tag without a message', { tag: 'v1.0', message: '' })

  const nobody = { by: null }
  add('unsigned', 'unsigned', 'no signature', nobody)
  add('unsigned-tag', 'unsigned', 'an annotated tag without a signature', { ...nobody, tag: 'v1.0' })
  const genuine = (rewrite: (object: string) => string) => ({
    rewrite: (object: Uint8Array) => latin1(rewrite(Buffer.from(object).toString('latin1'))),
  })
  const header = /^gpgsig(?:.*\n)(?: .*\n)*/m
  const taken = (object: string) => header.exec(object)?.[0] ?? ''
  add(
    'unsigned-in-message',
    'unsigned',
    'the signature stands in the message',
    genuine(object => `${object.replace(header, '')}\n${taken(object)}`),
  )
  add(
    'unsigned-other-case',
    'unsigned',
    'GPGSIG is a header like any other',
    genuine(object => object.replace(/^gpgsig/m, 'GPGSIG')),
  )
  add(
    'unsigned-other-format',
    'unsigned',
    'gpgsig-sha256 in a SHA-1 repository is left out of the payload and not read',
    genuine(object => object.replace(/^gpgsig/m, 'gpgsig-sha256')),
  )
  add(
    'unsigned-in-mergetag',
    'unsigned',
    'the signature stands in a mergetag',
    genuine(object => object.replace(/^gpgsig /m, 'mergetag ')),
  )
  add(
    'author-continued',
    'malformed-commit',
    'the signature continues the author',
    genuine(object =>
      object.replace(header, '').replace(/^author .*\n/m, line => `${line} ${taken(object).slice(7)}`),
    ),
  )
  add(
    'lookalike-header',
    'malformed-commit',
    'gpgsigx: git leaves it out of the payload and does not read it',
    genuine(object => object.replace(/^gpgsig/m, 'gpgsigx')),
  )
  add(
    'lookalike-beside',
    'malformed-commit',
    'a genuine signature, and content hidden in a header that git leaves out of the payload',
    genuine(object => object.replace(/^gpgsig/m, 'gpgsig-note hidden\ngpgsig')),
  )

  add(
    'changed-message',
    'bad-signature',
    'the message was changed',
    genuine(object => `${object}more\n`),
  )
  add(
    'changed-tree',
    'bad-signature',
    'the tree was changed',
    genuine(object => object.replace(/^tree a/, 'tree b')),
  )
  add(
    'changed-author',
    'bad-signature',
    'the author was changed',
    genuine(object => object.replace('author Alice', 'author Mallory')),
  )
  add(
    'changed-date',
    'bad-signature',
    'the date was changed',
    genuine(object => object.replace(`${at} +0000`, `${at + day} +0000`)),
  )
  add(
    'added-parent',
    'bad-signature',
    'a parent was put in',
    genuine(object => object.replace(/^author/m, `parent ${'9'.repeat(40)}\nauthor`)),
  )
  add(
    'added-header',
    'bad-signature',
    'a header was put in behind the signature',
    genuine(object => object.replace('\n\n', '\nx-more y\n\n')),
  )
  add(
    'removed-parent',
    'bad-signature',
    'a parent was taken out',
    genuine(object => object.replace(/^parent .*\n/m, '')),
  )
  add('normalised', 'bad-signature', 'the carriage returns that were signed are gone', {
    message: 'one\r\n',
    ...genuine(object => object.replaceAll('\r', '')),
  })
  add(
    'good-signature-first',
    ok,
    'the signature stands in front of another header: git signs and reads the same bytes',
    {
      headers: ['x-note y'],
      ...genuine(object => object.replace('x-note y\n', '').replace('\n\n', '\nx-note y\n\n')),
    },
  )
  add('other-commit', 'bad-signature', 'the signature is that of another commit', {
    signature: () => alice.sign(text('tree 0\n'), { at }),
  })
  add('commit-over-tag', 'bad-signature', 'the signature of a commit under a tag', {
    tag: 'v1.0',
    signature: () => alice.sign(text('tree 0\n'), { at }),
  })
  add('changed-tag', 'bad-signature', 'the name in the tag was changed', {
    tag: 'v1.0',
    ...genuine(object => object.replace('tag v1.0', 'tag v1.1')),
  })

  add(
    'two-headers',
    'several-signatures',
    'two signature headers: git joins them',
    genuine(object => object.replace(header, `${taken(object)}${taken(object)}`)),
  )
  add(
    'two-formats',
    'several-signatures',
    'gpgsig and gpgsig-sha256',
    genuine(object =>
      object.replace(header, `${taken(object)}${taken(object).replace('gpgsig', 'gpgsig-sha256')}`),
    ),
  )
  add(
    'a-header-a-line',
    'several-signatures',
    'a gpgsig header for each line of the armor, as in git.git 5f549aa2f7',
    genuine(object => object.replace(header, lines => lines.replace(/^ /gm, 'gpgsig '))),
  )
  add('two-in-tag', 'several-signatures', 'a tag with a signature behind its signature', {
    tag: 'v1.0',
    ...genuine(object => `${object}${object.slice(object.indexOf('-----BEGIN'))}`),
  })
  add('quoted-in-tag', 'several-signatures', 'a signed tag whose message quotes a signature', {
    tag: 'v1.0',
    message: `v1\n${alice.sign(text('x'), { at })}end\n`,
  })

  add(
    'two-authors',
    'malformed-commit',
    'a second author',
    genuine(object => object.replace(/^(author .*\n)/m, '$1$1')),
  )
  add(
    'two-trees',
    'malformed-commit',
    'a second tree',
    genuine(object => object.replace(/^(tree .*\n)/, '$1$1')),
  )
  add('late-parent', 'malformed-commit', 'a parent behind the committer, which git does not follow', {
    headers: [`parent ${'9'.repeat(40)}`],
  })
  add(
    'late-author',
    'malformed-commit',
    'an author behind the signature',
    genuine(object => object.replace('\n\n', '\nauthor Mallory <m@example.org> 1 +0000\n\n')),
  )
  add(
    'no-committer',
    'malformed-commit',
    'no committer',
    genuine(object => object.replace(/^committer .*\n/m, '')),
  )
  add('nul', 'malformed-commit', 'a NUL, behind which much of git stops reading', { message: 'one\0two\n' })
  add('tag-with-header', 'malformed-commit', 'a tag with a header more', {
    tag: 'v1.0',
    headers: ['x-more y'],
  })
  add('too-large-signature', 'too-large', 'a signature of 70 KiB', {
    signature: () =>
      `-----BEGIN PGP SIGNATURE-----\n\n${`${'A'.repeat(64)}\n`.repeat(1100)}-----END PGP SIGNATURE-----\n`,
  })
  add('too-many-headers', 'too-large', 'two thousand headers', {
    headers: Array.from({ length: 2000 }, () => 'x y'),
  })

  const stranger = newKey({ name: 'Mallory' })
  add('stranger', 'unknown-key', 'signed by a key that nobody trusts', { by: stranger })
  add('stranger-tag', 'unknown-key', 'a tag signed by a key that nobody trusts', {
    by: stranger,
    tag: 'v1.0',
  })
}
