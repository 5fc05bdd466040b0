import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { ObjectFormat } from '../src/core/oid.ts'
import { branch, commit, merge } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { misbehavingGit } from './support/misbehaving-git.ts'
import { push } from './support/push.ts'
import type { Server, ServerOptions } from './support/repository.ts'
import { makeServer, run } from './support/repository.ts'
import { startSshd } from './support/sshd.ts'
import { suite } from './support/suite.ts'
import { assertAccepted } from './support/verdicts.ts'

/*
 * Pushes as they come to a plain ssh server: openssh-server, git-shell, and an admin who lets clients send more of
 * their environment than he should.
 */
const sent = ['NODE_*', 'LC_*', 'LANG', 'GIT_TRACE*', 'GL_*']
const sshd = await startSshd({ config: sent.map(name => `AcceptEnv ${name}`) })

const test = suite('ssh')
test.after(async () => {
  if (sshd.missing === null) await sshd.close()
})

const alice = makeKey()

/** A push over ssh from what the client has; `env` is sent along. */
function pushTo(server: Server, refspecs: readonly string[], env: Readonly<Record<string, string>> = {}) {
  if (sshd.missing !== null) throw new Error(sshd.missing)
  const send = Object.keys(env).map(name => ` -o SendEnv=${name}`)
  const command = `${sshd.env['GIT_SSH_COMMAND']}${send.join('')}`
  return push(server.client, sshd.url(server.gitDir), refspecs, {
    env: { ...sshd.env, GIT_SSH_COMMAND: command, ...env },
  })
}

async function withServer(options: ServerOptions, action: (server: Server) => Promise<void>): Promise<void> {
  const server = makeServer({ trusted: [alice], ...options })
  try {
    await action(server)
  } finally {
    server.close()
  }
}

const formats: readonly ObjectFormat[] = ['sha1', 'sha256']
for (const format of formats)
  for (const mode of ['all', 'first-parent', 'none'] as const)
    test.unless(sshd.missing, `signed, unsigned and merged work, ${mode}, ${format}`, async () => {
      const configuration = `keys = @KEYS@\n[protect "refs/heads/main"]\nmode = ${mode}\n`
      await withServer({ format, configuration }, async server => {
        const seeded = server.seed([commit('base', alice)])
        const history = server.write(
          [
            branch('bad', [commit('u')]),
            branch('side', [commit('v')]),
            commit('s', alice),
            merge('side', alice, { name: 'm' }),
          ],
          seeded,
        )
        const bad = await pushTo(server, ['bad:main'])
        if (mode === 'none') assertAccepted(server, bad)
        else assert.equal([bad.accepted, bad.codes], [false, ['unsigned']], bad.output)
        if (mode === 'none') server.setRef('refs/heads/main', seeded.oid('base'))
        const merged = await pushTo(server, ['main'])
        if (mode === 'all')
          assert.equal([merged.accepted, merged.codes], [false, ['unsigned']], merged.output)
        else assertAccepted(server, merged)
        if (mode === 'all') assertAccepted(server, await pushTo(server, [`${history.oid('s')}:main`]))
        assert.is(server.decisions().at(-1).pusher, userInfo().username)
      })
    })

test.unless(sshd.missing, 'nothing but git runs there', async () => {
  if (sshd.missing !== null) return
  const ssh = sshd.env['GIT_SSH_COMMAND']?.split(' ').slice(1) ?? []
  const { exit, stdout } = await run('ssh', [...ssh, '-p', String(sshd.port), '127.0.0.1', 'id'])
  assert.equal([exit, stdout], [128, ''])
})

test.unless(sshd.missing, 'what the client sends of its environment changes nothing', async () => {
  await withServer({}, async server => {
    const seeded = server.seed([commit('base', alice)])
    server.write([branch('bad', [commit('u')]), branch('good', [commit('s', alice)])], seeded)
    const [loaded, traced] = [join(server.folder, 'loaded'), join(server.folder, 'traced')]
    const script = join(server.folder, 'evil.cjs')
    writeFileSync(script, `require('fs').writeFileSync(${JSON.stringify(loaded)}, ''); process.exit(0)\n`)
    const env = {
      NODE_OPTIONS: `--require=${script}`,
      NODE_PATH: server.folder,
      NODE_EXTRA_CA_CERTS: script,
      LC_ALL: 'tr_TR.UTF-8',
      LANG: 'tr_TR.UTF-8',
      GIT_TRACE2_EVENT: traced,
      GL_USER: 'mallory\n{"verdict":"accepted"}',
    }
    const { NODE_OPTIONS: _, NODE_EXTRA_CA_CERTS: __, ...harmless } = env
    for (const given of [env, harmless]) {
      const bad = await pushTo(server, ['bad:main'], given)
      assert.equal([bad.accepted, bad.codes], [false, ['unsigned']], bad.output)
    }
    assert.ok(!existsSync(loaded), 'the client ran code in the hook')
    const lines = server.decisions()
    assert.equal(
      lines.map(({ verdict }) => verdict),
      ['rejected', 'rejected'],
    )
    assertAccepted(server, await pushTo(server, ['good:main'], env))
  })
})

test.unless(sshd.missing, 'many at a time, each by its own merits', async () => {
  await withServer({ configuration: 'keys = @KEYS@\n[protect "refs/heads/*"]\n' }, async server => {
    const seeded = server.seed([commit('base', alice)])
    server.write([branch('bad', [commit('u')]), branch('good', [commit('s', alice)])], seeded)
    const names = ['good', 'bad', 'good', 'bad', 'good', 'bad']
    const results = await Promise.all(
      names.map((name, index) => pushTo(server, [`${name}:refs/heads/to-${index}`])),
    )
    assert.equal(
      results.map(({ accepted }) => (accepted ? 'good' : 'bad')),
      names,
      results.map(({ output }) => output).join('\n'),
    )
    assert.equal(
      [...server.refs().keys()],
      ['refs/heads/main', 'refs/heads/to-0', 'refs/heads/to-2', 'refs/heads/to-4'],
    )
    assert.is(server.decisions().length, names.length)
  })
})

test.unless(
  sshd.missing,
  'a client that goes away: the verdict is logged, and the next push is judged',
  async () => {
    await withServer({}, async server => {
      const seeded = server.seed([commit('base', alice)])
      server.write([branch('bad', [commit('u')]), branch('good', [commit('s', alice)])], seeded)
      const wrapped = misbehavingGit(server)
      const reached = join(server.folder, 'reached')
      wrapped.spoil('cat-file-1', `: >'${reached}'; sleep 1`)
      if (sshd.missing !== null) return
      const child = spawn('git', ['push', sshd.url(server.gitDir), 'bad:main'], {
        env: { ...process.env, ...sshd.env, GIT_DIR: server.client },
        detached: true,
        stdio: 'ignore',
      })
      await until(() => existsSync(reached))
      process.kill(-(child.pid ?? 0), 'SIGKILL')
      await until(() => server.decisions().length > 0)
      assert.is(server.decisions()[0].verdict, 'rejected')
      assert.equal([...server.refs()], [['refs/heads/main', seeded.oid('base')]])
      assert.is(server.git('fsck', '--strict'), '')
      wrapped.calls()
      wrapped.spoil(null)
      assertAccepted(server, await pushTo(server, ['good:main']))
    })
  },
)

/** Polls, for half a minute at the most. */
async function until(reached: () => boolean): Promise<void> {
  for (let tries = 0; tries < 600 && !reached(); tries += 1)
    await new Promise(resolve => setTimeout(resolve, 50))
  assert.ok(reached(), `it did not come to this: ${reached}`)
}

test.run()
