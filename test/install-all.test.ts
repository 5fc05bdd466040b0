// `install --all` and `uninstall --all` on a tree of repositories: what becomes of each, and what git then does.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { renderTable } from '../src/core/fleet-table.ts'
import { commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { push } from './support/push.ts'
import type { Run, Server } from './support/repository.ts'
import { makeServer } from './support/repository.ts'
import { suite } from './support/suite.ts'

const test = suite('install --all')
const alice = makeKey({ name: 'Alice' })

test('every repository gets the hooks, one of each set-up is tried, and all comes back as it was', async () => {
  await withTree(async ({ server, tree, all }) => {
    const names = ['a.git', 'b.git', 'team/c.git', 'team/c.git/inside.git']
    for (const name of names) bare(join(tree, name))
    writeFileSync(join(tree, 'b.git/refwarden.ini'), '[protect "refs/heads/own"]\n')
    writeFileSync(join(tree, 'a.git/hooks/pre-receive'), '#!/bin/sh\necho former\n', { mode: 0o755 })
    const before = hooksIn(tree, names)

    const dry = await all('install', '--dry-run')
    assert.is(dry.exit, 0, dry.stderr)
    assert.match(dry.stdout, '4 to install\n')
    assert.not.match(dry.stdout, 'proved')
    assert.equal(hooksIn(tree, names), before)

    const done = await all('install')
    assert.is(done.exit, 0, done.stdout + done.stderr)
    assert.match(done.stdout, 'tried by a push: 2 of 4, one of each set-up')
    assert.is(
      done.stdout.split('proved: an unsigned commit to refs/heads/main is refused (unsigned)').length,
      3,
    )
    assert.match(done.stdout, `installed  ${join(tree, 'team/c.git/inside.git')}\n`)
    assert.match(
      done.stdout,
      `installed  ${join(tree, 'a.git')}\n             the former hook runs after it\n`,
    )
    assert.match(done.stdout, /\n\n4 installed\n$/)

    const history = server.write([commit('signed', alice), commit('unsigned')])
    for (const name of names) {
      const sent = async (oid: string) =>
        (await push(server.client, join(tree, name), [`${oid}:refs/heads/main`])).accepted
      assert.equal(
        [await sent(history.oid('unsigned')), await sent(history.oid('signed'))],
        [false, true],
        name,
      )
    }

    const when = statSync(join(tree, 'b.git/hooks/pre-receive')).mtimeMs
    assert.match((await all('install')).stdout, /\n\n4 already there\n$/)
    assert.is(statSync(join(tree, 'b.git/hooks/pre-receive')).mtimeMs, when)

    assert.match((await all('uninstall', '--dry-run')).stdout, /\n\n4 to remove\n$/)
    const gone = await all('uninstall')
    assert.is(gone.exit, 0)
    assert.match(gone.stdout, /\n\n4 removed\n$/)
    assert.equal(hooksIn(tree, names), before)
    assert.match((await all('uninstall')).stdout, /\n\n4 nothing to do\n$/)
  })
})

test('one that cannot have them is named with the reason, and holds up no other', async () => {
  await withTree(async ({ tree, all }) => {
    for (const name of ['good.git', 'obstacle.git', 'elsewhere.git', 'linked.git', 'stale.git'])
      bare(join(tree, name))
    mkdirSync(join(tree, 'obstacle.git/hooks/pre-receive'))
    git('--git-dir', join(tree, 'elsewhere.git'), 'config', 'core.hooksPath', '/nowhere')
    writeFileSync(join(tree, 'linked.git/gl-conf'), '')
    symlinkSync('/nowhere', join(tree, 'linked.git/hooks/pre-receive'))
    const { exit, stdout } = await all('install')
    assert.is(exit, 2)
    assert.match(stdout, /\n\n2 installed, 3 refused\n$|\n\n3 refused, 2 installed\n$/)
    assert.match(
      stdout,
      `refused    ${join(tree, 'obstacle.git')}\n             ${join(tree, 'obstacle.git')}/hooks/pre-receive: neither a file nor a link to one\n             move it away and install again\n`,
    )
    assert.match(stdout, 'git takes its hooks from /nowhere, outside the repository')
    assert.match(stdout, 'a link that gitolite sets and resets')
    const stub = join(tree, 'stale.git/hooks/pre-receive')
    writeFileSync(stub, readFileSync(stub, 'utf8').replace(/exec .*/, 'exit 0'))
    assert.match((await all('install', '--dry-run')).stdout, `to update      ${join(tree, 'stale.git')}\n`)
    assert.match((await all('install')).stdout, `updated        ${join(tree, 'stale.git')}\n`)
    chmodSync(stub, 0o644) // git would pass it over
    assert.match((await all('install')).stdout, `updated        ${join(tree, 'stale.git')}\n`)
    assert.is(statSync(stub).mode & 0o777, 0o755)
  })
})

test('core.hooksPath of the account, also for some repositories alone, is met in a tree too', async () => {
  await withTree(async ({ server, tree, all }) => {
    for (const name of ['one.git', 'two.git']) bare(join(tree, name))
    const [main, more] = [join(server.folder, 'gitconfig'), join(server.folder, 'more')]
    writeFileSync(more, '[core]\n\thooksPath = /nowhere\n')
    const tried = async (text: string) => {
      writeFileSync(main, text)
      return (await all('install', '--dry-run')).stdout.trimEnd().split('\n').at(-1)
    }
    process.env['GIT_CONFIG_GLOBAL'] = main
    try {
      assert.is(await tried('[user]\n\tname = x\n'), '2 to install')
      assert.is(
        await tried(`[includeIf "gitdir:${join(tree, 'one.git')}"]\n\tpath = ${more}\n`),
        '1 refused, 1 to install',
      )
      assert.is(await tried(`[include]\n\tpath = ${more}\n`), '2 refused')
      assert.is(await tried('[CORE]\n\tHOOKSPATH = /nowhere\n'), '2 refused')
    } finally {
      process.env['GIT_CONFIG_GLOBAL'] = '/dev/null'
    }
  })
})

test('links and work trees are passed over, and said', async () => {
  await withTree(async ({ server, tree, all }) => {
    bare(join(tree, 'a.git'))
    git('init', '--quiet', join(tree, 'work'))
    symlinkSync('.', join(tree, 'loop'))
    symlinkSync(server.gitDir, join(tree, 'out.git'))
    const { exit, stdout } = await all('install', '--dry-run')
    assert.is(exit, 0)
    assert.match(stdout, '\n\n1 to install, 2 passed over\n')
    assert.match(stdout, `passed over  ${join(tree, 'work')}\n               not bare\n`)
    assert.match(stdout, `a link out of the tree, to ${server.gitDir}; name that folder itself`)
    const nothing = join(server.folder, 'nothing')
    mkdirSync(nothing)
    assert.is(
      (await server.refwarden(['install', '--config', server.config, '--all', nothing])).stdout,
      '\nno repository\n',
    )
    const { exit: missing, stderr } = await server.refwarden(['uninstall', '--all', '/nowhere'])
    assert.equal([missing, stderr.split('\n')[0]], [2, 'error: /nowhere: ENOENT'])
  })
})

test('a tree in which an unsigned commit passes is not called proved', async () => {
  await withTree(async ({ server, tree, all }) => {
    bare(join(tree, 'a.git'))
    server.configure('keys = @KEYS@\n[protect "refs/heads/main"]\nmode = none\n')
    assert.match((await all('install')).stdout, 'nothing is protected yet, so every push is accepted')
    server.configure('nonsense\n')
    assert.match((await all('install')).stdout, 'and so is every push:')
  })
})

test('--dry-run of named repositories', async () => {
  await withTree(async ({ server, tree }) => {
    bare(join(tree, 'a.git'))
    const args = [
      'install',
      '--dry-run',
      '--config',
      server.config,
      join(tree, 'a.git'),
      join(tree, 'none.git'),
    ]
    const { exit, stdout } = await server.refwarden(args)
    assert.is(exit, 2)
    assert.match(stdout, '1 to install, 1 refused\n')
    assert.equal(
      readdirSync(join(tree, 'a.git/hooks')).filter(name => !name.endsWith('.sample')),
      [],
    )
  })
})

test('what is hostile in a path is printed as text', () => {
  const lines = renderTable([{ path: '/a\u001b[2J', state: 'refused', why: 'b\u0007\nc', remedy: '\u202e' }])
  for (const line of lines) assert.not.match(line, /[\p{Cc}\p{Cf}]/u)
  assert.is(lines.length, 6)
})

test.run()

type Tree = {
  readonly server: Server
  readonly tree: string
  all(...args: readonly string[]): Promise<Run>
}

async function withTree(action: (tree: Tree) => Promise<void>): Promise<void> {
  const server = makeServer({ trusted: [alice] })
  const tree = join(server.folder, 'tree')
  mkdirSync(tree)
  try {
    await action({
      server,
      tree,
      all: (command = '', ...args) =>
        server.refwarden([command, '--config', server.config, ...args, '--all', tree], { cwd: '/' }),
    })
  } finally {
    server.close()
  }
}

function bare(path: string): void {
  git('init', '--quiet', '--bare', path)
}

function git(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('git', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}

/** Names, modes and texts of what is in the folders of hooks. */
function hooksIn(tree: string, names: readonly string[]) {
  return names.map(name => {
    const folder = join(tree, name, 'hooks')
    return readdirSync(folder)
      .sort()
      .map(file => [file, statSync(join(folder, file)).mode, readFileSync(join(folder, file), 'utf8')])
  })
}
