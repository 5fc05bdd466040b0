// With stock git and GnuPG: who follows the tag, tags made by hand, secret keys as GnuPG exports them, unsigned history.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { GpgHome } from './support/gpg.ts'
import { gpgHome, gpgMissing } from './support/gpg.ts'
import type { History } from './support/history.ts'
import { branch, commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import type { MarkedServer } from './support/marked.ts'
import { makeMarked } from './support/marked.ts'
import { root } from './support/paths.ts'
import { suite } from './support/suite.ts'

const test = suite('sync tag, by stock tools')
const alice = makeKey({ name: 'Alice' })
const server = makeKey({ name: 'Server', subkeys: [{}] })
const rescue = makeKey({ name: 'Rescue' })

function git(gitDir: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync('git', args, {
    env: { ...process.env, ...env, GIT_DIR: gitDir },
    encoding: 'utf8',
  })
  return { exit: status, output: stdout + stderr }
}

async function withHome(keys: readonly (string | Uint8Array)[], action: (home: GpgHome) => Promise<void>) {
  const home = gpgHome(...keys)
  try {
    await action(home)
  } finally {
    home.close()
  }
}

for (const format of ['sha1', 'sha256'] as const)
  test.unless(gpgMissing, `git verify-tag accepts it in a clone (${format})`, async () => {
    const it = makeMarked({ trusted: [alice], signingKey: server, format })
    try {
      await withHome([server.publicBinary], async ({ env }) => {
        it.write([commit('one', alice)])
        assert.is((await it.push(['main'])).accepted, true)
        const clone = join(it.folder, 'clone.git')
        assert.is(git(it.folder, ['clone', '--quiet', '--mirror', it.gitDir, clone]).exit, 0)
        const verified = git(clone, ['verify-tag', '--raw', 'verified/main'], env)
        assert.is(verified.exit, 0, verified.output)
        assert.match(verified.output, `VALIDSIG ${server.subkeys[0]?.fingerprint}`)
        // what a sync tag of another hand looks like to git: not good
        it.putTag(it.tag(it.mark()?.commit as never, alice))
        assert.is(git(it.gitDir, ['verify-tag', 'verified/main'], env).exit, 1)
      })
    } finally {
      it.close()
    }
  })

test.unless(
  gpgMissing,
  'the steps for CI in docs/sync-tag.md follow the tag, and nothing else under its name',
  async () => {
    const [, steps = ''] =
      /^```sh\n(.*?)^```$/ms.exec(readFileSync(join(root, 'docs/sync-tag.md'), 'utf8')) ?? []
    assert.match(steps, 'git verify-tag')
    const it = makeMarked({
      trusted: [alice],
      signingKey: server,
      sections: '[protect "refs/heads/*"]\n',
    })
    try {
      const clone = join(it.folder, 'ci')
      mkdirSync(clone)
      writeFileSync(join(clone, 'refwarden.asc'), server.publicArmored)
      const inClone = (command: string) =>
        spawnSync('sh', ['-c', command], {
          cwd: clone,
          env: { PATH: process.env['PATH'], HOME: it.folder, TMPDIR: it.folder },
          encoding: 'utf8',
        })
      assert.is(inClone(`git init --quiet && git remote add origin '${it.gitDir}'`).status, 0)
      const deployed = () => {
        const { status, stderr } = inClone(steps)
        return status === 0 ? inClone('git rev-parse HEAD').stdout.trim() : `${status} ${stderr}`
      }
      const history = it.write([commit('one', alice), branch('other', [commit('two', alice)])])
      assert.is((await it.push(['main', 'other'])).accepted, true)
      assert.is(deployed(), history.oid('one'))
      const next = it.write([commit('three', alice)], history)
      assert.is((await it.push(['main'])).accepted, true)
      const plain = inClone('git fetch origin refs/tags/verified/main:refs/tags/verified/main')
      assert.match(plain.stderr, 'would clobber existing tag')
      assert.is(deployed(), next.oid('three'))
      // the branch of somebody who went past the hook is not followed
      it.setRef('refs/heads/main', next.oid('two'))
      assert.is(deployed(), next.oid('three'))
      it.putTag(it.mark('other')?.oid ?? null)
      assert.match(deployed(), '1 ')
      it.putTag(it.tag(next.oid('three'), alice))
      assert.match(deployed(), '1 ')
      it.putTag(next.oid('three'))
      assert.match(deployed(), '1 ')
    } finally {
      it.close()
    }
  },
)

/** The client's history has an unsigned root, and no server holds any of it. */
async function unsigned(action: (it: MarkedServer, history: History) => Promise<void>): Promise<void> {
  const it = makeMarked({ trusted: [alice], signingKey: server, recovery: [rescue] })
  try {
    const history = it.write([commit('root'), commit('more'), commit('signed', alice)])
    const refused = await it.push(['main'])
    assert.equal([refused.accepted, refused.codes], [false, ['unsigned']], refused.output)
    await action(it, history)
    const accepted = await it.push(['main'])
    assert.equal([accepted.accepted, accepted.remote], [true, []], accepted.output)
    assert.is(it.mark()?.commit, history.oid('signed'))
    // and from here on as ever
    it.write([commit('later')], history)
    assert.equal((await it.push(['main'])).codes, ['unsigned'])
  } finally {
    it.close()
  }
}

test('unsigned history, taken in by refwarden trust', () =>
  unsigned(async (it, history) => {
    const early = await it.refwarden(['trust', 'main', '--config', it.config])
    assert.is(early.exit, 2)
    assert.match(early.stderr, 'no such branch')
    assert.is((await it.push([`${history.oid('more')}:refs/heads/import`])).accepted, true)
    const trusted = await it.refwarden(['trust', 'main', 'import', '--config', it.config])
    assert.is(trusted.exit, 0, trusted.stderr)
    assert.match(trusted.stdout, `main: trusted up to ${history.oid('more')} (verified/main)`)
    assert.is(it.mark()?.commit, history.oid('more'))
  }))

test.unless(gpgMissing, 'unsigned history, taken in by a tag made by hand and pushed', () =>
  unsigned((it, history) =>
    withHome([rescue.secretArmored], async ({ env }) => {
      const tag = [
        'tag',
        '--force',
        `--local-user=${rescue.fingerprint}`,
        '-a',
        '-m',
        'Sync pointer',
        'verified/main',
      ]
      const made = git(it.client, [...tag, history.oid('more')], env)
      assert.is(made.exit, 0, made.output)
      const pushed = await it.push(['verified/main'], { args: ['--force'] })
      assert.is(pushed.accepted, true, pushed.output)
      assert.is(it.mark()?.commit, history.oid('more'))
    }),
  ),
)

test.unless(gpgMissing, 'unsigned history, taken in by a tag made by hand on the server', () =>
  unsigned((it, history) =>
    withHome([rescue.secretArmored], async ({ env }) => {
      assert.is((await it.push([`${history.oid('more')}:refs/heads/import`])).accepted, true)
      const tag = [
        'tag',
        '--force',
        `--local-user=${rescue.fingerprint}`,
        '-a',
        '-m',
        'Sync pointer',
        'verified/main',
      ]
      const made = git(it.gitDir, [...tag, 'import'], env)
      assert.is(made.exit, 0, made.output)
    }),
  ),
)

test.unless(gpgMissing, 'a tag made by hand with the key of a signer of commits is not taken', async () => {
  const it = makeMarked({ trusted: [alice], signingKey: server, recovery: [rescue] })
  try {
    await withHome([alice.secretArmored], async ({ env }) => {
      const history = it.write([commit('root'), commit('signed', alice)])
      const tag = [
        'tag',
        '--force',
        `--local-user=${alice.fingerprint}`,
        '-a',
        '-m',
        'Sync pointer',
        'verified/main',
      ]
      assert.is(git(it.client, [...tag, history.oid('root')], env).exit, 0)
      const pushed = await it.push(['verified/main'], { args: ['--force'] })
      assert.equal(pushed.codes, ['sync-tag'], pushed.output)
      assert.equal(it.refs().size, 0)
    })
  } finally {
    it.close()
  }
})

test.unless(gpgMissing, 'secret keys as GnuPG exports them', async () => {
  const it = makeMarked({ trusted: [alice] })
  try {
    await withHome([], async ({ run }) => {
      const make = (name: string, ...args: readonly string[]) => {
        run([
          '--passphrase',
          args[0] ?? '',
          '--quick-gen-key',
          `${name} <${name}@example.org>`,
          'ed25519',
          'cert,sign',
          'never',
        ])
        const listed = run(['--with-colons', '--list-keys', `${name}@example.org`]).stdout
        return /^fpr:+([0-9A-F]{40}):/m.exec(listed)?.[1] ?? ''
      }
      const plain = make('plain')
      const locked = make('locked', 'secret')
      run(['--passphrase', '', '--quick-add-key', plain, 'ed25519', 'sign', 'never'])
      const folder = join(it.folder, 'gpg')
      mkdirSync(folder, { mode: 0o700 })
      const put = (name: string, args: readonly string[]) => {
        const file = join(folder, name)
        run(['--passphrase', 'secret', '--output', file, ...args])
        chmodSync(file, 0o400)
        return file
      }
      const sign = async (key: string, file: string) => {
        it.configure(
          `keys = @KEYS@\nsync-tag = verified/{branch}\nsigning-key = ${key}\nsigning-keys = ${file}\n[protect "refs/heads/main"]\n`,
        )
        it.putTag(null)
        const { exit, stderr } = await it.refwarden(['trust', 'main', '--config', it.config])
        return `${exit} ${stderr}`
      }
      it.setRef('refs/heads/main', it.seed([commit('one', alice)]).oid('one'))
      assert.is(await sign(plain, put('armored.asc', ['--armor', '--export-secret-keys', plain])), '0 ')
      assert.is(await sign(plain.slice(-16), put('binary.gpg', ['--export-secret-keys', plain])), '0 ')
      assert.is(await sign(plain, put('subkeys.asc', ['--armor', '--export-secret-subkeys', plain])), '0 ')
      // the stub of a primary key signs nothing: with the subkey expired there is none left
      const passphrase = put('locked.asc', ['--armor', '--export-secret-keys', locked])
      assert.match(
        await sign(locked, passphrase),
        /^2 error: \S+locked\.asc: a passphrase protects it\nhint: /,
      )
      const stub = put('stub.asc', ['--armor', '--export-secret-subkeys', `${locked}`])
      assert.match(await sign(locked, stub), /^2 error: \S+stub\.asc: /)
      assert.is(it.mark(), null)
    })
  } finally {
    it.close()
  }
})

test('trust says what it cannot do', async () => {
  const it = makeMarked({ trusted: [alice], signingKey: server })
  try {
    const history = it.seed([commit('root'), commit('tip')])
    const aside = it.seed([commit('aside')])
    it.setRef('refs/heads/main', history.oid('tip'))
    it.setRef('refs/heads/aside', aside.oid('aside'))
    const trust = async (...words: readonly string[]) => {
      const { exit, stdout, stderr } = await it.refwarden(['trust', '--config', it.config, ...words])
      return { exit, said: stdout + stderr }
    }
    const refusals: readonly (readonly [words: readonly string[], says: string])[] = [
      [[], 'no BRANCH is given'],
      [['none'], 'no section protects this branch'],
      [['refs/tags/x'], 'no section protects this branch'],
      [['main', 'nothing'], 'no such revision'],
      [['main', 'main:file'], 'no such revision'],
      [['main', 'aside'], 'not in refs/heads/main'],
      [['main', aside.oid('aside')], 'not in refs/heads/main'],
      [['main', '--', '--all'], 'no such revision'],
    ]
    for (const [words, says] of refusals) {
      const { exit, said } = await trust(...words)
      assert.is(exit, 2, words.join(' '))
      assert.match(said, says, said)
    }
    assert.is(it.mark(), null)
    // a pusher's ref under a name that the admin types
    it.setRef('refs/tags/tip', history.oid('root'))
    it.setRef('refs/heads/tip', history.oid('tip'))
    it.setRef(`refs/heads/${history.oid('tip').slice(0, 8)}`, history.oid('root'))
    for (const word of ['tip', 'tip~0', history.oid('tip').slice(0, 8)]) {
      const { exit, said } = await trust('main', word)
      assert.is(exit, 2, said)
      assert.match(said, 'not clear')
    }
    assert.is((await trust('main', 'refs/heads/tip')).exit, 0)
    assert.is(it.mark()?.commit, history.oid('tip'))
    // backwards too: it is the admin's word
    assert.is((await trust('refs/heads/main', 'main~1')).exit, 0)
    assert.is(it.mark()?.commit, history.oid('root'))
    writeFileSync(it.config, 'keys = /x\n[protect "refs/heads/main"]\n')
    const { said } = await trust('main')
    assert.match(said, 'sync-tag: not set')
  } finally {
    it.close()
  }
})

test.run()
