import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { branch, commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { binary } from './support/paths.ts'
import { preload } from './support/preload.ts'
import { push } from './support/push.ts'
import type { Server } from './support/repository.ts'
import { run } from './support/repository.ts'
import { suite } from './support/suite.ts'
import { assertAccepted, declareOn } from './support/verdicts.ts'

/*
 * How the hook is run, and how it ends: what its environment would have git do, a program that ends before it has a
 * verdict, a disk that is full in the middle of a line.
 */
const alice = makeKey()
const options = { trusted: [alice] }

function seeded(server: Server): void {
  const base = server.seed([commit('base', alice)])
  server.write([branch('bad', [commit('u')]), branch('good', [commit('s', alice)])], base)
}

/** The hook's command, without the stub that takes the environment away. */
async function judged(server: Server, name: string, env: Readonly<Record<string, string>>) {
  // into a pack: what lies in a file of its own is read without git
  server.git('-c', 'fetch.unpackLimit=1', 'fetch', '--quiet', server.client, name)
  const oid = readFileSync(join(server.client, 'refs/heads', name), 'utf8').trim()
  const input = `${server.refs().get('refs/heads/main')} ${oid} refs/heads/main\n`
  const args = ['pre-receive', '--config', server.config]
  const { exit } = await server.refwarden(args, { input, env: { GIT_DIR: server.gitDir, ...env } })
  return exit
}

const environment = suite('attacks: the environment of the hook')

declareOn(environment, 'no variable of the hook’s own reaches git', options, async on => {
  seeded(on)
  const [traced, hidden] = [join(on.folder, 'traced'), join(on.folder, 'shallow')]
  const tip = readFileSync(join(on.client, 'refs/heads/bad'), 'utf8').trim()
  writeFileSync(hidden, `${tip}\n`)
  const env = {
    GIT_TRACE2_EVENT: traced,
    GIT_TRACE: traced,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'trace2.eventTarget',
    GIT_CONFIG_VALUE_0: traced,
    GIT_SHALLOW_FILE: hidden,
    GIT_GRAFT_FILE: hidden,
    GIT_NAMESPACE: 'x',
    GIT_REDIRECT_STDERR: traced,
  }
  assert.is(await judged(on, 'bad', env), 1)
  assert.is(await judged(on, 'good', env), 0)
  assert.ok(!existsSync(traced), 'git was told where to write')
})

declareOn(environment, 'no configuration of the account reaches git', options, async on => {
  seeded(on)
  const traced = join(on.folder, 'traced')
  writeFileSync(join(on.folder, '.gitconfig'), `[trace2]\n\teventTarget = ${traced}\n`)
  const env = {
    HOME: on.folder,
    XDG_CONFIG_HOME: on.folder,
    GIT_CONFIG_GLOBAL: join(on.folder, '.gitconfig'),
  }
  assert.is(await judged(on, 'bad', env), 1)
  assert.is(await judged(on, 'good', env), 0)
  assert.ok(!existsSync(traced), 'git read it')
})

declareOn(
  environment,
  'by way of a linked worktree: the rules of the repository count, and its refs',
  { trusted: [alice], configuration: 'keys = @KEYS@\n' },
  async on => {
    seeded(on)
    writeFileSync(
      join(on.gitDir, 'refwarden.ini'),
      '[protect "refs/heads/main"]\n[protect "refs/heads/kept"]\n',
    )
    on.git('symbolic-ref', 'refs/heads/other', 'refs/heads/kept')
    const tree = join(on.folder, 'tree')
    on.git('worktree', 'add', '--quiet', '--detach', tree, 'main')
    for (const way of [tree, join(on.gitDir, 'worktrees/tree')]) {
      const before = on.refs()
      for (const name of ['main', 'other']) {
        const bad = await push(on.client, way, [`bad:refs/heads/${name}`])
        assert.is(bad.accepted, false, bad.output)
        assert.equal(bad.codes, [name === 'main' ? 'unsigned' : 'symbolic-ref'], bad.output)
      }
      assert.equal(on.refs(), before)
      const good = await push(on.client, way, ['good:refs/heads/main'])
      assertAccepted(on, good)
      on.setRef('refs/heads/main', before.get('refs/heads/main') ?? null)
    }
  },
)

environment.run()

const ends = suite('attacks: a hook that ends early')

/** What happens while a push is judged. A hook that ends with 0 accepts. */
const endings: Readonly<Record<string, string>> = {
  'nothing is left to wait for, and no verdict was given':
    "const { PassThrough } = require('node:stream')\n" +
    'const silent = () => Object.assign(new PassThrough(), ' +
    '{ stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough(), kill() {} })\n' +
    "require('node:child_process').spawn = silent",
  'a rejection that nobody awaits': "setImmediate(() => Promise.reject(new Error('nobody')))",
  'an error that nobody catches': "setImmediate(() => { throw new Error('nobody') })",
  'a value that is no error, thrown': 'setImmediate(() => { throw null })',
}
for (const [name, script] of Object.entries(endings))
  declareOn(ends, name, options, async on => {
    seeded(on)
    on.git('pack-refs', '--all') // git is asked for them, and for more than is waited for
    const hook = readFileSync(join(on.gitDir, 'hooks/pre-receive'), 'utf8')
    const program = preload(on, script)
    for (const source of ['bad', 'good']) {
      const { accepted, output } = await on.push([`${source}:main`])
      assert.is(accepted, false, output)
    }
    const done = await run(program, ['pre-receive', '--config', on.config], {
      input: 'x',
      env: { GIT_DIR: on.gitDir },
    })
    assert.is(done.exit, 2, done.stderr)
    writeFileSync(join(on.gitDir, 'hooks/pre-receive'), hook)
    assertAccepted(on, await on.push(['good:main']))
  })

declareOn(ends, 'the disk is full in the middle of the log’s line', options, async on => {
  seeded(on)
  const log = join(on.gitDir, 'refwarden.jsonl')
  writeFileSync(log, `${'x'.repeat(400)}\n`)
  on.git('fetch', '--quiet', on.client, 'good')
  const oid = readFileSync(join(on.client, 'refs/heads/good'), 'utf8').trim()
  const updates = join(on.folder, 'updates')
  writeFileSync(updates, `${on.refs().get('refs/heads/main')} ${oid} refs/heads/main\n`)
  const line = 'ulimit -f 1; exec "$0" pre-receive --config "$1" <"$2"' // 512 bytes
  const env = { GIT_DIR: on.gitDir }
  const full = await run('sh', ['-c', line, binary, on.config, updates], { env })
  assert.is(full.exit, 2, full.stderr)
  assert.is(readFileSync(log).length, 512)
  writeFileSync(log, '')
  assert.is((await run('sh', ['-c', line.slice(13), binary, on.config, updates], { env })).exit, 0)
})

ends.run()
