// git-http-backend behind nginx and fcgiwrap with basic authentication, and git daemon, as their pages set them up.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Account, otherAccount, ownAccount } from './support/account.ts'
import { daemonMissing, nginxMissing, startLine, startNginx } from './support/front.ts'
import { branch, commit } from './support/history.ts'
import { type Host, makeHost } from './support/host.ts'
import { blocksOf, placed } from './support/host-page.ts'
import { makeKey } from './support/keys.ts'
import { push } from './support/push.ts'
import { makeServer } from './support/repository.ts'
import { suite } from './support/suite.ts'

const test = suite('hosts without ssh')

const alice = makeKey()
const client = makeServer({ hooks: false })
const base = client.write([commit('base', alice)])
const noise = randomBytes(200_000).toString('hex')
client.write(
  [
    branch('bad', [commit('unsigned')]),
    branch('good', [commit('signed', alice), branch('large', [commit('noise', alice, { message: noise })])]),
  ],
  base,
)
test.after(() => client.close())

const proved = 'proved: an unsigned commit to refs/heads/main is refused (unsigned)'
const webServer = otherAccount('www-data')
/** Where no other account can be had, that of the tests. */
const account: Account = typeof webServer === 'string' ? ownAccount : webServer

test.unless(
  nginxMissing,
  `git-http-backend as ${account.name}: the pusher is whom nginx let in`,
  async () => {
    await withHost(async (host, srv) => {
      const [setUp = '', people = ''] = blocksOf('http-backend', 'Set up', 'sh')
      const [site = ''] = blocksOf('http-backend', 'Set up', 'nginx')
      const htpasswd = host.path('git.htpasswd')
      const shown = host.sh(placed(setUp, { '/srv/git': srv, 'www-data': account.name }), { by: 'admin' })
      assert.match(shown, proved)
      host.sh(placed(people, { '/etc/nginx/git.htpasswd': htpasswd }), { by: 'admin', input: 'swordfish\n' })
      spyOnEnvironment(host, join(srv, 'main.git'))
      const nginx = await startNginx(host, (port, socket) =>
        placed(site, {
          'listen 443 ssl': `listen 127.0.0.1:${port}`,
          '/etc/nginx/git.htpasswd': htpasswd,
          '/srv/git': srv,
          '/run/fcgiwrap.socket': socket,
        }),
      )
      try {
        const url = (who: string) => `http://${who}127.0.0.1:${nginx.port}/git/main.git`
        assert.match(await pushed(url(''), 'good'), 'could not read Username')
        assert.match(await pushed(url('dev:wrong@'), 'good'), 'Authentication failed')
        assert.is(await pushed(url('dev:swordfish@'), 'bad'), 'unsigned')
        assert.is(await pushed(url('dev:swordfish@'), 'good'), 'accepted')
        assert.is(await pushed(url('dev:swordfish@'), 'bad', 'next'), 'accepted')
        // more than git sends at once: chunks, whose length nobody knows beforehand
        const chunked = {
          GIT_CONFIG_COUNT: '1',
          GIT_CONFIG_KEY_0: 'http.postBuffer',
          GIT_CONFIG_VALUE_0: '65536',
        }
        assert.is(await pushed(url('dev:swordfish@'), 'large', 'main', chunked), 'accepted')
        assert.equal(logged(srv), ['rejected dev', 'accepted dev', 'accepted dev', 'accepted dev'])
        const names = readFileSync(join(host.home, 'environment'), 'utf8')
        assert.match(names, 'REMOTE_USER=dev\n')
        assert.not.match(names, /^(?:HOME|USER|LOGNAME|LANG)=/m)
      } finally {
        await nginx.close()
      }
    })
  },
)

test.unless(daemonMissing, `git daemon as ${account.name}: the signature alone decides`, async () => {
  await withHost(async (host, srv) => {
    const [setUp = '', line = ''] = blocksOf('git-daemon', 'Set up', 'sh')
    assert.match(host.sh(placed(setUp, { '/srv/git': srv })), proved)
    const daemon = await startLine(host, port => placed(line, { '/srv/git': srv, '9418': String(port) }))
    try {
      const url = `git://127.0.0.1:${daemon.port}/main.git`
      assert.is(await pushed(url, 'bad'), 'unsigned')
      assert.is(await pushed(url, 'good'), 'accepted')
      assert.equal(logged(srv), ['rejected null', 'accepted null'])
    } finally {
      await daemon.close()
    }
  })
})

/** A host whose account has a folder for repositories. */
async function withHost(action: (host: Host, srv: string) => Promise<void>): Promise<void> {
  const host = makeHost(account)
  try {
    host.protect(alice)
    host.sh('mkdir srv')
    await action(host, join(host.home, 'srv'))
  } finally {
    host.close()
  }
}

/** A former hook writes down what it is started with. */
function spyOnEnvironment(host: Host, gitDir: string): void {
  const hook = join(gitDir, 'hooks/post-update')
  if (!existsSync(join(gitDir, 'hooks'))) mkdirSync(join(gitDir, 'hooks'))
  writeFileSync(hook, `#!/bin/sh\n/usr/bin/env > ${join(host.home, 'environment')}\n`, { mode: 0o755 })
}

/** What becomes of a push of a branch of the client to main, or another branch. */
async function pushed(url: string, name: string, onto = 'main', env = {}): Promise<string> {
  const { accepted, codes, output } = await push(client.client, url, [`${name}:refs/heads/${onto}`], {
    env: { GIT_TERMINAL_PROMPT: '0', ...env },
  })
  return accepted ? 'accepted' : codes.join() || output
}

function logged(srv: string): readonly string[] {
  return readFileSync(join(srv, 'main.git/refwarden.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
    .map(({ verdict, pusher }) => `${verdict} ${pusher}`)
}

test.run()
