import { rmSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { branch, commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { misbehavingGit } from './support/misbehaving-git.ts'
import { exitBy, inTerminal, ptyMissing } from './support/pty.ts'
import { transcript } from './support/push.ts'
import type { Server, ServerOptions } from './support/repository.ts'
import { makeServer } from './support/repository.ts'
import { now } from './support/signature-packet.ts'
import { suite } from './support/suite.ts'
import { assertAccepted } from './support/verdicts.ts'

/*
 * What a pusher sees: `git push` in a terminal of 80 columns, and the same without one.
 */
const alice = makeKey()
const mallory = makeKey({ name: 'Mallory' })
const bob = makeKey({ name: 'Bob', expires: now() - 3600 })

async function withServer(options: ServerOptions, action: (server: Server) => Promise<void>): Promise<void> {
  const server = makeServer({ trusted: [alice, bob], ...options })
  try {
    await action(server)
  } finally {
    server.close()
  }
}

type Keys = readonly { readonly after: RegExp; readonly type: string }[]

/** `git push` in a terminal; `said` is what comes from the server on, with stable names. */
async function type(server: Server, refspecs: readonly string[], keys: Keys = []) {
  const args = ['push', server.gitDir, ...refspecs]
  const done = await inTerminal('git', args, { env: { GIT_DIR: server.client }, keys })
  const start = done.screen.findIndex(line => line.startsWith('remote:'))
  const said = transcript(start < 0 ? [] : done.screen.slice(start))
  return { ...done, said: said.map(line => line.replaceAll(server.folder, '<FOLDER>')) }
}

/** Everything but the sequences with which git colours words and clears the rest of a line. */
function withoutColours(raw: string): string {
  return raw.replace(/\x1b\[[0-9;]*[mK]/g, '')
}

const test = suite('terminal')

test.unless(ptyMissing, 'commits that are refused', async () => {
  await withServer({}, async server => {
    const seeded = server.seed([commit('base', alice)])
    server.write(
      [
        commit('Add the parser', alice),
        commit('Fix the parser'),
        commit('Rename the parser', mallory),
        commit('Remove the parser', bob),
        commit('Add another parser', alice),
      ],
      seeded,
    )
    const { exit, said, raw } = await type(server, ['main'])
    assert.is(exit, 1)
    assert.equal(said, [
      'remote: error: main: 3 of 5 commits refused',
      'remote: error:   <COMMIT-A> key-expired: its key or signature has expired',
      'remote: error:     key <KEY-A>',
      'remote: error:     by Bob <bob@example.org>',
      'remote: error:     "Remove the parser"',
      'remote: error:   <COMMIT-B> unknown-key: no trusted key made its signature',
      'remote: error:     key <KEY-B>',
      'remote: error:     by Mallory <mallory@example.org>',
      'remote: error:     "Rename the parser"',
      'remote: error:   <COMMIT-C> unsigned: it has no signature',
      'remote: error:     by Nobody <nobody@example.org>',
      'remote: error:     "Fix the parser"',
      'remote: hint: key-expired: extend the key and send it to the admin,',
      'remote: hint:   or sign with another:',
      "remote: hint:   git rebase --exec 'git commit --amend --no-edit -S' <COMMIT-D>",
      'remote: hint: unknown-key: sign with a key that the admin has,',
      'remote: hint:   or ask the admin to add yours',
      'remote: hint: unsigned: sign the new commits, then push again:',
      "remote: hint:   git rebase --exec 'git commit --amend --no-edit -S' <COMMIT-D>",
      'remote: hint: the last revision that is fit to push:',
      'remote: hint:   git push origin <COMMIT-D>:main',
      'remote: hint: nothing was changed on the server; push <PUSH> in its log',
      'To <FOLDER>/repo.git',
      ' ! [remote rejected] main -> main (pre-receive hook declined)',
      "error: failed to push some refs to '<FOLDER>/repo.git'",
    ])
    assert.match(raw, /remote: \x1b\[1;31merror\x1b\[m: /)
    assert.not.match(raw, /checking signatures/)
  })
})

test.unless(ptyMissing, 'refs that are refused', async () => {
  const configuration =
    'keys = @KEYS@\n[protect "refs/heads/*"]\nmode = first-parent\n[protect "refs/tags/v*"]\n'
  await withServer({ configuration }, async server => {
    const seeded = server.seed([
      commit('one', alice),
      branch('old', []),
      branch('stable', []),
      commit('two', alice),
    ])
    server.git('symbolic-ref', 'refs/heads/latest', 'refs/heads/main')
    server.write([branch('old', [commit('three', alice)])], seeded)
    const { exit, said } = await type(server, [
      '+old:main',
      ':stable',
      `${seeded.oid('two')}:refs/tags/v1`,
      '+old:latest',
      `old:refs/replace/${seeded.oid('one')}`,
    ])
    assert.is(exit, 1)
    assert.equal(
      said.filter(line => line.startsWith('remote:')),
      [
        'remote: error: latest: symbolic-ref: it is another name for a protected ref',
        'remote: hint: symbolic-ref: push to the protected ref under its own name',
        'remote: error: main: rewind: it would lose commits that it has now',
        'remote: hint: rewind: take them in first, then push again: git pull --rebase',
        'remote: error: stable: deletion: it is protected from deletion',
        'remote: hint: deletion: ask the admin, who can allow it (delete = yes)',
        'remote: error: refs/tags/v1: unsigned-tag: it is not a signed annotated tag',
        'remote: hint: unsigned-tag: sign it, then push again:',
        'remote: hint:   git tag --force --sign TAG REV',
        'remote: error: refs/replace/<COMMIT-A>…: replace-ref',
        'remote: error:   replacement objects are not taken',
        'remote: hint: replace-ref: leave refs/replace/ out of the push',
        'remote: hint: nothing was changed on the server; push <PUSH> in its log',
      ],
    )
  })
})

test.unless(ptyMissing, 'a server that is set up wrongly', async () => {
  await withServer({}, async server => {
    server.write([commit('one', alice)])
    rmSync(server.config)
    const { exit, said } = await type(server, ['main'])
    assert.is(exit, 1)
    assert.equal(said, [
      'remote: error: the server cannot check pushes: its refwarden set-up is broken',
      'remote: hint: ask the admin of the server about push <PUSH> in its log',
      'To <FOLDER>/repo.git',
      ' ! [remote rejected] main -> main (pre-receive hook declined)',
      "error: failed to push some refs to '<FOLDER>/repo.git'",
    ])
  })
})

test.unless(ptyMissing, 'an accepted push: not a word', async () => {
  await withServer({}, async server => {
    server.write([commit('one', alice)])
    const { exit, screen } = await type(server, ['main'])
    assert.is(exit, 0, screen.join('\n'))
    assert.equal(
      screen.filter(line => line.startsWith('remote:')),
      [],
    )
  })
})

const hostile = [
  ['clears the screen', '\x1b[2J\x1b[H'],
  ['sets the title', '\x1b]0;owned\x07'],
  ['C1', '\u009b2J\u0090q\u009c'],
  ['returns', 'innocent\rerror: main: 0 of 0 commits refused'],
  ['turns round', 'abc\u202edef\u2066ghi'],
  ['hides', 'a\u200bb\u00adc\ufeffd'],
  ['like our own line', 'hint: git push origin 0123456789:main'],
  ['long', 'x'.repeat(5000)],
  ['wide', '界'.repeat(200)],
] as const

for (const [name, words] of hostile)
  test(`nothing of a commit reaches it raw: ${name}`, async () => {
    await withServer({}, async server => {
      const seeded = server.seed([commit('base', alice)])
      server.write([commit('u', null, { author: `${words} <a@example.org>`, message: `${words}\n` })], seeded)
      const { remote, codes, output } = await server.push(['main'])
      assert.equal(codes, ['unsigned'], output)
      for (const line of remote) assert.match(line, /^(error|hint): [^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u)
      assert.equal(
        remote.filter(line => line.startsWith('hint:')).map(line => line.replace(/ [0-9a-f]{12}\b/, ' …')),
        [
          'hint: unsigned: sign the new commits, then push again:',
          "hint:   git rebase --exec 'git commit --amend --no-edit -S' …",
          'hint: none of the new commits is fit to push as it is',
          'hint: nothing was changed on the server; push … in its log',
        ],
      )
      if (ptyMissing !== null) return
      const { raw, screen } = await type(server, ['main'])
      assert.not.match(withoutColours(raw), /[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
      const ours = screen.filter(line => line.startsWith('remote: '))
      assert.is(ours.length, remote.length)
    })
  })

test('the first ten commits and twenty refs in full, then their number', async () => {
  await withServer({ configuration: 'keys = @KEYS@\n[protect "refs/heads/*"]\n' }, async server => {
    const seeded = server.seed([commit('base', alice)])
    const history = server.write(
      Array.from({ length: 13 }, (_, index) => commit(`u${index}`)),
      seeded,
    )
    const { remote } = await server.push(['main'])
    assert.is(remote[0], 'error: main: 13 of 13 commits refused')
    assert.is(remote.filter(line => /^error: {3}[0-9a-f]{10} unsigned: /.test(line)).length, 10)
    assert.ok(remote.includes('error:   and 3 more'))
    const refs = Array.from({ length: 25 }, (_, index) => `${history.oid('u0')}:refs/heads/b${index}`)
    const many = await server.push(refs)
    assert.is(many.remote.filter(line => / 1 of 1 commit refused$/.test(line)).length, 20)
    assert.ok(many.remote.includes('error: and 5 more refs are refused'))
    for (const line of [...remote, ...many.remote]) assert.ok(line.length <= 72, line)
  })
})

test.unless(ptyMissing, 'how far it is, after two seconds and at most once a second', async () => {
  const configuration = 'keys = @KEYS@\n[protect "refs/heads/*"]\n'
  await withServer({ configuration }, async server => {
    const seeded = server.seed([commit('base', alice)])
    const names = Array.from({ length: 12 }, (_, index) => `b${index}`)
    server.write(
      names.map(name => branch(name, [commit(name, alice)])),
      seeded,
    )
    misbehavingGit(server).spoil('cat-file-*', 'sleep 0.25')
    const start = process.hrtime.bigint()
    const { exit, raw, screen } = await type(
      server,
      names.map(name => `${name}:refs/heads/${name}`),
    )
    const seconds = Number(process.hrtime.bigint() - start) / 1e9
    assert.is(exit, 0, screen.join('\n'))
    const shown = withoutColours(raw).match(/remote: checking signatures: \d+ commits? *[\r\n]/g) ?? []
    assert.ok(shown.length >= 1, raw)
    assert.ok(shown.length <= seconds - 1, `${shown.length} in ${seconds} s`)
    assert.ok(
      screen.some(line => /^remote: checking signatures: \d+ commits?$/.test(line)),
      screen.join('\n'),
    )
  })
})

test.unless(
  ptyMissing,
  'ctrl-C while the hook is at work: nothing moves, and the next push is judged',
  async () => {
    await withServer({}, async server => {
      const seeded = server.seed([commit('base', alice)])
      server.write([branch('bad', [commit('u')]), branch('good', [commit('s', alice)])], seeded)
      const wrapped = misbehavingGit(server)
      wrapped.spoil('cat-file-1', 'echo "at work" >/dev/tty; sleep 5')
      for (const name of ['bad', 'good']) {
        const { exit, screen } = await type(server, [`${name}:main`], [{ after: /at work/, type: '\x03' }])
        assert.is(exit, exitBy('SIGINT'), screen.join('\n'))
        assert.equal([...server.refs()], [['refs/heads/main', seeded.oid('base')]])
        wrapped.calls()
      }
      assert.is(server.git('fsck', '--strict'), '')
      wrapped.spoil(null)
      assert.equal((await server.push(['bad:main'])).codes, ['unsigned'])
      assertAccepted(server, await server.push(['good:main']))
    })
  },
)

test.run()
