// refwarden keys used-by: what a key has signed of all that was accepted.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { History } from './support/history.ts'
import { branch, commit, merge } from './support/history.ts'
import type { Key } from './support/keys.ts'
import { makeKey } from './support/keys.ts'
import type { MarkedServer } from './support/marked.ts'
import { makeMarked } from './support/marked.ts'
import { writeObjects } from './support/objects.ts'
import { makeServer } from './support/repository.ts'
import { now } from './support/signature-packet.ts'
import { tagObject } from './support/signed-object.ts'
import { makeSshKey } from './support/ssh-keys.ts'
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

test('a key of OpenSSH, by its fingerprint', async () => {
  await withHistory(async scene => {
    const { it, history } = scene
    const dora = makeSshKey('ed25519', 'dora@example.org')
    writeFileSync(join(it.keys, 'dora.pub'), `${dora.line}\n`)
    const more = it.seed([commit('doras', dora as never)], history)
    assert.equal(await objects(scene, dora.fingerprint), [more.oid('doras')])
    assert.equal(await objects(scene, 'dora@example.org'), [more.oid('doras')])
  })
})

test('a graft, a shallow boundary or a commit that git leaves out hides nothing', async () => {
  await withHistory(async scene => {
    const { it, history } = scene
    const before = await objects(scene, alice.fingerprint)
    mkdirSync(join(it.gitDir, 'info'), { recursive: true })
    writeFileSync(join(it.gitDir, 'info/grafts'), `${history.oid('two')}\n`)
    writeFileSync(join(it.gitDir, 'shallow'), `${history.oid('two')}\n`)
    assert.equal(await objects(scene, alice.fingerprint), before)
    assert.ok(before.length > 0)
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

test('--since: without what the log knows to have been accepted before, whatever date it bears', async () => {
  const server = makeServer({
    trusted: [alice, bob],
    configuration: 'keys = @KEYS@\n[protect "refs/heads/*"]\n',
  })
  const log = join(server.gitDir, 'refwarden.jsonl')
  const since = async (...args: readonly string[]) => {
    const { exit, stdout, stderr } = await server.refwarden([
      'keys',
      'used-by',
      'alice',
      '--json',
      '--config',
      server.config,
      ...args,
    ])
    assert.is(exit, 0, stderr)
    return stdout
      .trimEnd()
      .split('\n')
      .flatMap(line => JSON.parse(line).subject ?? [])
      .sort()
  }
  try {
    const one = server.write([commit('one', alice), commit('two', bob)])
    assert.is((await server.push(['main'])).accepted, true)
    await new Promise(resolve => setTimeout(resolve, 20))
    const middle = new Date().toISOString()
    const backdated = { at: now() - 19 * day }
    const two = server.write(
      [commit('three', alice, backdated), branch('other', [commit('four', alice)])],
      one,
    )
    assert.is((await server.push(['main', 'other'])).accepted, true)
    // the instant with its milliseconds is no form that is taken: the day before and the day after are
    assert.equal(await since(), ['four', 'one', 'three'])
    const today = new Date().toISOString().slice(0, 10)
    assert.equal(await since('--since', today), ['four', 'one', 'three'])
    assert.equal(await since('--since', '2100-01-01'), [])
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n')
    const dated = lines.map(line => {
      const decision = JSON.parse(line)
      return {
        ...decision,
        time: decision.time < middle ? '2026-01-05T10:00:00.000Z' : '2026-01-07T10:00:00.000Z',
      }
    })
    const put = (decisions: readonly unknown[]) =>
      writeFileSync(log, decisions.map(decision => `${JSON.stringify(decision)}\n`).join(''))
    put(dated)
    assert.equal(await since('--since', '2026-01-06'), ['four', 'three'])
    assert.equal(await since('--since', '2026-01-05T10:00:00Z'), ['four', 'one', 'three'])
    assert.equal(await since('--since', '2026-01-05T12:00:01+02:00'), ['four', 'three'])
    // what went past the hook is not in the log, and so it is new
    server.setRef('refs/heads/main', server.seed([commit('five', alice)], two).oid('five'))
    assert.equal(await since('--since', '2026-01-06'), ['five', 'four', 'three'])
    // another repository's line, a refused one and rubbish vouch for nothing
    const [first, second] = dated
    const old = { ...second, time: '2026-01-05T11:00:00.000Z' }
    for (const other of [
      { ...old, repo: '/elsewhere' },
      { ...old, verdict: 'rejected' },
      { ...old, refs: 7 },
    ]) {
      put([first, other, second])
      assert.equal(await since('--since', '2026-01-06'), ['five', 'four', 'three'])
    }
    put([first, old, second])
    assert.equal(await since('--since', '2026-01-06'), ['five'])
    writeFileSync(log, 'not json\n')
    assert.equal(await since('--since', '2026-01-06'), ['five', 'four', 'one', 'three'])
    for (const wrong of ['yesterday', '2026-13-01', '2026-01-06T10:00:00', '']) {
      const { exit, stderr } = await server.refwarden(['keys', 'used-by', 'alice', `--since=${wrong}`])
      assert.is(exit, 2)
      assert.match(stderr, 'is no date')
    }
  } finally {
    server.close()
  }
})

test("the repository's own refwarden.ini says which refs count, and which keys", async () => {
  await withHistory(async scene => {
    const { it, history } = scene
    writeFileSync(join(it.gitDir, 'refwarden.ini'), '[protect "refs/heads/parked"]\n')
    assert.ok((await objects(scene, alice.fingerprint)).includes(history.oid('parked-one')))
    const dave = makeKey({ name: 'Dave' })
    const folder = join(it.folder, 'daves')
    mkdirSync(folder)
    writeFileSync(join(folder, 'dave.asc'), dave.publicArmored)
    writeFileSync(join(it.gitDir, 'refwarden.ini'), `[protect "refs/heads/parked"]\nkeys = ${folder}\n`)
    const list = ['keys', 'list', '--config', it.config]
    assert.match(
      (await it.refwarden([...list, '--repo', it.gitDir])).stdout,
      `refs/heads/parked: ${folder}\n  ${dave.fingerprint}`,
    )
    assert.not.match((await it.refwarden(list)).stdout, dave.fingerprint)
    assert.is((await it.refwarden([...list, '--repo', it.folder])).exit, 2)
  })
})

test.run()
