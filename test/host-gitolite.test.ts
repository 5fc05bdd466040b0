// Debian's gitolite3 behind sshd, set up with the commands of docs/hosts/gitolite.md.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Account, otherAccount, ownAccount } from './support/account.ts'
import { type Gitolite, startGitolite } from './support/gitolite.ts'
import { branch, commit } from './support/history.ts'
import { blocksOf } from './support/host-page.ts'
import { makeKey } from './support/keys.ts'
import { push } from './support/push.ts'
import { makeServer } from './support/repository.ts'
import { suite } from './support/suite.ts'

const test = suite('gitolite')

const alice = makeKey()
const client = makeServer({ hooks: false })
const base = client.write([commit('base', alice)])
client.write([branch('bad', [commit('unsigned')]), branch('good', [commit('signed', alice)])], base)
test.after(() => client.close())

const proved = 'proved: an unsigned commit to refs/heads/main is refused (unsigned)'

const git = otherAccount('git')
const accounts: readonly [name: string, account: Account | string][] = [
  ['the account of the tests', ownAccount],
  ['git', git],
]
/** What takes long is tried as one of them. */
const thorough = typeof git === 'string' ? ownAccount : git

for (const [name, account] of accounts) {
  const started = typeof account === 'string' ? { missing: account } : await startGitolite(account)
  test.after(async () => {
    if (started.missing === null) await started.close()
  })
  const declare = (what: string, action: (host: Gitolite) => Promise<void>) =>
    test.unless(started.missing, `as ${name}: ${what}`, async () => {
      if (started.missing === null) await action(started)
    })

  declare('all repositories, by the common hook', async host => {
    host.configure('repo testing open\n    RW+ = @all\n')
    assert.is(await pushed(host, 'open', 'bad'), 'accepted')
    host.protect(alice)
    const [setUp = '', proof = ''] = blocksOf('gitolite', 'All repositories', 'sh')
    host.sh(setUp)
    assert.match(host.sh(proof), proved)
    assert.match(host.sh(proof, { by: 'admin' }), proved)

    assert.is(await pushed(host, 'testing', 'bad'), 'unsigned')
    assert.is(await pushed(host, 'testing', 'good'), 'accepted')
    assert.equal(logged(host, 'testing'), ['rejected dev', 'accepted dev'])
    host.configure('repo testing open later\n    RW+ = @all\n')
    assert.is(await pushed(host, 'later', 'bad'), 'unsigned')
    assert.is(await pushed(host, 'later', 'good'), 'accepted')
  })

  if (account !== thorough) continue
  declare('some repositories, by option hook.pre-receive', async host => {
    const [setUp = '', proof = ''] = blocksOf('gitolite', 'Some repositories', 'sh')
    const [conf = ''] = blocksOf('gitolite', 'Some repositories', 'conf')
    const [make = ''] = blocksOf('gitolite', 'All repositories', 'sh')
    host.sh(`${make}\n${setUp}`)
    const free = conf.replace('testing', 'free').replaceAll(/^ *option .*\n/gm, '')
    // an option that names nothing: the driver runs nothing, and git accepts
    host.configure(`${conf.replace('testing', 'wrong').replace('= refwarden', '= no-such')}${free}`)
    assert.throws(() => host.sh('refwarden install ~/repositories/wrong.git'), /what its options name/)
    assert.is(await pushed(host, 'wrong', 'bad'), 'accepted')

    host.configure(`${conf.replace('testing', 'chosen')}${free}`)
    const shown = host.sh(proof.replace('testing', 'chosen'))
    assert.match(shown, "gitolite's driver runs it, as the options of the repository say")
    assert.match(shown, proved)
    assert.is(await pushed(host, 'chosen', 'bad'), 'unsigned')
    assert.is(await pushed(host, 'chosen', 'good'), 'accepted')
    assert.equal(logged(host, 'chosen'), ['rejected dev', 'accepted dev'])
  })

  declare('and away again', async host => {
    const [away = ''] = blocksOf('gitolite', 'Away again', 'sh')
    host.sh(away)
    assert.not.ok(existsSync(join(host.home, 'repositories/testing.git/hooks/pre-receive')))
    host.configure('repo testing free\n    RW+ = @all\n')
    assert.is(await pushed(host, 'free', 'bad'), 'accepted')
  })
}

/** What becomes of a push of a branch of the client to main. */
async function pushed(host: Gitolite, repo: string, name: string): Promise<string> {
  const refspec = `${name}:refs/heads/main`
  const { accepted, codes, output } = await push(client.client, host.url(repo), [refspec], {
    env: host.as('dev'),
  })
  return accepted ? 'accepted' : codes.join() || output
}

function logged(host: Gitolite, repo: string): readonly string[] {
  const log = readFileSync(join(host.home, `repositories/${repo}.git/refwarden.jsonl`), 'utf8')
  return log
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
    .map(({ verdict, pusher }) => `${verdict} ${pusher}`)
}

test.run()
