// `refwarden install` and `uninstall` with the built binary, on every kind of repository, by what git then does.
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'
import { commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { binary } from './support/paths.ts'
import type { Run, Server, ServerOptions } from './support/repository.ts'
import { makeServer, run } from './support/repository.ts'
import { suite } from './support/suite.ts'

const test = suite('install')
const alice = makeKey()

test('a bare repository: unsigned refused, signed accepted, and gone again', async () => {
  await withServer({ trusted: [alice] }, async server => {
    const before = snapshot(server.gitDir)
    const installed = await install(server)
    assert.is(installed.exit, 0, installed.stderr)
    assert.match(installed.stdout, 'proved: an unsigned commit to refs/heads/main is refused (unsigned)\n')
    const history = server.write([commit('signed', alice), commit('unsigned')])
    const refused = await server.push([`${history.oid('unsigned')}:refs/heads/main`])
    assert.equal(refused.codes, ['unsigned'])
    assert.not.ok(refused.accepted)
    const accepted = await server.push([`${history.oid('signed')}:refs/heads/main`])
    assert.ok(accepted.accepted, accepted.output)
    assert.is((await uninstall(server)).exit, 0)
    assert.equal(onlyHooks(snapshot(server.gitDir)), onlyHooks(before))
    const open = await server.push([`${history.oid('unsigned')}:refs/heads/main`])
    assert.ok(open.accepted, open.output)
  })
})

test('the stubs are regular executables, and the proof leaves nothing behind', async () => {
  await withServer({ trusted: [alice] }, async server => {
    await install(server)
    for (const hook of ['pre-receive', 'post-receive']) {
      const stats = lstatSync(join(server.gitDir, 'hooks', hook))
      assert.ok(stats.isFile())
      assert.is(stats.mode & 0o7777, 0o755)
      assert.match(readFileSync(join(server.gitDir, 'hooks', hook), 'utf8'), /^# refwarden-stub: 1$/m)
    }
    assert.equal(server.decisions(), [])
    assert.equal([...server.refs()], [])
  })
})

test('without a key: installed, refused, and said why', async () => {
  await withServer({}, async server => {
    const { exit, stdout } = await install(server)
    assert.is(exit, 0)
    assert.match(stdout, 'proved: an unsigned commit is refused, and so is every push to refs/heads/main:\n')
    assert.match(stdout, server.keys)
    const history = server.write([commit('signed', alice)])
    const refused = await server.push([`${history.oid('main')}:refs/heads/main`])
    assert.not.ok(refused.accepted)
    assert.is(server.decisions().at(-1).verdict, 'fault')
    server.trust(alice)
    const accepted = await server.push([`${history.oid('main')}:refs/heads/main`])
    assert.ok(accepted.accepted, accepted.output)
  })
})

test('a broken configuration: installed, every push refused, and said why', async () => {
  await withServer({ configuration: 'keys = @KEYS@\nmod = all\n' }, async server => {
    const { exit, stdout } = await install(server)
    assert.is(exit, 0)
    assert.match(stdout, 'and so is every push:\n')
    assert.match(stdout, `${server.config}:2: `)
  })
})

test('a configuration that protects nothing is said to', async () => {
  await withServer({ configuration: '; nothing yet\n' }, async server => {
    const { exit, stdout } = await install(server)
    assert.is(exit, 0)
    assert.match(stdout, 'nothing is protected yet, so every push is accepted')
    assert.not.match(stdout, 'proved')
  })
})

test('what is proved is the configuration of this repository', async () => {
  await withServer({ trusted: [alice] }, async server => {
    const own = join(server.gitDir, 'refwarden.ini')
    writeFileSync(
      own,
      'log = /nonexistent/log\n[protect "refs/heads/main"]\nmode = none\n[protect "refs/heads/rel/*"]\n',
    )
    const { stdout } = await install(server)
    assert.match(stdout, 'proved: an unsigned commit to refs/heads/rel/refwarden-proof is refused (unsigned)')
    writeFileSync(own, '[protect "refs/heads/main"]\nmode = none\n')
    assert.match((await install(server)).stdout, 'nothing is protected yet')
  })
})

test('SHA-256', async () => {
  await withServer({ format: 'sha256', trusted: [alice] }, async server => {
    assert.match((await install(server)).stdout, 'is refused (unsigned)')
  })
})

test('fsckObjects is recommended until it is set', async () => {
  await withServer({ trusted: [alice] }, async server => {
    const line = `recommended: git --git-dir='${server.gitDir}' config receive.fsckObjects true`
    assert.match((await install(server)).stdout, line)
    server.git('config', 'receive.fsckObjects', 'true')
    assert.not.match((await install(server)).stdout, 'recommended')
  })
})

const mark = '#!/bin/sh\ncat >former-input\necho former hook\n'
const formers: readonly [name: string, runs: boolean, make: (hooks: string) => void][] = [
  ['an executable', true, hooks => writeFileSync(join(hooks, 'pre-receive'), mark, { mode: 0o755 })],
  ['one of mode 0700', true, hooks => writeFileSync(join(hooks, 'pre-receive'), mark, { mode: 0o700 })],
  [
    'one that is not executable',
    false,
    hooks => writeFileSync(join(hooks, 'pre-receive'), mark, { mode: 0o640 }),
  ],
  [
    'a relative link',
    true,
    hooks => {
      writeFileSync(join(hooks, 'real hook'), mark, { mode: 0o755 })
      symlinkSync('./real hook', join(hooks, 'pre-receive'))
    },
  ],
  ['a link to nothing', false, hooks => symlinkSync('../nowhere', join(hooks, 'pre-receive'))],
  [
    'an empty file without a line end, and a post-receive',
    false,
    hooks => {
      writeFileSync(join(hooks, 'pre-receive'), '')
      writeFileSync(join(hooks, 'post-receive'), '#!/bin/sh\necho after', { mode: 0o711 })
    },
  ],
]

for (const [name, runs, make] of formers)
  test(`a former hook, ${name}: ${runs ? 'runs second' : 'is kept'}, and comes back as it was`, async () => {
    await withServer({ trusted: [alice] }, async server => {
      const hooks = join(server.gitDir, 'hooks')
      make(hooks)
      const before = onlyHooks(snapshot(server.gitDir))
      for (const _time of ['first', 'again']) assert.is((await install(server)).exit, 0)
      const history = server.write([commit('signed', alice), commit('unsigned')])
      const refused = await server.push([`${history.oid('unsigned')}:refs/heads/main`])
      assert.equal(refused.codes, ['unsigned'])
      assert.not.match(refused.output, 'former hook')
      const accepted = await server.push([`${history.oid('signed')}:refs/heads/main`])
      assert.ok(accepted.accepted, accepted.output)
      assert.is(accepted.output.includes('former hook'), runs)
      assert.is(accepted.output.includes('after'), existsSync(join(hooks, 'refwarden-chained-post-receive')))
      assert.not.ok(readdirSync(hooks).some(file => file.startsWith('pre-receive.')))
      assert.is((await uninstall(server)).exit, 0)
      assert.equal(onlyHooks(snapshot(server.gitDir)), before)
      const again = await uninstall(server)
      assert.is(again.exit, 0, again.stderr)
      assert.equal(onlyHooks(snapshot(server.gitDir)), before)
    })
  })

test('the verdict of the former hook counts', async () => {
  await withServer({ trusted: [alice] }, async server => {
    writeHook(server, 'pre-receive', '#!/bin/sh\nexit 7\n')
    await install(server)
    const history = server.write([commit('signed', alice)])
    assert.not.ok((await server.push([`${history.oid('main')}:refs/heads/main`])).accepted)
  })
})

test('installed again, a stub of old is brought up to date', async () => {
  await withServer({ trusted: [alice] }, async server => {
    await install(server)
    const path = join(server.gitDir, 'hooks/pre-receive')
    const stub = readFileSync(path, 'utf8')
    writeFileSync(path, stub.replace(/exec .*/, 'exit 0'))
    const { stdout } = await install(server)
    assert.match(stdout, `${path}: updated`)
    assert.is(readFileSync(path, 'utf8'), stub)
  })
})

test('another program wrote over the stub: neither command loses a hook', async () => {
  await withServer({ trusted: [alice] }, async server => {
    writeHook(server, 'pre-receive', mark)
    await install(server)
    rmSync(join(server.gitDir, 'hooks/pre-receive'))
    writeHook(server, 'pre-receive', '#!/bin/sh\n# of another program\n')
    const before = snapshot(server.gitDir)
    for (const command of [install, uninstall]) {
      const { exit, stderr } = await command(server)
      assert.is(exit, 2)
      assert.match(stderr, 'another program wrote over')
      assert.equal(snapshot(server.gitDir), before)
    }
  })
})

test("a hook that is not refwarden's is not removed", async () => {
  await withServer({}, async server => {
    writeHook(server, 'pre-receive', mark)
    const before = snapshot(server.gitDir)
    const { exit, stdout } = await uninstall(server)
    assert.is(exit, 0)
    assert.match(stdout, 'left as it is')
    assert.equal(snapshot(server.gitDir), before)
  })
})

test('an installation cut short before the stub was written is finished, or taken back', async () => {
  for (const command of [install, uninstall])
    await withServer({ trusted: [alice] }, async server => {
      writeHook(server, 'pre-receive', mark)
      const before = onlyHooks(snapshot(server.gitDir))
      const hooks = join(server.gitDir, 'hooks')
      assert.is((await run('ln', ['pre-receive', 'refwarden-chained-pre-receive'], { cwd: hooks })).exit, 0)
      assert.is((await command(server)).exit, 0)
      if (command === install) assert.is((await uninstall(server)).exit, 0)
      assert.equal(onlyHooks(snapshot(server.gitDir)), before)
    })
})

/** Does what the hook does that Gitea and Forgejo generate: runs each file of the folder, fails where one failed. */
const giteaHook = `#!/bin/sh
updates=$(cat)
failed=0
for hook in "$GIT_DIR/hooks/$(basename "$0").d/"*; do
  test -f "$hook" && test -x "$hook" || continue
  echo "$updates" | "$hook" || failed=$?
done
exit $failed
`

test('Gitea and Forgejo: beside their own hook, which runs it', async () => {
  await withServer({ trusted: [alice] }, async server => {
    for (const hook of ['pre-receive', 'post-receive']) {
      writeHook(server, hook, giteaHook)
      mkdirSync(join(server.gitDir, `hooks/${hook}.d`))
      writeHook(server, `${hook}.d/gitea`, `#!/bin/sh\necho of gitea: ${hook}\n`)
    }
    const before = snapshot(server.gitDir)
    const { exit, stdout, stderr } = await install(server)
    assert.is(exit, 0, stderr)
    assert.match(stdout, 'is refused (unsigned)')
    const added = [...snapshot(server.gitDir).keys()].filter(path => !before.has(path))
    assert.equal(added, ['hooks/post-receive.d/refwarden', 'hooks/pre-receive.d/refwarden'])
    const history = server.write([commit('signed', alice), commit('unsigned')])
    const refused = await server.push([`${history.oid('unsigned')}:refs/heads/main`])
    assert.equal(refused.codes, ['unsigned'])
    assert.not.ok(refused.accepted)
    const accepted = await server.push([`${history.oid('signed')}:refs/heads/main`])
    assert.ok(accepted.accepted, accepted.output)
    assert.match(accepted.output, 'of gitea: post-receive')
    assert.is((await uninstall(server)).exit, 0)
    assert.equal(onlyHooks(snapshot(server.gitDir)), onlyHooks(before))
  })
})

test('a .d folder that no hook reads is not relied on', async () => {
  await withServer({ trusted: [alice] }, async server => {
    mkdirSync(join(server.gitDir, 'hooks/pre-receive.d'))
    await install(server)
    const history = server.write([commit('unsigned')])
    assert.equal((await server.push([`${history.oid('main')}:refs/heads/main`])).codes, ['unsigned'])
  })
})

test('GitLab: custom_hooks, by the folder or by hashed storage', async () => {
  await withServer({ trusted: [alice] }, async server => {
    const hashed = join(server.folder, '@hashed/6b/86/6b86.git')
    mkdirSync(dirname(hashed), { recursive: true })
    mkdirSync(join(server.gitDir, 'custom_hooks'))
    assert.is((await run('git', ['init', '--quiet', '--bare', hashed])).exit, 0)
    for (const repo of [server.gitDir, hashed]) {
      const { exit, stdout } = await refwarden('install', server, [repo])
      assert.is(exit, 0)
      assert.match(stdout, 'GitLab runs what is in custom_hooks')
      for (const hook of ['pre-receive', 'post-receive']) {
        assert.ok(existsSync(join(repo, `custom_hooks/${hook}.d/refwarden`)))
        assert.not.ok(existsSync(join(repo, 'hooks', hook)))
      }
      const update = `${'0'.repeat(40)} ${'1'.repeat(40)} refs/heads/main\n`
      const hook = join(repo, 'custom_hooks/pre-receive.d/refwarden')
      const judged = await run(hook, [], { cwd: repo, env: { GIT_DIR: repo }, input: update })
      assert.not.equal(judged.exit, 0)
      assert.is((await refwarden('uninstall', server, [repo])).exit, 0)
      assert.not.ok(existsSync(hook))
    }
  })
})

test('core.hooksPath inside the repository is where the stub goes', async () => {
  await withServer({ trusted: [alice] }, async server => {
    server.git('config', 'core.hooksPath', 'my hooks')
    assert.is((await install(server)).exit, 0)
    assert.ok(existsSync(join(server.gitDir, 'my hooks/pre-receive')))
    const history = server.write([commit('unsigned')])
    assert.equal((await server.push([`${history.oid('main')}:refs/heads/main`])).codes, ['unsigned'])
    assert.is((await uninstall(server)).exit, 0)
    assert.not.ok(existsSync(join(server.gitDir, 'my hooks/pre-receive')))
  })
})

const elsewhere: readonly [name: string, set: (server: Server, folder: string) => Record<string, string>][] =
  [
    [
      'core.hooksPath of the repository',
      (server, folder) => {
        server.git('config', 'core.hooksPath', folder)
        return {}
      },
    ],
    [
      'core.hooksPath of an included file',
      (server, folder) => {
        const file = join(server.folder, 'included')
        writeFileSync(file, `[core]\n\thooksPath = ${folder}\n`)
        server.git('config', 'include.path', file)
        return {}
      },
    ],
    [
      'core.hooksPath of the account',
      (server, folder) => {
        const file = join(server.folder, 'account')
        writeFileSync(file, `[core]\n\thooksPath = ${folder}\n`)
        return { GIT_CONFIG_GLOBAL: file }
      },
    ],
    [
      'core.hooksPath of the machine',
      (server, folder) => {
        const file = join(server.folder, 'machine')
        writeFileSync(file, `[core]\n\thooksPath = ${folder}\n`)
        return { GIT_CONFIG_NOSYSTEM: '0', GIT_CONFIG_SYSTEM: file }
      },
    ],
    [
      'a link in the place of hooks',
      (server, folder) => {
        mkdirSync(folder)
        rmSync(join(server.gitDir, 'hooks'), { recursive: true })
        symlinkSync(folder, join(server.gitDir, 'hooks'))
        return {}
      },
    ],
  ]

for (const [name, set] of elsewhere)
  test(`hooks outside the repository are a fault: ${name}`, async () => {
    await withServer({ trusted: [alice] }, async server => {
      const folder = join(server.folder, 'shared')
      const env = set(server, folder)
      const before = snapshot(server.gitDir)
      const { exit, stdout, stderr } = await refwarden('install', server, [server.gitDir], env)
      assert.is(exit, 2, stdout)
      assert.match(stderr, folder)
      assert.match(stderr, /outside the repository|not the same for every account/)
      assert.equal(snapshot(server.gitDir), before)
      assert.not.ok(existsSync(join(folder, 'pre-receive')))
    })
  })

test('gitolite: its links are left to it, and a stub in its common folder is known', async () => {
  await withServer({ trusted: [alice] }, async server => {
    const common = join(server.folder, 'common')
    mkdirSync(common)
    writeFileSync(join(server.gitDir, 'gl-conf'), '')
    writeFileSync(join(common, 'pre-receive'), mark, { mode: 0o755 })
    const link = join(server.gitDir, 'hooks/pre-receive')
    symlinkSync(join(common, 'pre-receive'), link)
    const refused = await install(server)
    assert.is(refused.exit, 2)
    assert.match(refused.stderr, 'gitolite')
    assert.is(readlinkSync(link), join(common, 'pre-receive'))
    rmSync(link)
    await install(server)
    renameSync(link, join(common, 'pre-receive'))
    symlinkSync(join(common, 'pre-receive'), link)
    const known = await install(server)
    assert.is(known.exit, 0, known.stderr)
    assert.match(known.stdout, 'the same stub, by its link')
    assert.match(known.stdout, 'is refused (unsigned)')
    writeFileSync(
      join(common, 'pre-receive'),
      readFileSync(link, 'utf8').replace(/--config '.*'/, "--config '/other'"),
    )
    assert.is((await install(server)).exit, 2)
  })
})

test('paths with spaces and quotes', async () => {
  await withServer({ trusted: [alice] }, async server => {
    const folder = join(server.folder, `a 'b" $HOME`)
    const repo = join(folder, 'r.git')
    mkdirSync(folder)
    assert.is((await run('git', ['init', '--quiet', '--bare', repo])).exit, 0)
    const config = join(folder, 'refwarden.ini')
    writeFileSync(config, readFileSync(server.config, 'utf8'))
    const { exit, stdout, stderr } = await run(binary, ['install', '--config', config, repo])
    assert.is(exit, 0, stderr)
    assert.match(stdout, 'is refused (unsigned)')
  })
})

test('a repository with a work tree gets the hooks too', async () => {
  await withServer({ trusted: [alice] }, async server => {
    const tree = join(server.folder, 'tree')
    assert.is((await run('git', ['init', '--quiet', '--template=', tree])).exit, 0)
    assert.is((await refwarden('install', server, [tree])).exit, 0)
    assert.ok(existsSync(join(tree, '.git/hooks/pre-receive')))
  })
})

test('nothing is changed anywhere where one repository cannot be installed into', async () => {
  await withServer({ trusted: [alice] }, async server => {
    const before = snapshot(server.gitDir)
    const plain = join(server.folder, 'plain')
    mkdirSync(plain)
    for (const path of [plain, join(server.folder, 'missing')]) {
      const { exit, stderr } = await refwarden('install', server, [server.gitDir, path])
      assert.is(exit, 2)
      assert.match(stderr, `${path}: not a git repository`)
      assert.equal(snapshot(server.gitDir), before)
    }
  })
})

test('a missing configuration is a fault before anything is changed', async () => {
  await withServer({}, async server => {
    const before = snapshot(server.gitDir)
    rmSync(server.config)
    const { exit, stderr } = await install(server)
    assert.is(exit, 2)
    assert.match(stderr, server.config)
    assert.equal(snapshot(server.gitDir), before)
  })
})

test('no repository named: a fault', async () => {
  await withServer({}, async server => {
    for (const command of ['install', 'uninstall']) assert.is((await refwarden(command, server, [])).exit, 2)
  })
})

test.unless(
  process.getuid?.() === 0 ? null : 'only root can give files away',
  'root leaves the stubs, and folders made for them, to the owner of the hooks',
  async () => {
    await withServer({ trusted: [alice] }, async server => {
      chownSync(join(server.gitDir, 'hooks'), 12345, 23456)
      assert.is((await install(server)).exit, 0)
      const custom = join(server.folder, '@hashed/x.git')
      mkdirSync(dirname(custom))
      renameSync(server.gitDir, custom)
      chownSync(custom, 12345, 23456)
      assert.is((await refwarden('install', server, [custom])).exit, 0)
      for (const path of ['hooks/pre-receive', 'custom_hooks', 'custom_hooks/post-receive.d/refwarden']) {
        const { uid, gid } = lstatSync(join(custom, path))
        assert.equal([uid, gid], [12345, 23456], path)
      }
    })
  },
)

test('a folder in the place of the hook is a fault', async () => {
  await withServer({ trusted: [alice] }, async server => {
    mkdirSync(join(server.gitDir, 'hooks/pre-receive'))
    const { exit, stderr } = await install(server)
    assert.is(exit, 2)
    assert.match(stderr, 'neither a file nor a link')
  })
})

test("a program in the pusher's NODE_OPTIONS does not run", async () => {
  await withServer({ trusted: [alice] }, async server => {
    const evil = join(server.folder, 'evil.js')
    const seen = join(server.folder, 'seen')
    writeFileSync(
      evil,
      `require('node:fs').appendFileSync(${JSON.stringify(seen)}, process.argv.join(' '))\nprocess.exit(0)\n`,
    )
    await install(server)
    const env = { NODE_OPTIONS: `--require ${evil}`, GIT_CONFIG_GLOBAL: join(server.folder, 'none') }
    const history = server.write([commit('unsigned')])
    const { accepted, codes } = await server.push([`${history.oid('main')}:refs/heads/main`], { env })
    assert.not.ok(accepted)
    assert.equal(codes, ['unsigned'])
    assert.not.ok(existsSync(seen))
  })
})

test('a folder that is not executable for git is a fault, not a success', async () => {
  await withServer({ trusted: [alice] }, async server => {
    assert.is((await install(server)).exit, 0)
    chmodSync(join(server.gitDir, 'hooks/pre-receive'), 0o644)
    assert.is((await install(server)).exit, 0)
    assert.is(lstatSync(join(server.gitDir, 'hooks/pre-receive')).mode & 0o777, 0o755)
  })
})

async function withServer(options: ServerOptions, action: (server: Server) => Promise<void>): Promise<void> {
  const server = makeServer({ hooks: false, ...options })
  mkdirSync(join(server.gitDir, 'hooks'))
  try {
    await action(server)
  } finally {
    server.close()
  }
}

function install(server: Server): Promise<Run> {
  return refwarden('install', server, [server.gitDir])
}

function uninstall(server: Server): Promise<Run> {
  return refwarden('uninstall', server, [server.gitDir])
}

function refwarden(
  command: string,
  server: Server,
  repos: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  return run(binary, [command, '--config', server.config, ...repos], { env })
}

function writeHook(server: Server, name: string, text: string): void {
  writeFileSync(join(server.gitDir, 'hooks', name), text, { mode: 0o755 })
}

/** Every entry below `folder`: kind, mode, and bytes or target. */
function snapshot(folder: string): ReadonlyMap<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  return new Map(
    paths.map(path => {
      const full = join(folder, path)
      const stats = lstatSync(full)
      const content = stats.isSymbolicLink()
        ? readlinkSync(full)
        : stats.isFile()
          ? readFileSync(full).toString('latin1')
          : ''
      return [path, `${(stats.mode).toString(8)} ${content}`]
    }),
  )
}

function onlyHooks(entries: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...entries].filter(([path]) => path.startsWith('hooks')))
}

test.run()
