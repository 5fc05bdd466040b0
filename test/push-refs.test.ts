import * as assert from 'uvu/assert'
import { makeCast } from './support/cast.ts'
import { commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import type { GitObject } from './support/objects.ts'
import { gitObject, treeOf, writeObjects } from './support/objects.ts'
import { bytes, text } from './support/packets.ts'
import { declareRefTests } from './support/ref-pushes.ts'
import type { Server } from './support/repository.ts'
import { makeServer } from './support/repository.ts'
import type { CommitOptions } from './support/signed-object.ts'
import { tagObject } from './support/signed-object.ts'
import { suite } from './support/suite.ts'
import { assertAccepted } from './support/verdicts.ts'

const rules = suite('push: rules of refs, SHA-1')
declareRefTests(rules, 'sha1')
rules.run()

const tags = suite('push: protected tags')
const cast = makeCast()
const { alice, mallory } = cast
const configuration = 'keys = @KEYS@\n[protect "refs/heads/main"]\n[protect "refs/tags/v*"]\n'
let server: Server
let commits: Readonly<Record<'base' | 'unsigned', GitObject['oid']>>

tags.before(() => {
  server = makeServer({ configuration, trusted: cast.trusted })
  const seeded = server.seed([commit('base', alice)])
  const history = server.write([commit('unsigned')], seeded)
  commits = { base: history.oid('base'), unsigned: history.oid('unsigned') }
})
tags.after(() => server.close())

/** A tag object in the client, and the refspec that pushes it under its name. */
function tag(
  name: string,
  signer: typeof alice | null,
  options: CommitOptions = {},
  target?: GitObject,
): string {
  const made = tagObject('sha1', target ?? commits.base, { name, ...options }, signer)
  writeObjects(server.client, 'sha1', [made])
  return `${made.oid}:refs/tags/${name}`
}

const second = (payload: Uint8Array) => alice.sign(payload) + mallory.sign(payload)
const refused: readonly [name: string, code: string, push: () => string][] = [
  ['by a stranger', 'unknown-key', () => tag('v1-stranger', mallory)],
  ['by an expired key', 'key-expired', () => tag('v1-expired', cast.expired)],
  ['by a revoked key', 'key-revoked', () => tag('v1-revoked', cast.revoked)],
  ['over a broken hash', 'weak-hash', () => tag('v1-weak', alice, { shape: { hash: 2 } })],
  [
    'over other content',
    'bad-signature',
    () => tag('v1-bad', alice, { signature: () => alice.sign(text('x')) }),
  ],
  [
    'with a message in the place of a signature',
    'unreadable-signature',
    () =>
      tag('v1-message', alice, {
        signature: payload => alice.sign(payload).replaceAll('SIGNATURE', 'MESSAGE'),
      }),
  ],
  ['of the type of a text', 'unsupported-signature', () => tag('v1-text', alice, { shape: { type: 0x01 } })],
  ['with two signatures', 'several-signatures', () => tag('v1-two', alice, { signature: second })],
  [
    'with text behind the signature',
    'unreadable-signature',
    () => tag('v1-more', alice, { rewrite: object => bytes(object, text('more\n')) }),
  ],
  ['with a header of its own', 'malformed-commit', () => tag('v1-header', alice, { headers: ['note x'] })],
  ['with a NUL', 'malformed-commit', () => tag('v1-nul', alice, { message: 'one\0two\n' })],
  ['of 2 MiB', 'too-large', () => tag('v1-large', alice, { message: 'x'.repeat(2 << 20) })],
]
for (const [name, code, spec] of refused)
  tags(`refused: ${name}`, async () => {
    const { accepted, codes, output } = await server.push([spec()])
    assert.equal([accepted, codes], [false, [code]], `${output}${server.decisions().at(-1)?.fault}`)
    assert.not.match(output, /rebase/)
  })

const accepted: readonly [name: string, push: () => string][] = [
  ['by a trusted key', () => tag('v2', alice)],
  ['by a signing subkey', () => tag('v2-sub', cast.many, { shape: { by: 0 } })],
  ['with an empty message', () => tag('v2-empty', alice, { message: '' })],
  ['with a message in Latin-1', () => tag('v2-latin', alice, { message: Uint8Array.of(0xfc, 0x0a) })],
  [
    'of an unsigned commit: its commits are a matter of the branches',
    () => tag('v2-of', alice, {}, { type: 'commit', oid: commits.unsigned, body: new Uint8Array() }),
  ],
  ['a tag that nothing protects, and nobody signed', () => tag('nightly', null)],
]
for (const [name, spec] of accepted)
  tags(`accepted: ${name}`, async () => {
    const refspec = spec()
    assertAccepted(server, await server.push([refspec]))
    assert.is(server.refs().get(refspec.split(':')[1] ?? ''), refspec.split(':')[0])
  })

tags('a good tag does not vouch for a branch, nor a bad one spoil it alone', async () => {
  const good = tag('v3', alice, {}, { type: 'commit', oid: commits.unsigned, body: new Uint8Array() })
  const before = server.refs()
  const both = await server.push([good, `${commits.unsigned}:refs/heads/main`])
  assert.equal([both.accepted, both.codes], [false, ['unsigned']], both.output)
  const signed = server.write([commit('signed', alice)]).oid('signed')
  const mixed = await server.push([`${signed}:refs/heads/free`, tag('v4', mallory)])
  assert.equal([mixed.accepted, mixed.codes], [false, ['unknown-key']], mixed.output)
  assert.equal(server.refs(), before)
})

tags('a tag of anything but a commit, signed or not, beside one of a commit', async () => {
  const blob = gitObject('sha1', 'blob', 'file')
  const tree = treeOf('sha1', { file: blob })
  const inner = tagObject('sha1', commits.base, { name: 'inner' }, alice)
  writeObjects(server.client, 'sha1', [blob, tree, inner])
  const before = server.refs()
  for (const target of [blob, tree, inner]) {
    const { codes, output } = await server.push([tag(`v5-${target.type}`, alice, {}, target)])
    assert.equal(codes, ['not-a-commit'], output)
  }
  for (const { oid } of [blob, tree])
    assert.equal((await server.push([`${oid}:refs/tags/v5`])).codes, ['unsigned-tag'])
  assert.equal(server.refs(), before)
  assertAccepted(server, await server.push([tag('v5', alice)]))
  assertAccepted(server, await server.push([`${tree.oid}:refs/tags/free-of-a-tree`]))
})

tags('a good tag is neither moved to another good one nor deleted, and a free one is both', async () => {
  assertAccepted(server, await server.push([tag('v6', alice), tag('free-6', null)]))
  const before = server.refs()
  const moved = await server.push([`+${tag('v6', alice, { message: 'another' })}`])
  assert.equal([moved.accepted, moved.codes], [false, ['rewind']], moved.output)
  const deleted = await server.push([':refs/tags/v6'])
  assert.equal([deleted.accepted, deleted.codes], [false, ['deletion']], deleted.output)
  assert.equal(server.refs(), before)
  assertAccepted(server, await server.push([`+${tag('free-6', null, { message: 'another' })}`]))
  assertAccepted(server, await server.push([':refs/tags/free-6']))
})

tags('where deletion and rewind are allowed, the next one is judged all the same', async () => {
  const own = makeServer({
    trusted: [alice],
    configuration: 'keys = @KEYS@\n[protect "refs/tags/*"]\nrewind = yes\ndelete = yes\n',
  })
  try {
    const history = own.write([commit('one', alice), commit('two', alice)])
    const [one, two] = ['one', 'two'].map(name => tagObject('sha1', history.oid(name), { name: 'v1' }, alice))
    const bad = tagObject('sha1', history.oid('two'), { name: 'v1' }, makeKey({ name: 'Mallory' }))
    writeObjects(own.client, 'sha1', [one, two, bad] as GitObject[])
    assertAccepted(own, await own.push([`${one?.oid}:refs/tags/v1`]))
    const moved = await own.push([`+${bad.oid}:refs/tags/v1`])
    assert.equal([moved.accepted, moved.codes], [false, ['unknown-key']], moved.output)
    assertAccepted(own, await own.push([`+${two?.oid}:refs/tags/v1`]))
    assertAccepted(own, await own.push([':refs/tags/v1']))
  } finally {
    own.close()
  }
})

tags.run()
