// Gitea, Forgejo and GitLab by what their documentation says of their folders, hooks and environment.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'
import { ownAccount } from './support/account.ts'
import { type Host, makeHost } from './support/host.ts'
import { blocksOf, placed } from './support/host-page.ts'
import type { PushResult } from './support/push.ts'
import { run } from './support/repository.ts'
import { suite } from './support/suite.ts'
import { decisions, logged, makeVisitor, proved } from './support/visitor.ts'

const test = suite('forges')

const dev = makeVisitor()
test.after(() => dev.close())

/** Runs each executable file of the folders, in order, with the same input; fails with the first that fails. */
const runsEach = (folders: string) => `#!/bin/sh
name=$(basename "$0")
updates=$(cat; echo .)
for hook in ${folders}; do
  if [ -f "$hook" ] && [ -x "$hook" ]; then printf '%s' "\${updates%.}" | "$hook" || exit; fi
done
`

test('Gitea and Forgejo: the file beside theirs, GITEA_PUSHER_NAME', async () => {
  await withHost(async host => {
    const repositories = join(host.home, 'gitea-repositories')
    const repo = join(repositories, 'OWNER/REPO.git')
    await bare(repo)
    for (const hook of ['pre-receive', 'post-receive', 'update']) {
      executable(join(repo, `hooks/${hook}`), runsEach('"$GIT_DIR/hooks/$name.d/"*'))
      executable(join(repo, `hooks/${hook}.d/gitea`), '#!/bin/sh\ncat >/dev/null\n')
    }
    const [setUp = ''] = blocksOf('gitea', 'One repository', 'sh')
    const shown = host.sh(placed(setUp, { '/var/lib/gitea/data/gitea-repositories': repositories }))
    assert.match(shown, 'runs it, as Gitea and Forgejo have it')
    assert.match(shown, proved)
    const env = {
      GITEA_PUSHER_NAME: 'dev',
      GITEA_REPO_NAME: 'REPO',
      SSH_ORIGINAL_COMMAND: 'git-receive-pack',
    }
    assert.equal((await dev.push(repo, 'bad:refs/heads/main', { env })).codes, ['unsigned'])
    assert.ok((await dev.push(repo, 'good:refs/heads/main', { env })).accepted)
    assert.equal(logged(repo), ['rejected dev', 'accepted dev'])
  })
})

test('GitLab: one project, all projects, GL_USERNAME, and what the web shows', async () => {
  await withHost(async host => {
    const places = {
      '/var/opt/gitlab/git-data/repositories': join(host.home, 'repositories'),
      '/var/opt/gitlab/gitaly/custom_hooks': join(host.home, 'custom_hooks'),
    }
    const [one = ''] = blocksOf('gitlab', 'One project', 'sh')
    const [all = ''] = blocksOf('gitlab', 'All projects', 'sh')
    const [, named = ''] = /^repo=(.*)$/m.exec(one) ?? []
    const repo = named.replace(
      '/var/opt/gitlab/git-data/repositories',
      places['/var/opt/gitlab/git-data/repositories'],
    )
    await bare(repo)
    // Gitaly names its own folder of hooks to git, and runs those of the repository, then those for all
    const gitaly = join(host.home, 'gitaly')
    const folders = `"$PWD/custom_hooks/$name" "$PWD/custom_hooks/$name.d/"* "${places['/var/opt/gitlab/gitaly/custom_hooks']}/$name.d/"*`
    for (const hook of ['pre-receive', 'post-receive']) executable(join(gitaly, hook), runsEach(folders))
    const pushed = (name: string, protocol: string): Promise<PushResult> =>
      dev.push(repo, `${name}:refs/heads/main`, {
        args: [`--receive-pack=git -c core.hooksPath='${gitaly}' receive-pack`],
        env: { GL_USERNAME: 'dev', GL_ID: 'user-7', GL_PROTOCOL: protocol, GL_REPOSITORY: 'project-1' },
      })
    const onWeb = ({ remote }: PushResult) => remote.filter(line => line.startsWith('GL-HOOK-ERR: '))

    const inFirst = {
      '/var/opt/gitlab/git-data/repositories': places['/var/opt/gitlab/git-data/repositories'],
    }
    assert.match(host.sh(placed(one, inFirst)), proved)
    const refused = await pushed('bad', 'web')
    assert.equal(refused.codes, ['unsigned'])
    const [{ id }] = decisions(repo)
    assert.equal(onWeb(refused), [
      'GL-HOOK-ERR: main: unsigned: it has no signature',
      `GL-HOOK-ERR: refused by refwarden; push ${id} in its log`,
    ])
    const bySsh = await pushed('bad', 'ssh')
    assert.equal([bySsh.codes, onWeb(bySsh)], [['unsigned'], []])

    host.sh(
      `${placed(one, inFirst)}\n${placed(all, { '/var/opt/gitlab/gitaly/custom_hooks': places['/var/opt/gitlab/gitaly/custom_hooks'] })}`,
    )
    assert.equal((await pushed('bad', 'http')).codes, ['unsigned'])
    assert.ok((await pushed('good', 'http')).accepted)
    assert.equal(logged(repo), ['rejected dev', 'rejected dev', 'rejected dev', 'accepted dev'])

    writeFileSync(host.config, 'keys = /nowhere\n[protect "refs/heads/main"]\n')
    const broken = await pushed('+bad', 'web')
    assert.not.ok(broken.accepted)
    assert.match(onWeb(broken).join('\n'), 'its refwarden set-up is broken')
  })
})

async function withHost(action: (host: Host) => Promise<void>): Promise<void> {
  const host = makeHost(ownAccount)
  try {
    host.protect(dev.alice)
    await action(host)
  } finally {
    host.close()
  }
}

async function bare(path: string): Promise<void> {
  const { exit, stderr } = await run('git', ['init', '--quiet', '--bare', '--template=', path])
  assert.is(exit, 0, stderr)
}

function executable(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text, { mode: 0o755 })
}

test.run()
