import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { branch, commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { deeds, misbehavingGit } from './support/misbehaving-git.ts'
import { binary } from './support/paths.ts'
import type { PushResult } from './support/push.ts'
import type { Run, Server } from './support/repository.ts'
import { makeServer, run } from './support/repository.ts'
import { suite } from './support/suite.ts'
import { assertAccepted } from './support/verdicts.ts'

/*
 * The machine or the set-up is wrong: every push that would have to be judged is refused, the pusher is told whom to
 * ask and no more, the admin finds the rest in the log.
 */
const alice = makeKey()

/** A server whose `main` has one commit; the client has a good one and a bad one on top. */
async function withServer(action: (server: Server) => Promise<void>): Promise<void> {
  const server = makeServer({ trusted: [alice] })
  try {
    const seeded = server.seed([commit('base', alice)])
    server.write(
      [
        branch('good', [commit('s', alice)]),
        branch('bad', [commit('t', alice), commit('u'), commit('v', alice)]),
        branch('far', [
          ...Array.from({ length: 6 }, (_, index) => commit(`f${index}`, alice)),
          branch('bad-far', [commit('w')]),
        ]),
      ],
      seeded,
    )
    await action(server)
  } finally {
    server.close()
  }
}

const fault = [
  'error: the server cannot check pushes: its refwarden set-up is broken',
  /^hint: ask the admin of the server about push [0-9a-f]{12} in its log$/,
] as const

/** The pusher sees two lines, neither of which tells of the server's inside; the log's last line has it all. */
function assertFault(server: Server, { accepted, remote, output }: PushResult, detail: RegExp): void {
  const decision = server.decisions().at(-1)
  assert.is(accepted, false, output)
  assert.equal(remote.length, 2, output)
  assert.is(remote[0], fault[0])
  assert.match(remote[1] ?? '', fault[1])
  assert.ok(remote[1]?.includes(decision?.id), `${output}${JSON.stringify(decision)}`)
  assert.is(decision.verdict, 'fault')
  assert.match(decision.fault, detail)
}

/** Runs the hook's command as the stub does and returns its exit code and words. */
function hook(
  server: Server,
  updates: string | Uint8Array,
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  return server.refwarden(['pre-receive', '--config', server.config], {
    input: updates,
    env: { GIT_DIR: server.gitDir, ...env },
  })
}

function update(server: Server, name: string): string {
  const oid = readFileSync(join(server.client, 'refs/heads', name), 'utf8').trim()
  return `${server.refs().get('refs/heads/main')} ${oid} refs/heads/main\n`
}

const configuration = suite('faults: the configuration')

const broken: readonly [name: string, text: string | null, detail: RegExp][] = [
  ['none', null, /refwarden\.ini: no such file/],
  ['empty', '', /refwarden\.ini: empty/],
  ['a setting that is not known', '[protect "refs/heads/main"]\nmod = all\n', /\.ini:2: .*'mod'/],
  [
    'a mode that is not known',
    '[protect "refs/heads/main"]\nmode = some\n',
    /:2: 'some' is not a valid verify-/,
  ],
  ['a section that is not closed', 'keys = @KEYS@\n[protect "refs/heads/main"\n', /:2: .*not closed/],
  ['a setting given twice', 'keys = @KEYS@\nkeys = @KEYS@\n[protect "refs/heads/main"]\n', /:2: .*already/],
  ['a short ref name', 'keys = @KEYS@\n[protect "main"]\n', /:2: 'main' is not a full ref name/],
  ['no keys named', '[protect "refs/heads/main"]\n', /:1: .*no keys/],
]
for (const [name, text, detail] of broken)
  configuration(`${name}: every push is refused, to unprotected branches too`, async () => {
    await withServer(async server => {
      if (text === null) rmSync(server.config)
      else server.configure(text)
      const refs = server.refs()
      for (const target of ['main', 'topic'])
        assertFault(server, await server.push([`good:refs/heads/${target}`]), detail)
      const { exit, stdout } = await hook(server, update(server, 'good'))
      assert.equal([exit, stdout], [2, ''])
      assert.equal(server.refs(), refs)
      server.configure('keys = @KEYS@\n[protect "refs/heads/main"]\n')
      assertAccepted(server, await server.push(['good:main']))
    })
  })

configuration('one that others may write', async () => {
  await withServer(async server => {
    chmodSync(server.config, 0o666)
    assertFault(server, await server.push(['good:main']), /refwarden\.ini: others may write it/)
    chmodSync(server.config, 0o644)
    assertAccepted(server, await server.push(['good:main']))
  })
})

configuration('two patterns that weigh the same for a ref that is there', async () => {
  await withServer(async server => {
    const equal = 'keys = @KEYS@\n[protect "refs/heads/m*"]\n[protect "refs/heads/*n"]\n'
    server.configure(equal)
    assertFault(server, await server.push(['good:main']), /refs\/heads\/main: .* match it equally/)
    server.configure(`${equal}[protect "refs/heads/main"]\n`)
    assertAccepted(server, await server.push(['good:main']))
  })
})

configuration.run()

const keys = suite('faults: the key directory')

type Spoiling = (server: Server, file: string) => void
const spoiled: readonly [name: string, spoil: Spoiling, detail: RegExp][] = [
  ['the folder is missing', server => rmSync(server.keys, { recursive: true }), /keys/],
  ['the folder is empty', (_, file) => rmSync(file), /keys/],
  ['a file that is no key', (_, file) => writeFileSync(file, 'hello\n'), /\.asc/],
  ['an empty file', (_, file) => writeFileSync(file, ''), /\.asc/],
  ['half a key', (_, file) => writeFileSync(file, alice.publicArmored.slice(0, 200)), /\.asc/],
  ['a secret key', (_, file) => writeFileSync(file, alice.secretArmored), /\.asc: a secret key/],
  ['a file of another kind', server => writeFileSync(join(server.keys, 'README.md'), ''), /README\.md/],
  ['a link to nothing', server => symlinkSync('/nowhere', join(server.keys, 'bob.asc')), /bob\.asc/],
  ['a file that others may write', (_, file) => chmodSync(file, 0o622), /others may write it/],
]
for (const [name, spoil, detail] of spoiled)
  keys(`${name}: protected refs are refused, others go on`, async () => {
    await withServer(async server => {
      const file = join(server.keys, `${alice.fingerprint}.asc`)
      spoil(server, file)
      for (const source of ['good', 'bad'])
        assertFault(server, await server.push([`${source}:refs/heads/main`]), detail)
      const { exit } = await hook(server, update(server, 'good'))
      assert.is(exit, 2)
      assertAccepted(server, await server.push(['good:refs/heads/topic']))
      rmSync(server.keys, { recursive: true, force: true })
      mkdirSync(server.keys, { mode: 0o755 })
      writeFileSync(file, alice.publicArmored, { mode: 0o644 })
      assertAccepted(server, await server.push(['good:main']))
    })
  })

keys.unless(
  process.getuid?.() === 0 ? 'root may read every file' : null,
  'a file that this user may not read',
  async () => {
    await withServer(async server => {
      const file = join(server.keys, `${alice.fingerprint}.asc`)
      chmodSync(file, 0)
      assertFault(server, await server.push(['good:main']), /\.asc: /)
      chmodSync(file, 0o644)
      assertAccepted(server, await server.push(['good:main']))
    })
  },
)

keys.run()

const git = suite('faults: git')

/** A few commits are read one by one; of many git makes a list. */
const [near, far] = [
  ['bad', 'good'],
  ['bad-far', 'far'],
] as const

for (const [[bad, good], [name, deed]] of [near, far].flatMap(pair =>
  Object.entries(deeds).map(deed => [pair, deed] as const),
))
  git(`a call of it is ${name}: unsigned work never gets in (${bad})`, async () => {
    await withServer(async server => {
      const wrapped = misbehavingGit(server)
      const refs = server.refs()
      const pushed = await server.push([`${bad}:main`])
      assert.equal(pushed.codes, ['unsigned'], pushed.output)
      const calls = wrapped.calls()
      assert.ok(calls.length >= 3, calls.join(' '))
      server.git('fetch', '--quiet', server.client, bad)
      const updates = update(server, bad)
      for (const call of calls) {
        wrapped.spoil(call, deed)
        const decided = server.decisions().length
        const { exit, stderr } = await hook(server, updates, { PATH: wrapped.path })
        assert.is.not(exit, 0, `${call}: ${stderr}`)
        assert.ok(wrapped.calls().includes(call), `${call} was not made again`)
        if (deed !== deeds['the hook killed']) assert.is(server.decisions().length, decided + 1)
      }
      assert.equal(server.refs(), refs)
      wrapped.spoil(null)
      assertAccepted(server, await server.push([`${good}:main`]))
    })
  })

for (const [[, good], deed] of [near, far].flatMap(pair =>
  (['killed', 'failed'] as const).map(deed => [pair, deed] as const),
))
  git(`a call of it is ${deed}: a good push is refused too (${good})`, async () => {
    await withServer(async server => {
      const wrapped = misbehavingGit(server)
      const base = server.git('rev-parse', 'refs/heads/main').trim()
      assertAccepted(server, await server.push([`${good}:main`]))
      const calls = wrapped.calls()
      server.git('update-ref', 'refs/heads/main', base)
      for (const call of calls) {
        wrapped.spoil(call, deeds[deed])
        assertFault(server, await server.push([`${good}:main`]), /^git [a-z-]+ failed/)
        wrapped.calls()
      }
    })
  })

git('it is not there', async () => {
  await withServer(async server => {
    const path = join(server.gitDir, 'hooks/pre-receive')
    server.git('config', 'transfer.unpackLimit', '1') // a commit that is unpacked is read without it
    writeFileSync(path, readFileSync(path, 'utf8').replace(/ PATH='[^']*'/, " PATH='/nowhere'"))
    assertFault(server, await server.push(['good:main']), /^git [a-z-]+ failed/)
  })
})

git.run()

const log = suite('faults: the log')

for (const [name, path] of [
  ['a full disk', '/dev/full'],
  ['a folder that is missing', '/nowhere/decisions.jsonl'],
  ['a folder in its place', '/'],
] as const)
  log(`${name}: what leaves no trace is refused`, async () => {
    await withServer(async server => {
      server.configure(`keys = @KEYS@\nlog = ${path}\n[protect "refs/heads/main"]\n`)
      const refs = server.refs()
      for (const source of ['good', 'bad']) {
        const { accepted, remote, output } = await server.push([`${source}:refs/heads/main`])
        assert.is(accepted, false, output)
        assert.equal(remote[0], fault[0])
        assert.match(remote[1] ?? '', fault[1])
        assert.equal(remote.slice(2), ['hint: it cannot write its log either'])
      }
      assert.is((await hook(server, update(server, 'good'))).exit, 2)
      assert.equal(server.refs(), refs)
      assert.equal(server.decisions(), [])
    })
  })

log('a link in its place is not followed', async () => {
  await withServer(async server => {
    const target = join(server.folder, 'target')
    writeFileSync(target, '')
    symlinkSync(target, join(server.gitDir, 'refwarden.jsonl'))
    assert.is((await server.push(['good:main'])).accepted, false)
    assert.is(readFileSync(target, 'utf8'), '')
  })
})

log.run()

const hooks = suite('faults: the hook itself')

hooks('the binary is missing', async () => {
  await withServer(async server => {
    const link = join(server.folder, 'binary')
    symlinkSync(binary, link)
    const path = join(server.gitDir, 'hooks/pre-receive')
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(binary, link))
    assert.equal((await server.push(['bad:main'])).codes, ['unsigned'])
    rmSync(link)
    const { accepted, remote, output } = await server.push(['good:refs/heads/topic'])
    assert.is(accepted, false, output)
    assert.equal(remote, [
      'error: refwarden is missing on the server, so every push is refused',
      'hint: ask the admin of the server to install it again',
    ])
    symlinkSync(binary, link)
    assertAccepted(server, await server.push(['good:main']))
  })
})

const inputs: readonly [name: string, input: (line: string) => string | Uint8Array][] = [
  ['nothing', () => ''],
  ['a line that is cut off', line => line.slice(0, -1)],
  ['a line without a ref', line => `${line.slice(0, 81)}\n`],
  ['the same ref twice', line => line + line],
  ['a ref name with a control character', line => line.replace('main', 'ma\x1b]0;x\x07in')],
  ['a ref name that is not UTF-8', line => Buffer.from(line.replace('main', 'ma\xff'), 'latin1')],
  ['a ref name with two dots', line => line.replace('main', 'ma..in')],
  ['a name outside of refs/', line => line.replace('refs/heads/main', 'HEAD')],
  [
    'object names of two formats',
    line => line + line.replace(/[0-9a-f]{40}/g, '$&'.padEnd(24 + 2, '0')).replace('main', 'x'),
  ],
  ['nothing in the place of nothing', line => line.replace(/[0-9a-f]{40}/g, '0'.repeat(40))],
  ['a ref name with a line end', line => line.replace('main', 'main\n')],
  ['a word too many', line => line.replace('refs/', 'x refs/')],
]
for (const [name, input] of inputs)
  hooks(`on its stdin: ${name}`, async () => {
    await withServer(async server => {
      const line = update(server, 'good')
      server.git('fetch', '--quiet', server.client, 'good')
      const { exit, stdout, stderr } = await hook(server, input(line))
      assert.equal([exit, stdout], [2, ''], stderr)
      assert.is(stderr.split('\n')[0], fault[0])
      assert.match(server.decisions().at(-1).fault, /^the push is malformed: /)
      assert.is((await hook(server, line)).exit, 0) // all that was wrong was the input
    })
  })

const streams: readonly [name: string, line: string, exit: number][] = [
  ['stdin is closed', '"$0" "$@" <&-', 2],
  ['stdin is a folder', '"$0" "$@" < /', 2],
  ['stderr is closed', 'cat "$UPDATES" | "$0" "$@" 2>&-', 1],
  ['stdout and stderr are closed', 'cat "$UPDATES" | "$0" "$@" >&- 2>&-', 1],
  [
    'nobody reads stderr',
    '{ { cat "$UPDATES" | "$0" "$@"; echo $? >"$UPDATES.exit"; } 2>&1 >&3 | true; } 3>&1; exit $(cat "$UPDATES.exit")',
    1,
  ],
  ['stderr is a full disk', 'cat "$UPDATES" | "$0" "$@" 2>/dev/full', 1],
]
for (const [name, line, exit] of streams)
  hooks(`${name}: the verdict stands and is logged`, async () => {
    await withServer(async server => {
      server.git('fetch', '--quiet', server.client, 'bad')
      const updates = join(server.folder, 'updates')
      writeFileSync(updates, update(server, 'bad'))
      const args = ['-c', line, binary, 'pre-receive', '--config', server.config]
      const done = await run('sh', args, { env: { GIT_DIR: server.gitDir, UPDATES: updates } })
      assert.is(done.exit, exit, done.stderr)
      assert.is(server.decisions().at(-1).verdict, exit === 1 ? 'rejected' : 'fault')
    })
  })

hooks.run()
