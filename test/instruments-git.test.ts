// What the tests make and push objects with, held against git itself.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { gpgHome } from './support/gpg.ts'
import { branch, commit, makeHistory, merge, orphan } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { gitObject, packOf, writeObjects } from './support/objects.ts'
import { inTerminal, ptyMissing } from './support/pty.ts'
import { codesIn, push, transcript } from './support/push.ts'
import { receivePack } from './support/receive-pack.ts'
import { makeServer, run } from './support/repository.ts'
import { screenOf } from './support/screen.ts'
import { commitObject, tagObject } from './support/signed-object.ts'
import { startSshd } from './support/sshd.ts'
import { suite } from './support/suite.ts'

const test = suite('instruments-git')
const alice = makeKey({ name: 'Alice' })
const bob = makeKey({ name: 'Bob' })
const formats = ['sha1', 'sha256'] as const
const zero = { sha1: '0'.repeat(40), sha256: '0'.repeat(64) }

for (const format of formats)
  test(`git finds a ${format} history whole, and its signatures good`, async () => {
    const server = makeServer({ format, hooks: [] })
    const gpg = gpgHome(alice.publicArmored, bob.publicArmored)
    try {
      const history = server.seed([
        commit('one', alice),
        branch('side', [commit('two')]),
        commit('three', alice),
        merge('side', bob),
        orphan('alone', [commit('four', bob)]),
        branch('side', [commit('five', alice)]),
      ])
      const tag = tagObject(format, history.oid('three'), { name: 'v1' }, alice)
      writeObjects(server.gitDir, format, [tag])
      server.setRef('refs/tags/v1', tag.oid)
      server.git('fsck', '--strict', '--no-dangling')
      const drawn = server.git('log', '--all', '--topo-order', '--format=%s<%P', 'main', 'side', 'alone')
      const named = [...history.commits].reduce((text, [name, oid]) => text.replaceAll(oid, name), drawn)
      assert.equal(named.trim().split('\n').sort(), [
        'five<two',
        'four<',
        'merge-side<three two',
        'one<',
        'three<one',
        'two<one',
      ])
      const verify = (verb: string, name: string) =>
        run('git', [verb, name], { cwd: server.gitDir, env: gpg.env }).then(({ exit }) => exit)
      for (const name of ['one', 'three', 'merge-side', 'four', 'five'])
        assert.is(await verify('verify-commit', history.oid(name)), 0, name)
      assert.is(await verify('verify-commit', history.oid('two')), 1)
      assert.is(await verify('verify-tag', 'v1'), 0)
    } finally {
      gpg.close()
      server.close()
    }
  })

test('a history goes on where an earlier one ended', () => {
  const first = makeHistory([commit('one'), branch('side', [commit('two')])])
  const second = makeHistory([commit('three'), branch('side', [commit('four')])], undefined, first)
  assert.is(second.oid('one'), first.oid('one'))
  assert.is(second.tips.get('main'), second.oid('three'))
  assert.is(second.tips.get('side'), second.oid('four'))
  assert.throws(() => second.oid('five'), /the history has no five/)
  assert.throws(() => makeHistory([commit('one'), commit('one')]), /two commits are named one/)
})

