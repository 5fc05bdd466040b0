// refwarden keys used-by: what a key has signed of all that was accepted.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { History } from './support/history.ts'
import { branch, commit, merge } from './support/history.ts'
import type { Key } from './support/keys.ts'
import { makeKey } from './support/keys.ts'
import type { MarkedServer } from './support/marked.ts'
import { makeMarked } from './support/marked.ts'
import { writeObjects } from './support/objects.ts'
import { now } from './support/signature-packet.ts'
import { tagObject } from './support/signed-object.ts'
import { suite } from './support/suite.ts'

const test = suite('keys used-by')
const day = 86400
const alice = makeKey({ name: 'Alice', subkeys: [{}] })
const bob = makeKey({ name: 'Bob' })
const mallory = makeKey({ name: 'Mallory' })

type Scene = { readonly it: MarkedServer; readonly history: History; readonly tag: string }

/**
 * main: one and sub are Alice's, by her primary key and her subkey; forged has a signature of hers over other content;
 * the side that a merge brought in has one more of hers; parked, on a branch that nothing protects, is not counted.
 */
async function withHistory(action: (scene: Scene) => Promise<void>): Promise<void> {
  const it = makeMarked({
    trusted: [alice, bob],
    hooks: false,
    sections:
      '[protect "refs/heads/main"]\nmode = first-parent\n[protect "refs/heads/other"]\n[protect "refs/tags/v*"]\n',
  })
  try {
    const history = it.seed([
      commit('root'),
      commit('one', alice, { at: now() - 9 * day }),
      branch('other', [commit('other-one', bob)]),
      branch('side', [commit('s1', alice, { message: 'side \x1b[2Jof hers\n' }), commit('s2')]),
      commit('sub', alice, { shape: { by: 0 } }),
      merge('side', bob),
      commit('two', bob),
      commit('strange', mallory),
      branch('parked', [commit('parked-one', alice)]),
    ])
    it.setRef('refs/heads/side', null)
    const tag = tagObject('sha1', history.oid('two'), { name: 'v1' }, alice)
    const loose = tagObject('sha1', history.oid('two'), { name: 'draft' }, alice)
    writeObjects(it.gitDir, 'sha1', [tag, loose])
    it.setRef('refs/tags/v1', tag.oid)
    it.setRef('refs/tags/draft', loose.oid)
    await action({ it, history, tag: tag.oid })
  } finally {
    it.close()
  }
}

function usedBy({ it }: Scene, ...args: readonly string[]) {
  return it.refwarden(['keys', 'used-by', ...args, '--config', it.config])
}

async function objects(scene: Scene, ...args: readonly string[]): Promise<readonly string[]> {
  const { exit, stdout, stderr } = await usedBy(scene, '--json', ...args)
  assert.is(exit, 0, stderr)
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  const { summary } = lines.pop()
  assert.is(lines.length, summary.commits + summary.tags)
  return lines.map(({ object }) => object).sort()
}

test('every commit and tag on protected refs, by any part of the key, side branches too', async () => {
  await withHistory(async scene => {
    const { history, tag } = scene
    const hers = ['one', 'sub', 's1'].map(name => history.oid(name) as string)
    for (const name of [alice.fingerprint, alice.keyId, 'alice@example.org'])
      assert.equal(await objects(scene, name), [...hers, tag].sort(), name)
    assert.equal(
      await objects(scene, bob.fingerprint),
      ['other-one', 'merge-side', 'two'].map(name => history.oid(name) as string).sort(),
    )
    const { stdout } = await usedBy(scene, alice.fingerprint)
    assert.ok(stdout.includes(`${history.oid('s1')}  `), stdout)
    assert.match(stdout, 'side \\x1b[2Jof hers')
    assert.match(
      stdout,
      `3 commits, 1 tag signed by ${alice.fingerprint} (Alice <alice@example.org>) on refs/heads/main, refs/heads/other, refs/tags/v1\n`,
    )
  })
})

test('a subkey stands for itself alone', async () => {
  await withHistory(async scene => {
    const { history } = scene
    assert.equal(await objects(scene, alice.subkeys[0]?.fingerprint ?? ''), [history.oid('sub')])
  })
})

test('by the arithmetic, not by the name: a signature over other content is not its', async () => {
  await withHistory(async scene => {
    const { it, history } = scene
    const before = await objects(scene, alice.fingerprint)
    const genuine = it.git('cat-file', 'commit', history.oid('one'))
    const forged = it.gitDir && genuine.replace('one\n', 'forged\n')
    writeFileSync(join(it.folder, 'forged'), forged)
    const oid = it.git('hash-object', '-t', 'commit', '-w', join(it.folder, 'forged')).trim()
    assert.is.not(oid, history.oid('one'))
    it.setRef('refs/heads/other', oid as never)
    assert.equal(await objects(scene, alice.fingerprint), before)
  })
})

test('a key that is revoked or has expired since is asked about as well', async () => {
  await withHistory(async scene => {
    const { it, history } = scene
    const ended = alice.with({ revoked: { at: now(), reason: 2 } })
    it.trust(ended as Key)
    const { stdout } = await usedBy(scene, '--json', alice.fingerprint)
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    const one = lines.find(({ object }) => object === history.oid('one'))
    assert.equal(one, {
      object: history.oid('one'),
      type: 'commit',
      key: alice.fingerprint,
      signer: alice.fingerprint,
      signedAt: new Date((now() - 9 * day) * 1000)
        .toISOString()
        .replace(/:\d\d\.000Z$/, one.signedAt.slice(16)),
      code: 'key-revoked',
      author: one.author,
      subject: 'one',
    })
    assert.equal(lines.at(-1).summary.commits, 3)
  })
})

test('a key that is gone: half an answer is none; its file makes a whole one, of every branch and tag', async () => {
  await withHistory(async scene => {
    const { it, history } = scene
    it.distrust(alice)
    const { exit, stderr, stdout } = await usedBy(scene, alice.fingerprint)
    assert.equal([exit, stdout], [2, ''])
    assert.match(stderr, 'no such key\nhint: if it was removed, name its public key: --keys FILE')
    const file = join(it.folder, 'old-alice.asc')
    writeFileSync(file, alice.publicArmored)
    const all = await objects(scene, alice.fingerprint, '--keys', file)
    for (const name of ['one', 'sub', 's1', 'parked-one']) assert.ok(all.includes(history.oid(name)), name)
    assert.is(all.length, 6)
  })
})

test("the server's own key: its sync tags", async () => {
  await withHistory(async scene => {
    const { it, history } = scene
    const mark = it.tag(history.oid('one'))
    it.putTag(mark)
    assert.equal(await objects(scene, it.signingKey.fingerprint), [mark.oid])
  })
})

test('nothing used is an answer too; a damaged repository is none', async () => {
  await withHistory(async scene => {
    const { it } = scene
    const dave = makeKey({ name: 'Dave' })
    it.trust(dave)
    assert.equal(await objects(scene, 'dave'), [])
    it.setRef('refs/heads/other', null)
    writeFileSync(join(it.gitDir, 'refs/heads/other'), `${'1'.repeat(40)}\n`)
    const { exit, stdout } = await usedBy(scene, 'alice')
    assert.is(exit, 2, stdout)
    assert.not.match(stdout, 'signed by')
  })
})

test.run()
