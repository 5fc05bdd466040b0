// The stubs of hooks/ as sh runs them, with a program of the test in the place of the binary.
import { accessSync, chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { HookName } from '../src/core/installation.ts'
import { renderStub } from '../src/core/installation.ts'
import { commit } from './support/history.ts'
import { root } from './support/paths.ts'
import type { Server } from './support/repository.ts'
import { makeServer, run } from './support/repository.ts'
import { suite } from './support/suite.ts'

const test = suite('stub')

/** What the pusher's side can put there, and what must come through of it. */
const hostile = {
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'core.fsmonitor',
  GIT_CONFIG_VALUE_0: 'touch /tmp/owned',
  GIT_CONFIG_PARAMETERS: "'core.fsmonitor=touch /tmp/owned'",
  GIT_CONFIG_GLOBAL: '/tmp/evil',
  GIT_TRACE: '/tmp/trace',
  GIT_EXEC_PATH: '/tmp/evil',
  GIT_REPLACE_REF_BASE: 'refs/heads/',
  NODE_OPTIONS: '--require /tmp/evil.js',
  NODE_EXTRA_CA_CERTS: '/tmp/evil.pem',
  NODE_PATH: '/tmp/evil',
  HOME: '/tmp/evil',
  LC_ALL: 'tr_TR.UTF-8',
  PATH: `/tmp/evil:${process.env['PATH']}`,
}
const wanted = {
  GIT_DIR: '.',
  GIT_QUARANTINE_PATH: '/q',
  GIT_OBJECT_DIRECTORY: '/q/objects',
  GIT_ALTERNATE_OBJECT_DIRECTORIES: '/a b:/c',
  GL_USER: 'alice',
  GL_USERNAME: "o'hara",
  GL_REPO: 'a b',
  GL_PROTOCOL: 'ssh',
  GITEA_PUSHER_NAME: '$(touch /tmp/owned) `id` "x"',
  REMOTE_USER: '*',
  USER: 'two\nlines',
  LOGNAME: '-n',
  SSH_CONNECTION: '1.2.3.4 5 6.7.8.9 22',
}

test('of the environment the binary gets the named part alone, word for word', async () => {
  await withBench(async bench => {
    const { exit } = await run(bench.stub('pre-receive'), [], {
      env: { ...hostile, ...wanted },
      input: 'x\n',
    })
    assert.is(exit, 0)
    const { PATH, ...given } = bench.recorded('environment')
    assert.equal(given, wanted)
    assert.is(PATH, '/opt/git/bin:/usr/local/bin:/usr/bin:/bin')
    assert.equal(bench.recorded('arguments'), ['pre-receive', '--config', bench.config])
  })
})

test('a name that is empty or not set does not come through', async () => {
  await withBench(async bench => {
    await run('/usr/bin/env', ['-i', 'GIT_DIR=.', 'GL_USER=', bench.stub('pre-receive')])
    assert.equal(Object.keys(bench.recorded('environment')).sort(), ['GIT_DIR', 'PATH'])
  })
})

test('post-receive gets no quarantine: it is over, and git sets none', async () => {
  await withBench(async bench => {
    await run(bench.stub('post-receive'), [], { env: { ...hostile, ...wanted }, input: 'x\n' })
    const { PATH: _path, ...given } = bench.recorded('environment')
    const {
      GIT_QUARANTINE_PATH: _1,
      GIT_OBJECT_DIRECTORY: _2,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: _3,
      ...rest
    } = wanted
    assert.equal(given, rest)
    assert.equal(bench.recorded('arguments'), ['post-receive', '--config', bench.config])
  })
})

test('a push hands its updates over, and the exit code decides', async () => {
  await withBench(async bench => {
    bench.stub('pre-receive')
    const tip = bench.server.write([commit('one')]).oid('main')
    const accepted = await bench.server.push([`${tip}:refs/heads/main`])
    assert.ok(accepted.accepted, accepted.output)
    assert.is(bench.input(), `${'0'.repeat(40)} ${tip} refs/heads/main\n`)
    for (const code of [1, 2, 127]) {
      bench.answer(code)
      const refused = await bench.server.push([`${tip}:refs/heads/other`])
      assert.not.ok(refused.accepted, `exit ${code}: ${refused.output}`)
    }
  })
})

test('a binary that is missing or cannot be executed refuses the push', async () => {
  await withBench(async bench => {
    bench.stub('pre-receive')
    const tip = bench.server.write([commit('one')]).oid('main')
    chmodSync(bench.binary, 0o644)
    const denied = await bench.server.push([`${tip}:refs/heads/main`])
    rmSync(bench.binary)
    const missing = await bench.server.push([`${tip}:refs/heads/main`])
    for (const { accepted, remote, output } of [denied, missing]) {
      assert.not.ok(accepted, output)
      assert.match(remote.join('\n'), /^error: refwarden is missing on the server/)
      assert.ok(remote.every(line => line.length <= 72))
    }
    assert.equal([...bench.server.refs()], [])
  })
})

test('a namespace is refused: its refs are not those of the repository', async () => {
  await withBench(async bench => {
    const { exit } = await run(bench.stub('pre-receive'), [], { env: { GIT_NAMESPACE: 'x' }, input: '' })
    assert.is(exit, 2)
  })
})

test('paths with spaces, quotes and dollars are words', async () => {
  await withBench(async bench => {
    const { exit } = await run(bench.stub('pre-receive'), [], { input: 'x\n' })
    assert.is(exit, 0)
    assert.equal(bench.recorded('arguments')[2], bench.config)
    assert.match(bench.config, `a 'b" $HOME`)
  })
})

test('the former hook runs second, with the same input, arguments and environment', async () => {
  await withBench(async bench => {
    const former = bench.former('pre-receive', 3)
    const input = `${'0'.repeat(40)} ${'1'.repeat(40)} refs/heads/main\n`
    const env = { ...hostile, ...wanted, NODE_OPTIONS: '--no-warnings', FOO: ' a  b ' }
    const { exit } = await run(bench.stub('pre-receive', true), ['one', 'two words', ''], { env, input })
    assert.is(exit, 3)
    assert.equal(former.arguments(), ['one', 'two words', ''])
    assert.is(former.input(), input)
    assert.is(bench.input(), input)
    const seen = former.environment()
    for (const [name, value] of Object.entries(env)) assert.is(seen[name], value, name)
    assert.equal(
      Object.keys(seen).filter(name => /refwarden/i.test(name) && !(name in process.env)),
      [],
    )
    assert.equal(bench.order(), ['refwarden', 'former'])
  })
})

test('a shell that does not know -p is started without', () => {
  const template = readFileSync(join(root, 'hooks/pre-receive'), 'utf8')
  const values = { binary: '/b', config: '/c', gitFolder: '/usr/bin', chained: false }
  assert.match(renderStub(template, { ...values, privileged: true }), /^#!\/bin\/sh -p\n/)
  assert.match(renderStub(template, { ...values, privileged: false }), /^#!\/bin\/sh\n/)
})

test('a path that cannot stand in a stub is a fault', () => {
  const good = { binary: '/b', config: '/c', gitFolder: '/usr/bin', chained: false, privileged: true }
  const bad = [{ binary: '/a=b' }, { binary: 'b' }, { config: '/a\nb' }, { gitFolder: '/a:b' }]
  for (const part of bad) assert.throws(() => renderStub('@BINARY@ @CONFIG@ @PATH@', { ...good, ...part }))
})

test('the former hook is not asked where refwarden refuses, nor where it is missing', async () => {
  await withBench(async bench => {
    bench.former('pre-receive', 0)
    const stub = bench.stub('pre-receive', true)
    for (const code of [1, 2]) {
      bench.answer(code)
      assert.is((await run(stub, [], { input: 'x\n' })).exit, code)
    }
    rmSync(bench.binary)
    assert.is((await run(stub, [], { input: 'x\n' })).exit, 2)
    assert.equal(bench.order(), ['refwarden', 'refwarden'])
  })
})

test('a former hook that is missing refuses', async () => {
  await withBench(async bench => {
    assert.is((await run(bench.stub('pre-receive', true), [], { input: 'x\n' })).exit, 127)
  })
})

test('a former post-receive hook runs whatever refwarden says', async () => {
  await withBench(async bench => {
    const former = bench.former('post-receive', 5)
    bench.answer(2)
    const stub = bench.stub('post-receive', true)
    assert.is((await run(stub, ['x'], { input: 'updates\n' })).exit, 5)
    assert.is(former.input(), 'updates\n')
    rmSync(bench.binary)
    assert.is((await run(stub, ['x'], { input: 'updates\n' })).exit, 5)
    assert.equal(bench.order(), ['refwarden', 'former', 'former'])
  })
})

test('5,000 refs reach both', async () => {
  await withBench(async bench => {
    const former = bench.former('pre-receive', 0)
    const line = (index: number) =>
      `${'0'.repeat(64)} ${'1'.repeat(64)} refs/heads/${'n'.repeat(60)}${index}\n`
    const input = Array.from({ length: 5000 }, (_, index) => line(index)).join('')
    const { exit } = await run(bench.stub('pre-receive', true), [], { input })
    assert.is(exit, 0)
    assert.ok(bench.input() === input && former.input() === input)
  })
})

const shells: readonly [name: string, path: string, args: readonly string[]][] = [
  ['dash', '/bin/dash', []],
  ['bash', '/bin/bash', []],
  ['busybox', '/bin/busybox', ['sh']],
  ['mksh', '/bin/mksh', []],
  ['zsh', '/bin/zsh', ['--emulate', 'sh']],
]
const odd = Buffer.concat([
  Buffer.from(Array.from({ length: 255 }, (_, index) => index + 1)),
  Buffer.from('\u00e9\u20ac.\n'),
  Buffer.from([0xe2, 0x82]),
])
const inputs: readonly [name: string, input: Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['no line end', Buffer.from('a')],
  ['line ends alone', Buffer.from('\n\n\n')],
  ['line ends at the end', Buffer.from('a\n\n\n')],
  ['every byte but NUL', odd],
  ['an option', Buffer.from('-n %s \\n \\c\n')],
]

for (const [name, path, args] of shells)
  test.unless(
    exists(path) ? null : `${path} is not here`,
    `${name} passes each byte of the input on`,
    async () => {
      await withBench(async bench => {
        const former = bench.former('pre-receive', 0)
        const stub = bench.stub('pre-receive', true)
        for (const [kind, input] of inputs)
          for (const LC_ALL of ['C', 'C.UTF-8']) {
            const { exit, stderr } = await run(path, [...args, stub], { env: { LC_ALL }, input })
            assert.is(exit, 0, `${kind}: ${stderr}`)
            assert.ok(bench.inputBytes().equals(input), `${kind}: refwarden, ${LC_ALL}`)
            assert.ok(former.inputBytes().equals(input), `${kind}: the former hook, ${LC_ALL}`)
          }
      })
    },
  )

test.unless(
  exists('/bin/bash') ? null : '/bin/bash is not here',
  'where sh is bash, the environment cannot switch the stub off',
  async () => {
    await withBench(async bench => {
      bench.answer(1)
      const sh = join(bench.server.folder, 'sh')
      symlinkSync('/bin/bash', sh)
      const stub = bench.stub('pre-receive', true)
      const text = readFileSync(stub, 'utf8')
      bench.former('pre-receive', 0)
      const attacks: readonly Readonly<Record<string, string>>[] = [
        { SHELLOPTS: 'noexec' },
        { 'BASH_FUNC_printf%%': '() { exit 0; }' },
        { 'BASH_FUNC_judge%%': '() { exit 0; }' },
        { BASH_ENV: '/dev/null', ENV: '/dev/null', BASHOPTS: 'execfail' },
      ]
      const exits = async (first: string) => {
        writeFileSync(stub, text.replace(/^#!\/bin\/sh -p\n/, `${first}\n`))
        const results = []
        for (const env of attacks) results.push((await run(stub, [], { env, input: 'x\n' })).exit)
        return results
      }
      assert.equal(await exits(`#!${sh} -p`), [1, 1, 1, 1])
      assert.equal((await exits(`#!${sh}`))[0], 0, 'the attack that -p wards off')
    })
  },
)

type Recorded = {
  arguments(): readonly string[]
  environment(): Readonly<Record<string, string>>
  input(): string
  inputBytes(): Buffer
}

type Bench = {
  readonly folder: string
  readonly server: Server
  readonly binary: string
  readonly config: string
  stub(hook: HookName, chained?: boolean): string
  former(hook: HookName, exit: number): Recorded
  answer(exit: number): void
  order(): readonly string[]
  input(): string
  inputBytes(): Buffer
  recorded(what: 'environment'): Record<string, string>
  recorded(what: 'arguments'): readonly string[]
}

async function withBench(action: (bench: Bench) => Promise<void>): Promise<void> {
  const server = makeServer({ hooks: false })
  const folder = join(server.folder, `a 'b" $HOME`)
  const hooks = join(server.gitDir, 'hooks')
  for (const path of [folder, hooks]) mkdirSync(path)
  const binary = join(folder, 'refwarden')
  const config = join(folder, 'refwarden.ini')
  const recorder = join(server.folder, 'recorder')
  const order = join(recorder, 'order')
  mkdirSync(recorder)
  writeFileSync(order, '')
  const program = (path: string, name: string, exit: number): Recorded => {
    const at = join(recorder, name)
    // node tells the environment as it is; a shell would add to it
    const text = `#!${process.execPath}
const { appendFileSync, readFileSync, writeFileSync } = require('node:fs')
writeFileSync(${JSON.stringify(at)}, JSON.stringify({ arguments: process.argv.slice(2), environment: process.env, input: readFileSync(0).toString('base64') }))
appendFileSync(${JSON.stringify(order)}, ${JSON.stringify(`${name}\n`)})
process.exit(${exit})
`
    writeFileSync(path, text, { mode: 0o755 })
    const read = () => JSON.parse(readFileSync(at, 'utf8'))
    return {
      arguments: () => read().arguments,
      environment: () => read().environment,
      input: () => Buffer.from(read().input, 'base64').toString(),
      inputBytes: () => Buffer.from(read().input, 'base64'),
    }
  }
  const own = program(binary, 'refwarden', 0)
  const bench: Bench = {
    folder,
    server,
    binary,
    config,
    stub(hook, chained = false) {
      const template = readFileSync(join(root, 'hooks', hook), 'utf8')
      const path = join(hooks, hook)
      const values = { binary, config, gitFolder: '/opt/git/bin', chained, privileged: true }
      writeFileSync(path, renderStub(template, values), { mode: 0o755 })
      return path
    },
    former: (hook, exit) => program(join(hooks, `refwarden-chained-${hook}`), 'former', exit),
    answer: exit => void program(binary, 'refwarden', exit),
    order: () => readFileSync(order, 'utf8').trim().split('\n'),
    input: () => own.input(),
    inputBytes: () => own.inputBytes(),
    // biome-ignore lint/suspicious/noExplicitAny: one of two by its argument
    recorded: (what: 'environment' | 'arguments'): any => own[what](),
  }
  try {
    await action(bench)
  } finally {
    server.close()
  }
}

function exists(path: string): boolean {
  try {
    accessSync(path)
    return true
  } catch {
    return false
  }
}

test.run()