test('an object holds what git would not make', () => {
  const tree = gitObject('sha1', 'tree', '')
  const rewritten = commitObject('sha1', tree.oid, [], {
    headers: ['encoding ISO-8859-1'],
    message: Uint8Array.of(0xe9, 10),
    signature: () => '-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n',
    rewrite: object => Buffer.concat([object, Uint8Array.of(0)]),
  })
  const words = Buffer.from(rewritten.body).toString('latin1')
  assert.match(
    words,
    /\nencoding ISO-8859-1\ngpgsig -----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----\n\n\xe9\n\0$/,
  )
  assert.is(gitObject('sha1', 'blob', '').oid, 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391')
})

for (const format of formats)
  test(`git push and the protocol by hand agree on a ${format} server`, async () => {
    const server = makeServer({ format, hooks: [] })
    try {
      const history = server.write([commit('one', alice), branch('side', [commit('two')])])
      const pushed = await server.push(['main', 'side:refs/heads/other'])
      assert.ok(pushed.accepted, pushed.output)
      assert.equal(
        [...pushed.refs],
        [
          ['refs/heads/main', { flag: '*', summary: '[new branch]' }],
          ['refs/heads/other', { flag: '*', summary: '[new branch]' }],
        ],
      )
      const commands = [{ before: zero[format], after: history.oid('two'), ref: 'refs/heads/by-hand' }]
      const raw = await receivePack(server.gitDir, { commands, pack: packOf(format, history.objects) })
      assert.is(raw.unpack, 'ok')
      assert.equal([...raw.refs], [['refs/heads/by-hand', 'ok']])
      assert.is(raw.advertised.get('refs/heads/main'), history.oid('one'))
      assert.is(server.refs().get('refs/heads/by-hand'), history.oid('two'))
      const stale = [{ before: history.oid('two'), after: zero[format], ref: 'refs/heads/main' }]
      const refused = await receivePack(server.gitDir, { commands: stale })
      assert.not.equal(refused.refs.get('refs/heads/main'), 'ok')
      assert.is(server.refs().get('refs/heads/main'), history.oid('one'))
      const forged = await receivePack(server.gitDir, {
        commands: [
          { ...commands[0], before: zero[format], after: history.oid('two'), ref: 'refs/heads/a\nb' },
        ],
        pack: packOf(format, []),
      })
      assert.not.equal([...forged.refs.values()], ['ok'])
      assert.not([...server.refs().keys()].some(name => name.includes('\n')))
    } finally {
      server.close()
    }
  })

test('what a hook says and its refusal reach the result of a push, by hand too', async () => {
  const server = makeServer()
  try {
    const lines = [
      'error: main: 2 of 2 objects refused',
      'error:   0123456789 unsigned: it has no signature',
      'error:   0123456789 unknown-key: no trusted key made its signature',
      'error: main: rewind: it would lose commits that it has now',
      'hint: unsigned: sign it',
    ]
    const script = `#!/bin/sh\ncat >/dev/null\ncat >&2 <<'END'\n${lines.join('\n')}\nEND\nexit 1\n`
    writeFileSync(join(server.gitDir, 'hooks/pre-receive'), script, { mode: 0o755 })
    const history = server.write([commit('one')])
    const pushed = await server.push(['main'])
    assert.not(pushed.accepted)
    assert.equal(pushed.remote, lines)
    assert.equal(pushed.codes, ['unsigned', 'unknown-key', 'rewind'])
    assert.equal(pushed.refs.get('refs/heads/main'), {
      flag: '!',
      summary: '[remote rejected] (pre-receive hook declined)',
    })
    const commands = [{ before: zero.sha1, after: history.oid('one'), ref: 'refs/heads/main' }]
    const raw = await receivePack(server.gitDir, { commands, pack: packOf('sha1', history.objects) })
    assert.equal(codesIn(raw.remote), pushed.codes)
    assert.equal([...raw.refs], [['refs/heads/main', 'pre-receive hook declined']])
  } finally {
    server.close()
  }
})

test('a server has the stub that install writes, and it judges', async () => {
  const server = makeServer({ trusted: [alice] })
  try {
    server.write([commit('one', alice), branch('side', [commit('two'), commit('three', bob)])])
    const good = await server.push(['main'])
    assert.ok(good.accepted, good.output)
    const bad = await server.push(['side:main'])
    assert.not(bad.accepted)
    assert.equal(bad.codes, ['unknown-key', 'unsigned'])
    assert.equal(
      server.decisions().map(({ verdict }) => verdict),
      ['accepted', 'rejected'],
    )
    server.trust(bob)
    assert.equal((await server.push(['side:main'])).codes, ['unsigned'])
    server.distrust(alice, bob)
    assert.not((await server.push(['main:other', 'side:main'])).accepted)
    assert.is(server.decisions().at(-1)?.verdict, 'fault')
    server.configure('; nothing is protected\n')
    const open = await server.push(['main:other', 'side:main'])
    assert.ok(open.accepted, open.output + JSON.stringify(server.decisions().at(-1)))
  } finally {
    server.close()
  }
})

test('a transcript names objects and keys by their first appearance', () => {
  const [one, two] = ['a1'.repeat(20), 'b2'.repeat(20)]
  const lines = [
    `error:   ${two.slice(0, 10)} unsigned`,
    `error:   ${one.slice(0, 12)} x`,
    `hint: git push origin ${two}:main`,
  ]
  const others = [`error:     key ${'AB'.repeat(20)}`, 'hint: look at push 0123456789ab in its log']
  assert.equal(transcript([...lines, ...others]), [
    'error:   <COMMIT-A> unsigned',
    'error:   <COMMIT-B> x',
    'hint: git push origin <COMMIT-A>:main',
    'error:     key <KEY-A>',
    'hint: look at push <PUSH> in its log',
  ])
})

const sshd = await startSshd({ config: ['AcceptEnv GIT_TEST_*'] })

test.after(async () => {
  if (sshd.missing === null) await sshd.close()
})

test.unless(sshd.missing, 'git pushes over ssh, and nothing but git runs there', async () => {
  if (sshd.missing !== null) return
  const server = makeServer({ hooks: [] })
  try {
    const history = server.write([commit('one', alice)])
    const pushed = await push(server.client, sshd.url(server.gitDir), ['main'], { env: sshd.env })
    assert.ok(pushed.accepted, pushed.output + sshd.log())
    assert.is(server.refs().get('refs/heads/main'), history.oid('one'))
    const ssh = sshd.env['GIT_SSH_COMMAND'] ?? ''
    const shell = await run('/bin/sh', ['-c', `${ssh} -p ${sshd.port} 127.0.0.1 id`])
    assert.not.equal(shell.exit, 0)
    assert.not.match(shell.stdout, /uid=/)
  } finally {
    server.close()
  }
})

test.unless(ptyMissing, 'a program sees a terminal of 80 columns, and what it shows is read', async () => {
  const shown = await inTerminal('/bin/sh', ['-c', 'test -t 1 && stty size; printf "one\\rtwo\\n"; exit 3'])
  assert.is(shown.exit, 3)
  assert.equal(shown.screen, ['200 80', 'two'])
  const stopped = await inTerminal('/bin/sh', ['-c', 'echo ready; exec sleep 60'], {
    keys: [{ after: /ready/, type: '\x03' }],
  })
  assert.is(stopped.exit, 130)
})

test('the screen is what a terminal would show', () => {
  assert.equal(screenOf('a\x1b[31mred\x1b[m\r\nlong line\rshort\x1b[K\r\n'), ['ared', 'short'])
  assert.equal(screenOf(`${'x'.repeat(80)}y`), ['x'.repeat(80), 'y'])
  assert.equal(screenOf('one\ntwo\x1b[1Aup\x1b]0;title\x07!'), ['one   up!', '   two'])
})

test.run()
