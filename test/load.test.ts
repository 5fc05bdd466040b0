/**
 * Pushes that are made to be heavy. Each ends with its verdict, no process of the hook's takes more than 300 MB, and an
 * honest push at the same time goes through.
 */
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { branch, commit, merge, type Step } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { type Peaks, watchPeaks } from './support/peak.ts'
import type { PushResult } from './support/push.ts'
import { makeServer, run, type Server } from './support/repository.ts'
import { suite } from './support/suite.ts'

const alice = makeKey()
const test = suite('load')
const mebi = 1024 * 1024
const configuration =
  'keys = @KEYS@\n\n[protect "refs/heads/*"]\nmode = all\n[protect "refs/heads/open/*"]\nmode = none\n'

type Load = {
  readonly name: string
  /** On top of a base that the server has. */
  readonly steps: readonly Step[]
  push(server: Server): Promise<PushResult>
  check(result: PushResult, server: Server): void
}

async function underLoad({ name, steps, push, check }: Load): Promise<void> {
  const server = makeServer({ trusted: [alice], configuration })
  const watch = watchPeaks(server)
  try {
    const base = server.seed([commit('base', alice)])
    server.write([branch('honest', [commit('honest', alice)]), ...steps], base)
    const began = Date.now()
    const [result, honest] = await Promise.all([push(server), server.push(['honest:refs/heads/honest'])])
    report(name, began, watch.peaks())
    check(result, server)
    assert.is(honest.accepted, true, honest.output)
    assertBounded(watch.peaks())
    server.git('fsck', '--connectivity-only')
  } finally {
    watch.stop()
    server.close()
  }
}

/** Seen where this file is run alone: `node scripts/run.mjs test/load.test.ts`. */
function report(name: string, began: number, { hook, git }: Peaks): void {
  const seconds = ((Date.now() - began) / 1000).toFixed(1)
  console.log(`${name}: ${seconds} s, hook ${hook.toFixed(0)} MB, git ${git.toFixed(0)} MB`)
}

function assertBounded({ hook, git }: Peaks): void {
  assert.ok(hook > 20 && hook < 300, `hook: ${hook} MB`)
  assert.ok(git > 0 && git < 300, `git: ${git} MB`)
}

function refusedFor(code: string): Load['check'] {
  return ({ accepted, codes, output }) => {
    assert.is(accepted, false, output)
    assert.equal(codes, [code], output)
  }
}

const loads: readonly Load[] = [
  {
    name: 'a message of 64 MiB',
    steps: [branch('heavy', [commit('heavy', alice, { message: 'm'.repeat(64 * mebi) })])],
    push: server => server.push(['heavy:refs/heads/heavy']),
    check: refusedFor('too-large'),
  },
  {
    name: 'a signature of 16 MiB',
    steps: [branch('heavy', [commit('heavy', alice, { signature: () => heavyArmor(16 * mebi) })])],
    push: server => server.push(['heavy:refs/heads/heavy']),
    check: refusedFor('too-large'),
  },
  {
    name: 'a signature just below the limit',
    steps: [branch('heavy', [commit('heavy', alice, { signature: () => heavyArmor(900 * 1024) })])],
    push: server => server.push(['heavy:refs/heads/heavy']),
    check: refusedFor('too-large'),
  },
  {
    name: '200,000 headers',
    steps: [
      branch('heavy', [commit('heavy', alice, { headers: Array.from({ length: 200_000 }, () => 'a b') })]),
    ],
    push: server => server.push(['heavy:refs/heads/heavy']),
    check: refusedFor('too-large'),
  },
  {
    name: '20,000 unsigned commits',
    steps: [
      branch(
        'heavy',
        Array.from({ length: 20_000 }, (_, at) => commit(`u${at}`, null, { files: { file: '' } })),
      ),
    ],
    push: server => server.push(['heavy:refs/heads/heavy']),
    check: refusedFor('unsigned'),
  },
]
for (const load of loads) test(load.name, () => underLoad(load))

function heavyArmor(size: number): string {
  const line = `${'A'.repeat(64)}\n`
  return `-----BEGIN PGP SIGNATURE-----\n\n${line.repeat(Math.floor(size / line.length))}-----END PGP SIGNATURE-----\n`
}

