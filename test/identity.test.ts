// signer-is-committer and signer-is-pusher, by real pushes; each refusal beside what passes.
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { compiledFiles, compiledText } from './support/compiled.ts'
import type { Step } from './support/history.ts'
import { branch, commit, merge } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { makeMarked } from './support/marked.ts'
import { writeObjects } from './support/objects.ts'
import { clockOf } from './support/preload.ts'
import type { Server } from './support/repository.ts'
import { makeServer } from './support/repository.ts'
import { tagObject } from './support/signed-object.ts'
import { makeSshKey } from './support/ssh-keys.ts'
import { suite } from './support/suite.ts'

const test = suite('whose key')
const alice = makeKey({ userIds: ['Alice <alice@example.org>', 'Alice <alice@work.example>'], subkeys: [{}] })
const bob = makeKey({ name: 'Bob' })
const nameless = makeKey({ userIds: ['Carol'] })
const dora = makeSshKey('ed25519', 'dora@example.org')

const committer =
  'keys = @KEYS@\n[protect "refs/heads/main"]\nsigner-is-committer = yes\n[protect "refs/tags/v*"]\nsigner-is-committer = yes\n'

function by(name: string, email: string) {
  return { author: 'Somebody Else <else@example.org>', committer: `${name} <${email}>` }
}

async function withServer(configuration: string, action: (server: Server) => Promise<void>): Promise<void> {
  const server = makeServer({ configuration, trusted: [alice, bob, nameless] })
  writeFileSync(join(server.keys, 'dora.pub'), `${dora.line}\n`)
  try {
    await action(server)
  } finally {
    server.close()
  }
}

const committed: readonly [name: string, accepted: boolean, step: Step][] = [
  ['the address of the key', true, commit('c', alice, by('Alice', 'alice@example.org'))],
  ['another user id of it', true, commit('c', alice, by('x', 'alice@work.example'))],
  ['a subkey of it', true, commit('c', alice, { ...by('Alice', 'alice@example.org'), shape: { by: 0 } })],
  ['the domain in capitals', true, commit('c', alice, by('Alice', 'alice@Example.ORG'))],
  ["somebody else's address", false, commit('c', alice, by('Alice', 'bob@example.org'))],
  ['the local part in capitals', false, commit('c', alice, by('Alice', 'Alice@example.org'))],
  ['an address that begins with it', false, commit('c', alice, by('Alice', 'alice@example.org.evil'))],
  ['the address in the name', false, commit('c', alice, by('alice@example.org', 'evil@example.org'))],
  ['no address', false, commit('c', alice, by('Alice', ''))],
  ['a key without an address', false, commit('c', nameless, by('Carol', 'carol@example.org'))],
]

for (const [name, accepted, step] of committed)
  test(`signer-is-committer: ${name}`, async () => {
    await withServer(committer, async server => {
      server.write([step])
      const pushed = await server.push(['main'])
      assert.equal(
        [pushed.accepted, pushed.codes],
        [accepted, accepted ? [] : ['not-committer']],
        pushed.output,
      )
      const verified = await server.refwarden(['verify', 'main', '--config', server.config], {
        cwd: server.client,
      })
      assert.is(verified.exit, accepted ? 0 : 1, verified.stdout)
    })
  })

test('signer-is-committer: a user id that is revoked or gone counts no more, one that is new does', async () => {
  await withServer(committer, async server => {
    server.write([commit('c', alice, by('Alice', 'alice@work.example'))])
    server.trust(alice.with({ userIds: ['Alice <alice@example.org>'] }))
    assert.equal((await server.push(['main'])).codes, ['not-committer'])
    server.trust(alice)
    assert.is((await server.push(['main'])).accepted, true)
  })
})

test('signer-is-committer: from the keys as they were compiled by the push before', async () => {
  await withServer(committer, async server => {
    clockOf(server)(60)
    const first = server.write([commit('one', alice, by('Alice', 'alice@example.org'))])
    assert.is((await server.push([`${first.oid('one')}:refs/heads/main`])).accepted, true)
    const [path = ''] = compiledFiles(server)
    assert.match(compiledText(path), '"alice@work.example"')
    const second = server.write([commit('two', alice, by('Alice', 'alice@work.example'))], first)
    assert.is((await server.push([`${second.oid('two')}:main`])).accepted, true)
    server.write([commit('three', alice, by('Alice', 'bob@example.org'))], second)
    assert.equal((await server.push(['main'])).codes, ['not-committer'])
    assert.equal(compiledFiles(server), [path])
  })
})

test('signer-is-committer: the tagger of a tag', async () => {
  await withServer(committer, async server => {
    const history = server.write([commit('one', alice, by('Alice', 'alice@example.org'))])
    assert.is((await server.push(['main'])).accepted, true)
    for (const [name, tagger, codes] of [
      ['v1', 'Alice <bob@example.org>', ['not-committer']],
      ['v2', 'Alice <alice@example.org>', []],
    ] as const) {
      const tag = tagObject('sha1', history.oid('one'), { name, author: tagger }, alice)
      writeObjects(server.client, 'sha1', [tag])
      assert.equal((await server.push([`${tag.oid}:refs/tags/${name}`])).codes, codes)
    }
  })
})

