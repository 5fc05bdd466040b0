// Plain ssh with one account for everybody, as docs/hosts/plain-ssh.md sets it up.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { otherAccount, ownAccount } from './support/account.ts'
import { branch, commit } from './support/history.ts'
import { makeHost } from './support/host.ts'
import { blocksOf, placed } from './support/host-page.ts'
import { makeKey } from './support/keys.ts'
import { push } from './support/push.ts'
import { makeServer, run } from './support/repository.ts'
import { startSshd } from './support/sshd.ts'
import { suite } from './support/suite.ts'

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
  const alice = makeKey()
  const client = makeServer({ hooks: false })
  try {
    const base = client.write([commit('base', alice)])
    client.write([branch('bad', [commit('unsigned')]), branch('good', [commit('signed', alice)])], base)
    for (const name of ['dev', 'stranger'])
      spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', host.path(name)])
    host.protect(alice)
    const srv = join(host.home, 'srv')
    host.sh('mkdir srv')
    const [setUp = '', keys = ''] = blocksOf('plain-ssh', 'Set up', 'sh')
    const shown = host.sh(placed(setUp, { '/srv/git': srv, 'chown -R git:': `chown -R ${account.name}:` }), {
      by: 'admin',
    })
    assert.match(shown, 'proved: an unsigned commit to refs/heads/main is refused (unsigned)')
    host.sh(placed(keys, { '~git': host.home, 'dev.pub': host.path('dev.pub') }))

    const pushed = async (who: string, name: string) => {
      const env = sshd.envWith(host.path(who))
      const url = sshd.url(join(srv, 'main.git'))
      const { accepted, codes, output } = await push(client.client, url, [`${name}:refs/heads/main`], { env })
      return accepted ? 'accepted' : codes.join() || output
    }
    assert.match(await pushed('stranger', 'good'), 'Permission denied')
    assert.is(await pushed('dev', 'bad'), 'unsigned')
    assert.is(await pushed('dev', 'good'), 'accepted')
    const log = readFileSync(join(srv, 'main.git/refwarden.jsonl'), 'utf8').trimEnd().split('\n')
    assert.equal(
      log.map(line => JSON.parse(line)).map(({ verdict, pusher }) => `${verdict} ${pusher}`),
      ['rejected dev', 'accepted dev'],
    )

    const ssh = sshd.envWith(host.path('dev'))['GIT_SSH_COMMAND']?.split(' ').slice(1) ?? []
    const other = await run('ssh', [...ssh, '-p', String(sshd.port), `${account.name}@127.0.0.1`, 'id'])
    assert.equal([other.exit, other.stdout], [128, ''])
  } finally {
    client.close()
  }
})

test.run()
