// Plain ssh with one account for everybody, as docs/hosts/plain-ssh.md sets it up.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { otherAccount, ownAccount } from './support/account.ts'
import { makeHost } from './support/host.ts'
import { blocksOf, placed } from './support/host-page.ts'
import { run } from './support/repository.ts'
import { startSshd } from './support/sshd.ts'
import { suite } from './support/suite.ts'
import { logged, makeVisitor, proved } from './support/visitor.ts'

const test = suite('plain ssh')

const git = otherAccount('git')
/** Where no other account can be had, that of the tests. */
const account = typeof git === 'string' ? ownAccount : git
const host = makeHost(account)
const sshd = await startSshd({
  account: account.name,
  authorizedKeys: join(host.home, '.ssh/authorized_keys'),
  env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
})
test.after(async () => {
  if (sshd.missing === null) await sshd.close()
  host.close()
})

test.unless(sshd.missing, `as ${account.name}: the key says who pushes`, async () => {
  if (sshd.missing !== null) return
  const dev = makeVisitor()
  try {
    for (const name of ['dev', 'stranger'])
      spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', host.path(name)])
    host.protect(dev.alice)
    const srv = join(host.home, 'srv')
    host.sh('mkdir srv')
    const [setUp = '', keys = ''] = blocksOf('plain-ssh', 'Set up', 'sh')
    const shown = host.sh(placed(setUp, { '/srv/git': srv, 'chown -R git:': `chown -R ${account.name}:` }), {
      by: 'admin',
    })
    assert.match(shown, proved)
    host.sh(placed(keys, { '~git': host.home, 'dev.pub': host.path('dev.pub') }))

    const repo = join(srv, 'main.git')
    const pushed = (who: string, name: string) =>
      dev.verdict(sshd.url(repo), `${name}:refs/heads/main`, sshd.envWith(host.path(who)))
    assert.match(await pushed('stranger', 'good'), 'Permission denied')
    assert.is(await pushed('dev', 'bad'), 'unsigned')
    assert.is(await pushed('dev', 'good'), 'accepted')
    assert.equal(logged(repo), ['rejected dev', 'accepted dev'])

    const ssh = sshd.envWith(host.path('dev'))['GIT_SSH_COMMAND']?.split(' ').slice(1) ?? []
    const other = await run('ssh', [...ssh, '-p', String(sshd.port), `${account.name}@127.0.0.1`, 'id'])
    assert.equal([other.exit, other.stdout], [128, ''])
  } finally {
    dev.close()
  }
})

test.run()
