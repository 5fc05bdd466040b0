// git-http-backend behind nginx and fcgiwrap with basic authentication, and git daemon, as their pages set them up.
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { otherAccount, ownAccount } from './support/account.ts'
import { daemonMissing, nginxMissing, startLine, startNginx } from './support/front.ts'
import { branch, commit } from './support/history.ts'
import { type Host, makeHost } from './support/host.ts'
import { blocksOf, placed } from './support/host-page.ts'
import { suite } from './support/suite.ts'
import { logged, makeVisitor, proved } from './support/visitor.ts'

const test = suite('hosts without ssh')

const noise = randomBytes(200_000).toString('hex')
const dev = makeVisitor(alice => [branch('large', [commit('noise', alice, { message: noise })])])
test.after(() => dev.close())

const webServer = otherAccount('www-data')
/** Where no other account can be had, that of the tests. */
const account = typeof webServer === 'string' ? ownAccount : webServer

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
      const environment = spyOnEnvironment(host, join(srv, 'main.git'))
      const nginx = await startNginx(host, (port, socket) =>
        placed(site, {
          'listen 443 ssl': `listen 127.0.0.1:${port}`,
          '/etc/nginx/git.htpasswd': htpasswd,
          '/srv/git': srv,
          '/run/fcgiwrap.socket': socket,
        }),
      )
      const pushed = (who: string, refspec: string, env = {}) => {
        const url = `http://${who}127.0.0.1:${nginx.port}/git/main.git`
        return dev.verdict(url, refspec, { GIT_TERMINAL_PROMPT: '0', ...env })
      }
      try {
        assert.match(await pushed('', 'good:refs/heads/main'), 'could not read Username')
        assert.match(await pushed('dev:wrong@', 'good:refs/heads/main'), 'Authentication failed')
        assert.is(await pushed('dev:swordfish@', 'bad:refs/heads/main'), 'unsigned')
        assert.is(await pushed('dev:swordfish@', 'good:refs/heads/main'), 'accepted')
        assert.is(await pushed('dev:swordfish@', 'bad:refs/heads/next'), 'accepted')
        // more than git sends at once: chunks, whose length nobody knows beforehand
        const chunked = {
          GIT_CONFIG_COUNT: '1',
          GIT_CONFIG_KEY_0: 'http.postBuffer',
          GIT_CONFIG_VALUE_0: '65536',
        }
        assert.is(await pushed('dev:swordfish@', 'large:refs/heads/main', chunked), 'accepted')
        const log = ['rejected dev', 'accepted dev', 'accepted dev', 'accepted dev']
        assert.equal(logged(join(srv, 'main.git')), log)
        const names = readFileSync(environment, 'utf8')
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
      assert.is(await dev.verdict(url, 'bad:refs/heads/main'), 'unsigned')
      assert.is(await dev.verdict(url, 'good:refs/heads/main'), 'accepted')
      assert.equal(logged(join(srv, 'main.git')), ['rejected null', 'accepted null'])
    } finally {
      await daemon.close()
    }
  })
})

/** A host whose account has a folder for repositories. */
async function withHost(action: (host: Host, srv: string) => Promise<void>): Promise<void> {
  const host = makeHost(account)
  try {
    host.protect(dev.alice)
    host.sh('mkdir srv')
    await action(host, join(host.home, 'srv'))
  } finally {
    host.close()
  }
}

/** Another hook writes down, into the file that is returned, what hooks are started with. */
function spyOnEnvironment(host: Host, gitDir: string): string {
  const file = join(host.home, 'environment')
  mkdirSync(join(gitDir, 'hooks'), { recursive: true })
  const script = `#!/bin/sh\n/usr/bin/env > ${file}\n`
  writeFileSync(join(gitDir, 'hooks/post-update'), script, { mode: 0o755 })
  return file
}

test.run()