test('200 commits with the same 900 parents', () => {
  const names = Array.from({ length: 900 }, (_, at) => `p${at}`)
  const parents = names.map(name => branch(name, [commit(name, alice, { files: { file: '' } })]))
  const merges = Array.from({ length: 200 }, (_, at) =>
    merge(names, alice, { name: `m${at}`, files: { file: '' } }),
  )
  return underLoad({
    name: '200 commits with the same 900 parents',
    steps: [...parents, branch('heavy', merges)],
    push: server => server.push(['heavy:refs/heads/heavy']),
    check: ({ accepted, output }) => assert.is(accepted, true, output),
  })
})

test('5,000 refs, most of them on what nothing protects', () => {
  const names = Array.from({ length: 40 }, (_, at) => `b${at}`)
  const isGood = (name: string) => !name.endsWith('7')
  const open = Array.from({ length: 4_960 }, (_, at) => `b0:refs/heads/open/${at}`)
  return underLoad({
    name: '5,000 refs',
    steps: names.map(name => branch(name, [commit(name, isGood(name) ? alice : null)])),
    push: server => server.push([...open, ...names.map(name => `${name}:refs/heads/${name}`)]),
    check({ accepted, refs, output }, server) {
      assert.is(accepted, false, output.slice(0, 1000))
      assert.is(refs.size, 5_000)
      assert.equal([...server.refs().keys()].sort(), ['refs/heads/honest', 'refs/heads/main'])
      const bad = names.filter(name => !isGood(name)).length
      const decision = server.decisions().find(({ verdict }) => verdict === 'rejected')
      assert.is(decision?.refs.filter(({ rejected }: { rejected: number }) => rejected > 0).length, bad)
    },
  })
})

test('5,000 refs that nothing protects', async () => {
  const server = makeServer({ trusted: [alice], configuration })
  const watch = watchPeaks(server)
  try {
    const tip = server.seed([commit('base', alice), branch('open/0', [commit('unsigned')])]).oid('open/0')
    const lines = Array.from(
      { length: 5_000 },
      (_, at) => `${'0'.repeat(40)} ${tip} refs/heads/open/x${at}\n`,
    )
    const began = Date.now()
    // the hook as git starts it: that git makes 5,000 files behind it is not what is looked at
    const hook = join(server.gitDir, 'hooks/pre-receive')
    const input = (updates: readonly string[]) => ({
      input: updates.join(''),
      cwd: server.gitDir,
      env: { GIT_DIR: '.' },
    })
    const { exit, stderr } = await run(hook, [], input(lines))
    report('5,000 refs that nothing protects', began, watch.peaks())
    assert.is(exit, 0, stderr)
    assert.ok(watch.peaks().hook < 300)
    const protectedOne = lines.with(2_500, lines[0]?.replace('open/x0', 'x') ?? '')
    assert.is((await run(hook, [], input(protectedOne))).exit, 1)
  } finally {
    watch.stop()
    server.close()
  }
})

test('50 pushes at once to different branches', async () => {
  const names = Array.from({ length: 50 }, (_, at) => `b${at}`)
  const isGood = (name: string) => Number(name.slice(1)) % 2 === 0
  const server = makeServer({ trusted: [alice], configuration })
  const watch = watchPeaks(server)
  try {
    const base = server.seed([commit('base', alice)])
    server.write(
      names.map(name => branch(name, [commit(name, isGood(name) ? alice : null)])),
      base,
    )
    const began = Date.now()
    const pushed = await Promise.all(names.map(name => server.push([`${name}:refs/heads/${name}`])))
    report('50 pushes at once', began, watch.peaks())
    for (const [index, name] of names.entries()) {
      assert.is(pushed[index]?.accepted, isGood(name), pushed[index]?.output)
      assert.equal(pushed[index]?.codes, isGood(name) ? [] : ['unsigned'])
      assert.is(server.refs().has(`refs/heads/${name}`), isGood(name))
    }
    assert.is(server.decisions().length, names.length)
    assertBounded(watch.peaks())
    server.git('fsck', '--connectivity-only')
  } finally {
    watch.stop()
    server.close()
  }
})

test.run()