test('signer-is-committer: an OpenSSH key has the address in its comment', async () => {
  await withServer(committer, async server => {
    const good = server.write([commit('one', dora as never, by('Dora', 'dora@example.org'))])
    assert.is((await server.push(['main'])).accepted, true)
    server.write([commit('two', dora as never, by('Dora', 'alice@example.org'))], good)
    assert.equal((await server.push(['main'])).codes, ['not-committer'])
  })
})

const pushers =
  'keys = @KEYS@\n[protect "refs/heads/main"]\nmode = @MODE@\nsigner-is-pusher = @KEYS@/../pushers\n'

async function withPushers(
  mode: string,
  action: (server: Server, file: string) => Promise<void>,
): Promise<void> {
  await withServer(pushers.replace('@MODE@', mode), async server => {
    const file = join(server.folder, 'pushers')
    writeFileSync(
      file,
      `alice = ${alice.fingerprint}\nbob = ${bob.fingerprint}\ndora = ${dora.fingerprint}\n`,
    )
    await action(server, file)
  })
}

function as(name: string) {
  return { env: { GL_USER: name } }
}

test('signer-is-pusher: each with his own key, and nobody else with it', async () => {
  await withPushers('all', async (server, file) => {
    const one = server.write([commit('one', alice, { shape: { by: 0 } })])
    for (const name of ['bob', 'Alice', 'mallory', '']) {
      const pushed = await server.push(['main'], as(name))
      assert.equal(pushed.codes, ['not-pusher'], `${name}: ${pushed.output}`)
    }
    assert.is((await server.push(['main'], as('alice'))).accepted, true)
    const two = server.write([commit('two', alice), commit('three', bob)], one)
    assert.equal((await server.push(['main'], as('bob'))).codes, ['not-pusher'])
    assert.is((await server.push([`${two.oid('two')}:main`], as('alice'))).accepted, true)
    assert.is((await server.push(['main'], as('bob'))).accepted, true)
    writeFileSync(file, `alice = ${alice.subkeys[0]?.fingerprint}, ${dora.fingerprint}\n`)
    server.write([commit('four', alice)], two)
    assert.equal((await server.push(['main'], as('alice'))).codes, ['not-pusher'])
    assert.is(server.decisions().at(-1).pusher, 'alice')
  })
})

test('signer-is-pusher, first-parent: what a merge of his own brings in may be by others', async () => {
  await withPushers('first-parent', async server => {
    server.write([commit('one', bob), branch('side', [commit('s', alice)]), merge('side', bob)])
    assert.equal((await server.push(['main'], as('alice'))).codes, ['not-pusher'])
    assert.is((await server.push(['main'], as('bob'))).accepted, true)
  })
})

test('signer-is-pusher: a file that is wrong, missing or open to others is a fault, for these refs alone', async () => {
  await withPushers('all', async (server, file) => {
    server.write([commit('one', alice)])
    const good = `alice = ${alice.fingerprint}\n`
    const broken = [
      () => writeFileSync(file, 'alice\n'),
      () => rmSync(file),
      () => {
        writeFileSync(file, good)
        chmodSync(file, 0o666)
      },
    ]
    for (const breakIt of broken) {
      breakIt()
      const pushed = await server.push(['main'], as('alice'))
      assert.equal([pushed.accepted, pushed.codes], [false, []], pushed.output)
      assert.is(server.decisions().at(-1).verdict, 'fault')
      assert.is((await server.push(['main:refs/heads/free'], as('alice'))).accepted, true)
      server.setRef('refs/heads/free', null)
    }
    chmodSync(file, 0o644)
    assert.is((await server.push(['main'], as('alice'))).accepted, true)
  })
})

test('signer-is-pusher: verify and the sync tag look at what was accepted, when nobody pushes', async () => {
  const it = makeMarked({
    trusted: [alice, bob],
    sections:
      '[protect "refs/heads/main"]\nsigner-is-pusher = @KEYS@/../pushers\nsigner-is-committer = yes\n',
  })
  try {
    writeFileSync(join(it.folder, 'pushers'), `alice = ${alice.fingerprint}\n`)
    const history = it.write([commit('one', alice, by('Alice', 'alice@example.org'))])
    assert.is((await it.push(['main'], as('alice'))).accepted, true)
    assert.is(it.mark()?.commit, history.oid('one'))
    rmSync(join(it.folder, 'pushers'))
    assert.is((await it.refwarden(['verify', 'main', '--config', it.config])).exit, 0)
    // the committer is asked again
    const bad = it.seed([commit('two', alice, by('Alice', 'bob@example.org'))], history)
    const verified = await it.refwarden(['verify', 'main', '--config', it.config])
    assert.is(verified.exit, 1)
    assert.match(verified.stdout, `${bad.oid('two').slice(0, 10)}`)
    assert.match(verified.stdout, 'not-committer')
  } finally {
    it.close()
  }
})

test.run()
