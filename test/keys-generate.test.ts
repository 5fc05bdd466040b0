// refwarden keys generate, and a signing key made by hand as the Flux pages have it: both sign sync tags.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { gpgHome, gpgMissing } from './support/gpg.ts'
import { commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { inTerminal, ptyMissing } from './support/pty.ts'
import type { Run, Server } from './support/repository.ts'
import { makeServer } from './support/repository.ts'
import { suite } from './support/suite.ts'

const test = suite('a key for the server')
const alice = makeKey({ name: 'Alice' })

async function withServer(action: (server: Server, folder: string) => Promise<void>): Promise<void> {
  const server = makeServer({ trusted: [alice], hooks: ['pre-receive', 'post-receive'] })
  const folder = join(server.folder, 'etc')
  mkdirSync(folder)
  try {
    await action(server, folder)
  } finally {
    server.close()
  }
}

/** The settings that the command tells to write. */
function told({ stdout }: Run): string {
  return stdout
    .split('\n')
    .filter(line => /^[a-z-]+ *= /.test(line))
    .join('\n')
}

async function assertMarks(
  server: Server,
  settings: string,
  publicHalf: string,
  fingerprint: string,
): Promise<void> {
  server.configure(`keys = @KEYS@\n${settings}\n[protect "refs/heads/main"]\n`)
  const history = server.write([commit('one', alice)])
  const pushed = await server.push(['main'])
  assert.equal([pushed.accepted, pushed.remote], [true, []], pushed.output)
  assert.is(server.git('rev-parse', 'verified/main^{commit}').trim(), history.oid('one'))
  const listed = await server.refwarden(['keys', 'list', '--config', server.config])
  assert.match(listed.stdout, new RegExp(`^sync tags, set by the server: .*\\n {2}${fingerprint} `, 'm'))
  const home = gpgHome(publicHalf)
  try {
    const env = { ...process.env, ...home.env, GIT_DIR: server.gitDir }
    const { status, stderr } = spawnSync('git', ['verify-tag', '--raw', 'verified/main'], {
      env,
      encoding: 'utf8',
    })
    assert.is(status, 0, stderr)
    assert.match(stderr, `VALIDSIG ${fingerprint}`)
  } finally {
    home.close()
  }
}

test.unless(
  gpgMissing,
  'generate: both halves, the modes, the settings; stock git and gpg verify what it signs',
  async () => {
    await withServer(async (server, folder) => {
      const file = join(folder, 'signing.key')
      const made = await server.refwarden([
        'keys',
        'generate',
        file,
        '--name',
        'refwarden on git.example.org',
      ])
      assert.is(made.exit, 0, made.stderr)
      assert.equal(readdirSync(folder).sort(), ['signing.asc', 'signing.key'])
      assert.is(statSync(file).mode & 0o7777, 0o400)
      assert.is(statSync(join(folder, 'signing.asc')).mode & 0o7777, 0o644)
      assert.not.match(readFileSync(join(folder, 'signing.asc'), 'utf8'), 'PRIVATE')
      const [, fingerprint = ''] = /^signing-key {2}= ([0-9A-F]{40})$/m.exec(made.stdout) ?? []
      assert.equal(told(made).split('\n'), [
        'sync-tag     = verified/{branch}',
        `signing-key  = ${fingerprint}`,
        `signing-keys = ${file}`,
      ])
      const publicHalf = readFileSync(join(folder, 'signing.asc'), 'utf8')
      const home = gpgHome(publicHalf)
      try {
        const colons = home
          .run(['--with-colons', '--list-keys'])
          .stdout.split('\n')
          .map(line => line.split(':'))
        const found = (kind: string) => colons.filter(([first]) => first === kind)
        // version 4, Ed25519 in GnuPG's form (22), no end, for signing; no subkey
        assert.equal(
          found('pub').map(field => [field[3], field[6], field[11]?.includes('s')]),
          [['22', '', true]],
        )
        assert.equal(found('sub'), [])
        assert.equal(
          found('uid').map(field => field[9]),
          ['refwarden on git.example.org'],
        )
        assert.equal(
          found('fpr').map(field => field[9]),
          [fingerprint],
        )
      } finally {
        home.close()
      }
      await assertMarks(server, told(made), publicHalf, fingerprint)
    })
  },
)

test('generate: nothing is overwritten, and no half stays alone', async () => {
  await withServer(async (server, folder) => {
    for (const taken of ['signing.key', 'signing.asc']) {
      writeFileSync(join(folder, taken), 'mine\n')
      const { exit, stderr, stdout } = await server.refwarden([
        'keys',
        'generate',
        join(folder, 'signing.key'),
      ])
      assert.equal([exit, stdout], [2, ''])
      assert.match(stderr, `${taken}: it is there already, and nothing is overwritten`)
      assert.equal(readdirSync(folder), [taken])
      assert.is(readFileSync(join(folder, taken), 'utf8'), 'mine\n')
      spawnSync('rm', [join(folder, taken)])
    }
    const nowhere = await server.refwarden(['keys', 'generate', join(folder, 'none', 'signing.key')])
    assert.is(nowhere.exit, 2)
    const odd = await server.refwarden(['keys', 'generate', join(folder, 'a;b.key')])
    assert.match(odd.stderr, 'such a path cannot stand in the configuration')
    chmodSync(folder, 0o777)
    const open = await server.refwarden(['keys', 'generate', join(folder, 'signing.key')])
    assert.match(open.stderr, 'others may write it')
    assert.equal(readdirSync(folder), [])
  })
})

test.unless(
  gpgMissing ?? ptyMissing,
  'gpg --full-generate-key, answered at a terminal, as the Flux page has it',
  async () => {
    const home = gpgHome()
    try {
      const answers = [
        [/Your selection\? $/, '4'],
        [/What keysize do you want\? \(\d+\) $/, '2048'],
        [/Key is valid for\? \(0\) $/, '0'],
        [/Is this correct\? \(y\/N\) $/, 'y'],
        [/Real name: $/, 'Weave Flux'],
        [/Email address: $/, ''],
        [/Comment: $/, ''],
        [/\(O\)kay\/\(Q\)uit\? $/, 'O'],
      ] as const
      const { exit, raw } = await inTerminal(
        'gpg',
        ['--pinentry-mode=loopback', '--passphrase=', '--full-generate-key'],
        {
          env: { ...home.env, LC_ALL: 'C' },
          keys: answers.map(([after, typed]) => ({ after, type: `${typed}\r` })),
        },
      )
      assert.is(exit, 0, raw)
      await withServer(async (server, folder) => {
        const [, fingerprint = ''] =
          /^fpr:+([0-9A-F]{40}):/m.exec(home.run(['--with-colons', '-K']).stdout) ?? []
        const file = join(folder, 'flux.key')
        writeFileSync(file, home.run(['--armor', '--export-secret-keys', fingerprint]).stdout, {
          mode: 0o400,
        })
        assert.ok(existsSync(file))
        const settings = `sync-tag = verified/{branch}\nsigning-key = ${fingerprint}\nsigning-keys = ${file}`
        await assertMarks(
          server,
          settings,
          home.run(['--armor', '--export', fingerprint]).stdout,
          fingerprint,
        )
      })
    } finally {
      home.close()
    }
  },
)

test.run()
