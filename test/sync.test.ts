// refwarden sync: a mirror follows upstream as far as it is verified, and says what holds it.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Oid } from '../src/core/oid.ts'
import type { History, Step } from './support/history.ts'
import { branch, commit, merge, writeHistory } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import type { MarkedOptions, MarkedServer } from './support/marked.ts'
import { makeMarked } from './support/marked.ts'
import { binary } from './support/paths.ts'
import type { Run } from './support/repository.ts'
import { suite } from './support/suite.ts'

const test = suite('sync')
const alice = makeKey({ name: 'Alice' })
const mallory = makeKey({ name: 'Mallory' })
const kept = 'refs/refwarden/upstream/'

type Scene = {
  /** The mirror: a bare repository without hooks. */
  readonly it: MarkedServer
  readonly upstream: string
  /** Adds to upstream, whose branches move. */
  write(steps: readonly Step[], onto?: History): History
  setUpstream(branch: string, oid: Oid | null): void
  sync(...args: readonly string[]): Promise<Run>
  /** A branch of the mirror. */
  at(branch?: string): Oid | null
}

async function on(options: MarkedOptions, action: (scene: Scene) => Promise<void>): Promise<void> {
  const it = makeMarked({ trusted: [alice], hooks: false, ...options })
  try {
    const upstream = join(it.folder, 'upstream.git')
    git(it.folder, 'init', '--quiet', '--bare', `--object-format=${it.format}`, upstream)
    it.git('remote', 'add', 'origin', upstream)
    // as git clone --mirror has it, and worse
    it.git('config', 'remote.origin.fetch', '+refs/*:refs/*')
    it.git('config', 'remote.origin.mirror', 'true')
    it.git('config', 'remote.origin.prune', 'true')
    it.git('config', 'remote.origin.tagOpt', '--tags')
    await action({
      it,
      upstream,
      write: (steps, onto) => writeHistory(upstream, steps, it.format, onto),
      setUpstream: (name, oid) =>
        git(
          upstream,
          'update-ref',
          ...(oid === null ? ['-d', `refs/heads/${name}`] : [`refs/heads/${name}`, oid]),
        ),
      sync: (...args) => it.refwarden(['sync', '--config', it.config, ...args]),
      at: (name = 'main') => it.refs().get(`refs/heads/${name}`) ?? null,
    })
  } finally {
    it.close()
  }
}

