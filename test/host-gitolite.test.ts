// Debian's gitolite3 behind sshd, set up with the commands of docs/hosts/gitolite.md.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { otherAccount, ownAccount } from './support/account.ts'
import { type Gitolite, startGitolite } from './support/gitolite.ts'
import { blocksOf } from './support/host-page.ts'
import { suite } from './support/suite.ts'
import { logged, makeVisitor, proved } from './support/visitor.ts'

const test = suite('gitolite')

const dev = makeVisitor()
test.after(() => dev.close())

const git = otherAccount('git')
/** Where no other account can be had, that of the tests. */
const account = typeof git === 'string' ? ownAccount : git
const started = await startGitolite(account)
test.after(async () => {
  if (started.missing === null) await started.close()
})

function declare(what: string, action: (host: Gitolite) => Promise<void>): void {
  test.unless(started.missing, `as ${account.name}: ${what}`, async () => {
    if (started.missing === null) await action(started)
  })
}

declare('all repositories, by the common hook', async host => {
  host.configure('repo testing open\n    RW+ = @all\n')
  assert.is(await pushed(host, 'open', 'bad'), 'accepted')
  host.protect(dev.alice)
  const [setUp = '', proof = ''] = blocksOf('gitolite', 'All repositories', 'sh')
  host.sh(setUp)
  assert.match(host.sh(proof), proved)
  assert.match(host.sh(proof, { by: 'admin' }), proved)

  assert.is(await pushed(host, 'testing', 'bad'), 'unsigned')
  assert.is(await pushed(host, 'testing', 'good'), 'accepted')
  assert.equal(logged(repository(host, 'testing')), ['rejected dev', 'accepted dev'])
  host.configure('repo testing open later\n    RW+ = @all\n')
  assert.is(await pushed(host, 'later', 'bad'), 'unsigned')
  assert.is(await pushed(host, 'later', 'good'), 'accepted')
})

declare('some repositories, by option hook.pre-receive', async host => {
  const [make = ''] = blocksOf('gitolite', 'All repositories', 'sh')
  const [setUp = '', proof = ''] = blocksOf('gitolite', 'Some repositories', 'sh')
  const [conf = ''] = blocksOf('gitolite', 'Some repositories', 'conf')
  host.sh(`${make}\n${setUp}`)
  // an option that names nothing: the driver runs nothing, and git accepts
  host.configure(conf.replace('testing', 'wrong').replace('= refwarden', '= no-such'))
  assert.throws(() => host.sh('refwarden install ~/repositories/wrong.git'), /what its options name/)
  assert.is(await pushed(host, 'wrong', 'bad'), 'accepted')

  host.configure(conf.replace('testing', 'chosen'))
  const shown = host.sh(proof.replace('testing', 'chosen'))
  assert.match(shown, "gitolite's driver runs it, as the options of the repository say")
  assert.match(shown, proved)
  assert.is(await pushed(host, 'chosen', 'bad'), 'unsigned')
  assert.is(await pushed(host, 'chosen', 'good'), 'accepted')
  assert.equal(logged(repository(host, 'chosen')), ['rejected dev', 'accepted dev'])
})

declare('and away again', async host => {
  const [away = ''] = blocksOf('gitolite', 'Away again', 'sh')
  host.sh(away)
  assert.not.ok(existsSync(join(repository(host, 'testing'), 'hooks/pre-receive')))
  host.configure('repo testing free\n    RW+ = @all\n')
  assert.is(await pushed(host, 'free', 'bad'), 'accepted')
})

function pushed(host: Gitolite, repo: string, name: string): Promise<string> {
  return dev.verdict(host.url(repo), `${name}:refs/heads/main`, host.as('dev'))
}

function repository({ home }: Gitolite, name: string): string {
  return join(home, `repositories/${name}.git`)
}

test.run()