function git(gitDir: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync('git', args, {
    env: { ...process.env, GIT_DIR: gitDir },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
}

for (const format of ['sha1', 'sha256'] as const)
  test(`follows what is signed, and changes nothing else (${format})`, () =>
    on({ format }, async ({ it, upstream, write, sync, at }) => {
      const one = write([commit('one', alice), branch('free', [commit('free')])])
      git(upstream, 'update-ref', 'refs/tags/v1', one.oid('one'))
      git(upstream, 'update-ref', 'refs/tags/verified/main', one.oid('one'))
      it.setRef('refs/heads/mine', it.seed([commit('own')]).oid('own'))
      it.setRef('refs/heads/main', null)
      const first = await sync()
      assert.equal([first.exit, first.stderr], [0, ''])
      assert.is(first.stdout, `main: now ${one.oid('one').slice(0, 12)}, 1 verified\n`)
      assert.equal(
        [...it.refs().keys()],
        ['refs/heads/main', 'refs/heads/mine', `${kept}main`, 'refs/tags/verified/main'],
      )
      assert.equal([at(), it.mark()?.commit], [one.oid('one'), one.oid('one')])
      const two = write([commit('two', alice), commit('three', alice)], one)
      assert.is((await sync()).stdout, `main: now ${two.oid('three').slice(0, 12)}, 2 verified\n`)
      assert.equal([at(), it.mark()?.commit], [two.oid('three'), two.oid('three')])
      const [decision] = it.decisions().slice(-1)
      assert.equal(
        [decision.verdict, decision.before, decision.after, decision.upstream, decision.judged],
        ['followed', one.oid('one'), two.oid('three'), two.oid('three'), 2],
      )
      const mark = it.mark()
      const again = await sync()
      assert.equal([again.exit, again.stdout], [0, `main: as upstream, ${two.oid('three').slice(0, 12)}\n`])
      assert.equal(it.mark(), mark)
    }))

test('goes to the last revision before what does not pass, locks there, and says why', () =>
  on({}, async ({ it, write, setUpstream, sync, at }) => {
    const good = write([commit('one', alice)])
    await sync()
    const bad = write(
      [commit('two', alice), commit('evil \x1b[31m', mallory), commit('four', alice), commit('five')],
      good,
    )
    const held = await sync()
    const evil = bad.oid('evil \x1b[31m')
    assert.is(held.exit, 1)
    assert.equal([at(), it.mark()?.commit], [bad.oid('two'), bad.oid('two')])
    assert.is(held.stdout, `main: now ${bad.oid('two').slice(0, 12)}\n`)
    assert.equal(held.stderr.split('\n'), [
      `error: main: held, ${bad.oid('two').slice(0, 12)}`,
      `error:   ${evil.slice(0, 10)} unknown-key: no trusted key made its signature`,
      `error:     key ${mallory.fingerprint}`,
      'error:     by Mallory <mallory@example.org>',
      'error:     "evil \\x1b[31m"',
      'hint: what upstream has from there on is not taken',
      '',
    ])
    for (const line of held.stderr.split('\n')) assert.ok(line.length <= 72, line)
    const [decision] = it.decisions().slice(-1)
    assert.equal(
      [decision.verdict, decision.reason, decision.commit, decision.after, decision.upstream],
      ['held', 'unknown-key', evil, bad.oid('two'), bad.oid('five')],
    )
    const again = await sync()
    assert.equal([again.exit, again.stdout], [1, ''])
    assert.is(again.stderr, held.stderr)
    // upstream mends it: on top of what was taken it goes on
    setUpstream('main', bad.oid('two'))
    const mended = write([branch('fix', [commit('three', alice)])], {
      ...bad,
      tips: new Map([['fix', bad.oid('two')]]),
    })
    setUpstream('main', mended.oid('three'))
    assert.is((await sync()).exit, 0)
    assert.equal([at(), it.mark()?.commit], [mended.oid('three'), mended.oid('three')])
  }))

test('first-parent: the held revision stays on the branch, whatever merges brought in', () =>
  on({ sections: '[protect "refs/heads/main"]\nmode = first-parent\n' }, async ({ it, write, sync, at }) => {
    const history = write([
      commit('one', alice),
      branch('side', [commit('unsigned')]),
      merge('side', alice, { name: 'merged' }),
      branch('late', [commit('signed', alice)]),
      merge('late', null, { name: 'unsigned merge' }),
      commit('after', alice),
    ])
    const held = await sync()
    assert.is(held.exit, 1)
    assert.equal([at(), it.mark()?.commit], [history.oid('merged'), history.oid('merged')])
    assert.match(held.stderr, `${history.oid('unsigned merge').slice(0, 10)} unsigned`)
  }))

test('first-parent: upstream that leaves the chain is not followed', () =>
  on(
    { sections: '[protect "refs/heads/main"]\nmode = first-parent\n' },
    async ({ it, write, setUpstream, sync, at }) => {
      const base = write([
        commit('one', alice),
        branch('fox', [commit('other', alice)]),
        commit('two', alice),
      ])
      await sync()
      const fox = write([branch('fox', [merge('main', alice, { name: 'foxtrot' })])], base)
      setUpstream('main', fox.oid('foxtrot'))
      const held = await sync()
      assert.is(held.exit, 1)
      assert.match(held.stderr, 'error:   foxtrot: ')
      assert.equal([at(), it.mark()?.commit], [base.oid('two'), base.oid('two')])
    },
  ))

test('all: a fit commit on the chain that would lose what is here is not gone to', () =>
  on({}, async ({ it, write, setUpstream, sync, at }) => {
    const base = write([commit('one', alice), branch('fox', [commit('other', alice)]), commit('two', alice)])
    await sync()
    const fox = write(
      [branch('fox', [merge('main', null, { name: 'unsigned foxtrot' }), commit('more', alice)])],
      base,
    )
    setUpstream('main', fox.oid('more'))
    const held = await sync()
    assert.is(held.exit, 1)
    assert.match(held.stderr, `${fox.oid('unsigned foxtrot').slice(0, 10)} unsigned`)
    assert.equal([at(), it.mark()?.commit], [base.oid('two'), base.oid('two')])
    // a signed one is no loss in this mode
    const good = write([branch('hound', [merge('main', alice, { name: 'signed foxtrot' })])], {
      ...base,
      tips: new Map([...base.tips, ['hound', base.oid('other')]]),
    })
    setUpstream('main', good.oid('signed foxtrot'))
    assert.is((await sync()).exit, 0)
    assert.is(at(), good.oid('signed foxtrot'))
  }))

for (const rewind of ['no', 'yes'])
  test(`upstream that was rewound is refused (rewind = ${rewind})`, () =>
    on(
      { sections: `[protect "refs/heads/main"]\nrewind = ${rewind}\n` },
      async ({ it, write, setUpstream, sync, at }) => {
        const base = write([
          commit('one', alice),
          branch('aside', [commit('other', alice)]),
          commit('two', alice),
        ])
        await sync()
        for (const name of ['one', 'other']) {
          setUpstream('main', base.oid(name))
          const held = await sync()
          assert.is(held.exit, 1)
          assert.match(held.stderr, 'error:   rewind: upstream no longer has what is here')
          assert.equal([at(), it.mark()?.commit], [base.oid('two'), base.oid('two')])
        }
      },
    ))

test('a branch that is not here yet: the whole history, or from what is trusted', () =>
  on({}, async ({ it, write, sync, at }) => {
    const history = write([commit('root'), commit('one', alice), commit('two', alice)])
    const refused = await sync()
    assert.is(refused.exit, 1)
    assert.match(
      refused.stderr,
      `error: main: held, not made\nerror:   ${history.oid('root').slice(0, 10)} unsigned`,
    )
    assert.equal([at(), it.mark()], [null, null])
    const trusted = await it.refwarden(['trust', 'main', `${kept}main~1`, '--config', it.config])
    assert.is(trusted.exit, 0, trusted.stderr)
    assert.is((await sync()).exit, 0)
    assert.equal([at(), it.mark()?.commit], [history.oid('two'), history.oid('two')])
  }))

test('a branch that is not here yet, with a trust root', () =>
  on({}, async ({ it, write, sync, at }) => {
    const history = write([commit('root'), commit('one', alice), commit('bad'), commit('two', alice)])
    it.configure(
      `keys = @KEYS@\nsync-tag = verified/{branch}\nsigning-key = ${it.signingKey.keyId}\nsigning-keys = ${it.secretFile}\n[protect "refs/heads/main"]\ntrust-root = ${history.oid('root')}\n`,
    )
    const held = await sync()
    assert.is(held.exit, 1)
    assert.equal([at(), it.mark()?.commit], [history.oid('one'), history.oid('one')])
  }))

test('an invalid tag locks, a missing one is made, a lagging one catches up', () =>
  on({}, async ({ it, write, sync, at }) => {
    const one = write([commit('one', alice)])
    await sync()
    const two = write([commit('two', alice)], one)
    it.putTag(it.tag(one.oid('one'), mallory))
    const locked = await sync()
    assert.is(locked.exit, 1)
    assert.match(locked.stderr, 'sync-tag-invalid')
    assert.match(locked.stderr, 'refwarden trust main')
    assert.is(at(), one.oid('one'))
    it.putTag(null)
    assert.is((await sync()).exit, 0)
    assert.equal([at(), it.mark()?.commit], [two.oid('two'), two.oid('two')])
    it.putTag(it.tag(one.oid('one')))
    assert.is((await sync()).exit, 0)
    assert.is(it.mark()?.commit, two.oid('two'))
    // what reached the branch past refwarden is not vouched for
    const bad = write([commit('bad'), commit('three', alice)], two)
    git(it.gitDir, 'fetch', '--quiet', 'origin', '+refs/heads/main:refs/heads/main')
    const held = await sync()
    assert.is(held.exit, 1)
    assert.match(held.stderr, `${bad.oid('bad').slice(0, 10)} unsigned`)
    assert.equal([at(), it.mark()?.commit], [bad.oid('three'), two.oid('two')])
  }))

test('branches by pattern, each for itself; one that is gone upstream is kept and said', () =>
  on(
    { sections: '[protect "refs/heads/*"]\n[protect "refs/heads/wip/*"]\nmode = none\n' },
    async ({ it, write, setUpstream, sync, at }) => {
      const history = write([
        commit('one', alice),
        branch('a', [commit('two', alice), commit('bad')]),
        branch('b', [commit('three', alice)]),
        branch('wip/x', [commit('wip')]),
      ])
      const run = await sync()
      assert.is(run.exit, 1)
      assert.equal(
        [at('a'), at('b'), at(), at('wip/x')],
        [history.oid('two'), history.oid('three'), history.oid('one'), null],
      )
      setUpstream('a', null)
      const gone = await sync()
      assert.is(gone.exit, 1)
      assert.match(gone.stderr, 'error: a: held, ')
      assert.match(gone.stderr, 'error:   deletion: upstream has it no more')
      assert.is(at('a'), history.oid('two'))
      // a folder in its place: what was kept of it makes way, the branch does not
      setUpstream('a/b', history.oid('three'))
      const blocked = await sync()
      assert.is(blocked.exit, 1)
      assert.match(blocked.stderr, 'refs/tags/verified/a stands in its way')
      it.putTag(null, 'a')
      // what git would take for a branch that is not there does not hide why it cannot be made
      it.setRef('refs/heads/refs/heads/a/b', history.oid('one'))
      const branchless = await sync()
      assert.is(branchless.exit, 2)
      assert.match(branchless.stderr, 'error: refs/heads/a/b: git cannot move it')
      it.setRef('refs/heads/refs/heads/a/b', null)
      assert.equal([at('a'), at('a/b')], [history.oid('two'), null])
      it.setRef('refs/heads/a', null)
      assert.is((await sync()).exit, 0)
      assert.is(at('a/b'), history.oid('three'))
    },
  ))

test('a mirror that belongs to git alone: hooks do not see it, pushers can still not move the tag', () =>
  on({ hooks: ['pre-receive', 'post-receive'] }, async ({ it, write, sync, at }) => {
    const one = write([commit('one', alice)])
    assert.is((await sync()).exit, 0)
    const mine = it.write([commit('aside', alice)])
    const refused = await it.push([`+${mine.oid('aside')}:refs/heads/main`])
    assert.equal(refused.codes, ['rewind'])
    assert.is(at(), one.oid('one'))
  }))

const faults: Readonly<
  Record<
    string,
    { readonly spoil: (scene: Scene) => void; readonly args?: readonly string[]; readonly says: string }
  >
> = {
  'no such remote': { spoil: () => {}, args: ['--remote', 'nobody'], says: 'it has no remote nobody' },
  'a remote that looks like an option': {
    spoil: () => {},
    args: ['--remote=--upload-pack=x'],
    says: 'it has no remote',
  },
  'upstream away': {
    spoil: ({ upstream }) => rmSync(upstream, { recursive: true }),
    says: 'git ls-remote failed',
  },
  'no sync tag': {
    spoil: ({ it }) => it.configure('keys = @KEYS@\n[protect "refs/heads/main"]\n'),
    says: 'sync-tag: not set',
  },
  'nothing to follow': {
    spoil: ({ setUpstream }) => setUpstream('main', null),
    says: 'it has no branch that a section protects',
  },
  'not bare': { spoil: ({ it }) => it.git('config', 'core.bare', 'false'), says: 'not a bare repository' },
  'no configuration': { spoil: ({ it }) => rmSync(it.config), says: 'no such file' },
  'no signing key': { spoil: ({ it }) => rmSync(it.secretFile), says: 'server.asc' },
  'no keys': { spoil: ({ it }) => it.distrust(alice), says: 'no key file' },
  'an interval alone': { spoil: () => {}, args: ['--interval', '5m'], says: '--watch' },
  'an interval that is none': {
    spoil: () => {},
    args: ['--watch', '--interval', 'soon'],
    says: "'soon' is no time",
  },
  'the log cannot be written': {
    spoil: ({ it }) => mkdirSync(join(it.gitDir, 'refwarden.jsonl')),
    says: 'cannot be logged',
  },
}
for (const [name, { spoil, args = [], says }] of Object.entries(faults))
  test(`a fault: ${name}`, () =>
    on({}, async scene => {
      scene.write([commit('one', alice)])
      spoil(scene)
      const run = await scene.sync(...args)
      assert.is(run.exit, 2, run.stdout + run.stderr)
      assert.match(run.stderr, /^error: /)
      assert.match(run.stderr, says, run.stderr)
    }))

test("the admin's own configuration counts when it fetches, and no GIT_ variable", () =>
  on({}, async ({ it, upstream, write, at }) => {
    const one = write([commit('one', alice)])
    const home = join(it.folder, 'home')
    mkdirSync(home)
    it.git('remote', 'set-url', 'origin', 'https://upstream.invalid/repo')
    const insteadOf = `url.${upstream}.insteadOf`
    const run = (env: Readonly<Record<string, string>>) =>
      it.refwarden(['sync', '--config', it.config], { env: { HOME: home, ...env } })
    const injected = await run({
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: insteadOf,
      GIT_CONFIG_VALUE_0: 'https://upstream.invalid/repo',
      https_proxy: 'http://127.0.0.1:1',
    })
    assert.equal([injected.exit, at()], [2, null])
    writeFileSync(
      join(home, '.gitconfig'),
      `[url "${upstream}"]\n\tinsteadOf = https://upstream.invalid/repo\n`,
    )
    const own = await run({ GIT_CONFIG_GLOBAL: '/dev/null' })
    assert.equal([own.exit, own.stderr], [0, ''])
    assert.is(at(), one.oid('one'))
  }))

test('two at the same time', () =>
  on({}, async ({ it, write, sync, at }) => {
    let history = write([commit('start', alice)])
    await sync()
    for (let round = 0; round < 3; round++) {
      history = write([commit(`c${round}`, alice)], history)
      const runs = await Promise.all([sync(), sync(), sync()])
      // git fetch of one may find the other's lock: a fault then, and nothing is worse for it
      assert.ok(
        runs.some(({ exit }) => exit === 0),
        runs.map(({ stderr }) => stderr).join(''),
      )
      assert.equal([at(), it.mark()?.commit], [history.oid('main'), history.oid('main')])
    }
  }))

/** A watch that can be asked for what it has said. */
function watch({ it }: Scene, ...args: readonly string[]) {
  const child = spawn(binary, ['sync', '--config', it.config, '--watch', ...args], {
    cwd: it.gitDir,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk))
  const exit = new Promise<number | string | null>(resolve =>
    child.on('close', (code, signal) => resolve(signal ?? code)),
  )
  return {
    exit,
    said: () => said,
    async until(what: string | (() => boolean)) {
      const holds = typeof what === 'string' ? () => said.includes(what) : what
      for (let waited = 0; !holds(); waited++) {
        if (waited > 1200) throw new Error(`it never came: ${what}\n${said}`)
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    },
    end: (signal: NodeJS.Signals) => child.kill(signal),
  }
}

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  test(`--watch goes on and on, tells each thing once, and ends by ${signal}`, () =>
    on({}, async scene => {
      const { it, upstream, write, at } = scene
      const one = write([commit('one', alice)])
      const running = watch(scene, '--interval', '1s')
      try {
        await running.until(() => it.mark()?.commit === one.oid('one'))
        const two = write([commit('two', alice), commit('bad')], one)
        await running.until('unsigned')
        assert.equal([at(), it.mark()?.commit], [two.oid('two'), two.oid('two')])
        renameSync(upstream, `${upstream}-away`)
        await running.until('git ls-remote failed')
        renameSync(`${upstream}-away`, upstream)
        git(upstream, 'update-ref', 'refs/heads/main', two.oid('two'))
        await running.until(`main: as upstream, ${two.oid('two').slice(0, 12)}`)
      } finally {
        running.end(signal)
      }
      assert.is(await running.exit, 0, running.said())
      for (const once of ['unsigned', 'git ls-remote failed', `now ${one.oid('one').slice(0, 12)}`])
        assert.is(running.said().split(once).length, 2, running.said())
    }))

for (const [name, deaf] of [
  ['', ''],
  [', and with what does not hear', 'trap "" TERM; '],
] as const)
  test(`--watch ends while upstream does not answer${name}`, () =>
    on({}, async scene => {
      const { it, write } = scene
      const asked = join(it.folder, 'asked')
      write([commit('one', alice)])
      it.git('config', 'remote.origin.uploadpack', `sh -c '${deaf}touch ${asked}; exec sleep 600' --`)
      const running = watch(scene)
      await running.until(() => existsSync(asked))
      running.end('SIGTERM')
      assert.is(await running.exit, 0, running.said())
      assert.is(running.said(), '')
    }))

test.run()
