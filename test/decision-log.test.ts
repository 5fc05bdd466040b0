// The decision log of real pushes: what stands in a line, that it is there whatever the client does, and `log-command`.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { longestDecision } from '../src/core/decision.ts'
import { appendLine } from '../src/edge/decision-log.ts'
import { runLogCommand } from '../src/edge/log-command.ts'
import { rejects } from './support/assert.ts'
import { commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import type { Server } from './support/repository.ts'
import { makeServer } from './support/repository.ts'
import { suite } from './support/suite.ts'
import { assertAccepted, assertFault } from './support/verdicts.ts'

const alice = makeKey({ name: 'Alice' })
const configuration = 'keys = @KEYS@\n[protect "refs/heads/*"]\n'

const line = suite('decision log')

line('a push that is accepted, and one that is not: all that is asked later', async () => {
  await withServer(async server => {
    const history = server.write([commit('good', alice), commit('bad')])
    const [good, bad] = [history.oid('good'), history.oid('bad')]
    await server.push([`${good}:refs/heads/main`], { env: { GL_USER: 'alice.liddell', USER: 'git' } })
    const rejection = await server.push([`${bad}:refs/heads/main`, `${good}:refs/heads/other`])
    const [accepted, rejected] = server.decisions()
    const { time, id, milliseconds, ...rest } = accepted
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 600_000, time)
    assert.match(id, /^[0-9a-f]{12}$/)
    assert.ok(Number.isInteger(milliseconds) && milliseconds >= 0)
    const about = {
      ...{ host: hostname(), repo: server.gitDir, refsOmitted: 0, refusedOmitted: 0 },
      config: sha256(readFileSync(server.config)),
      keySets: [sha256(`${sha256(readFileSync(join(server.keys, `${alice.fingerprint}.asc`)))}\n`)],
    }
    const ref = {
      ...{ ref: 'refs/heads/main', before: null, after: good, reason: null, detail: null },
      ...{ judged: 1, rejected: 0, commits: [], signers: [alice.fingerprint], signersOmitted: 0 },
    }
    assert.equal(rest, { ...about, pusher: 'alice.liddell', verdict: 'accepted', refs: [ref] })
    assert.is(rejected.verdict, 'rejected')
    assert.equal(rejected.config, about.config)
    assert.equal(rejected.refs.map((one: { ref: string }) => one.ref).sort(), [
      'refs/heads/main',
      'refs/heads/other',
    ])
    assert.equal(
      rejected.refs.flatMap((one: { commits: unknown }) => one.commits),
      [{ oid: bad, code: 'unsigned', key: null }],
    )
    assert.ok(rejection.remote.some(text => text.includes(`push ${rejected.id} in its log`)))
  })
})

line(
  'the digests say what was decided by: they change with a key or a setting, and with nothing else',
  async () => {
    await withServer(async server => {
      const { config, keySets } = await decided(server, 'one')
      assert.equal(await digests(server, 'two'), { config, keySets })
      writeFileSync(join(server.gitDir, 'refwarden.ini'), 'clock-skew = 400\n')
      const own = await digests(server, 'three')
      assert.is.not(own.config, config)
      assert.is(own.config, sha256(`${readFileSync(server.config, 'utf8')}clock-skew = 400\n`))
      assert.equal(own.keySets, keySets)
      renameSync(join(server.keys, `${alice.fingerprint}.asc`), join(server.keys, 'alice.asc'))
      assert.equal((await digests(server, 'four')).keySets, keySets)
      server.trust(makeKey({ name: 'Bob' }))
      assert.not.equal((await digests(server, 'five')).keySets, keySets)
      const shell = `sha256sum ${server.keys}/* | cut -c1-64 | LC_ALL=C sort | sha256sum | cut -c1-64`
      const { stdout } = spawnSync('sh', ['-c', shell], { encoding: 'utf8' })
      assert.equal((await digests(server, 'six')).keySets, [stdout.trim()])
    })
  },
)

line('compiled keys keep the digest of what they were compiled from', async () => {
  await withServer(async server => {
    const old = new Date(Date.now() - 3600_000)
    spawnSync('find', [server.keys, '-exec', 'touch', '-d', old.toISOString(), '{}', '+'])
    const first = await digests(server, 'one')
    assert.ok(first.keySets.length === 1)
    for (const branch of ['two', 'three']) assert.equal(await digests(server, branch), first)
  })
})

line('a push that needs no key names no set of keys; one that meets a fault says what is known', async () => {
  await withServer(async server => {
    server.configure('keys = @KEYS@\n[protect "refs/heads/main"]\n')
    assert.equal((await digests(server, 'topic')).keySets, [])
    const { config } = server.decisions().at(-1)
    server.configure('keys = @KEYS@\nnonsense\n')
    const history = server.write([commit('again', alice)])
    await server.push([`${history.oid('again')}:refs/heads/main`])
    const fault = server.decisions().at(-1)
    assert.equal([fault.verdict, fault.config, fault.host], ['fault', null, hostname()])
    assert.ok(config !== null)
  })
})

line('mode 0640, whatever the umask', async () => {
  await withServer(async server => {
    const log = join(server.gitDir, 'refwarden.jsonl')
    for (const umask of [0o077, 0o000]) {
      rmSync(log, { force: true })
      const before = process.umask(umask)
      try {
        appendLine(log, '{}\n')
      } finally {
        process.umask(before)
      }
      assert.is(statSync(log).mode & 0o777, 0o640)
    }
    chmodSync(log, 0o600)
    appendLine(log, '{}\n')
    assert.is(statSync(log).mode & 0o777, 0o600)
    assert.is(readFileSync(log, 'utf8'), '{}\n{}\n')
  })
})

line('pushes at the same time: each line whole; a file that is moved away is made anew', async () => {
  await withServer(async server => {
    const history = server.write([commit('good', alice)])
    const names = Array.from({ length: 4 }, (_, index) => `refs/heads/b${index}`)
    await Promise.all(names.map(name => server.push([`${history.oid('good')}:${name}`])))
    assert.is(server.decisions().length, names.length)
    const log = join(server.gitDir, 'refwarden.jsonl')
    renameSync(log, `${log}.1`)
    await server.push([`${history.oid('good')}:refs/heads/after`])
    assert.equal(
      server.decisions().map(({ refs }) => refs[0].ref),
      ['refs/heads/after'],
    )
  })
})

line('a line that a full disk cut off takes no other with it', async () => {
  await withServer(async server => {
    const log = join(server.gitDir, 'refwarden.jsonl')
    writeFileSync(log, '{"id":"cut o')
    await decided(server, 'one').catch(() => undefined)
    const [cut, whole] = readFileSync(log, 'utf8').split('\n')
    assert.is(cut, '{"id":"cut o')
    assert.is(JSON.parse(whole ?? '').verdict, 'accepted')
  })
})

line('a push of hundreds of refs is one line, not longer than shippers take', async () => {
  await withServer(async server => {
    const history = server.write([commit('good', alice)])
    const names = Array.from({ length: 300 }, (_, index) => `${history.oid('good')}:refs/heads/b${index}`)
    assertAccepted(server, await server.push(names))
    const text = readFileSync(join(server.gitDir, 'refwarden.jsonl'), 'utf8')
    assert.ok(Buffer.byteLength(text) <= longestDecision)
    const [{ refs, refsOmitted, refusedOmitted }] = server.decisions()
    assert.is(refs.length + refsOmitted, 300)
    assert.ok(refsOmitted > 100)
    assert.is(refusedOmitted, 0)
  })
})

line('the client is gone before the verdict: it is in the log', async () => {
  await withServer(async server => {
    const history = server.write([commit('bad')])
    // A hook that waits gives the client the time to go; refwarden comes after it.
    const hook = join(server.gitDir, 'hooks/pre-receive')
    renameSync(hook, `${hook}-real`)
    writeFileSync(
      hook,
      `#!/bin/sh\necho waiting >&2\nwhile [ ! -e "$GIT_DIR/gone" ]; do sleep 0.05; done\n"$GIT_DIR/hooks/pre-receive-real"\ncode=$?\necho "$code" >"$GIT_DIR/exit"\nexit $code\n`,
      { mode: 0o755 },
    )
    const client = spawn('git', ['push', server.gitDir, `${history.oid('bad')}:refs/heads/main`], {
      env: { ...process.env, GIT_DIR: server.client },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    })
    await new Promise<void>(resolve => {
      client.stderr.on('data', text => String(text).includes('waiting') && resolve())
    })
    client.kill('SIGKILL')
    await new Promise(resolve => client.on('exit', resolve))
    client.stderr.destroy()
    writeFileSync(join(server.gitDir, 'gone'), '')
    await until(() => existsSync(join(server.gitDir, 'exit')))
    const [decision] = server.decisions()
    assert.is(decision?.verdict, 'rejected')
    assert.equal(
      decision?.refs[0].commits.map(({ code }: { code: string }) => code),
      ['unsigned'],
    )
    assert.equal([...server.refs()], [])
  })
})

line.run()

const command = suite('log-command')

command('a program gets the line that the file gets, and PATH alone of the environment', async () => {
  await withServer(async server => {
    const out = join(server.folder, 'out')
    const program = script(
      server,
      `cat >'${out}'; printf '%s|' "$@" >'${out}.args'; env | sort >'${out}.env'; exit 0`,
    )
    server.configure(`log-command = ${program} -t  a $HOME *\n${configuration}`)
    await decided(server, 'one', { SECRET: 'x' })
    assert.is(readFileSync(out, 'utf8'), readFileSync(join(server.gitDir, 'refwarden.jsonl'), 'utf8'))
    assert.is(readFileSync(`${out}.args`, 'utf8'), '-t|a|$HOME|*|')
    const names = readFileSync(`${out}.env`, 'utf8')
      .split('\n')
      .map(each => each.replace(/=.*/, ''))
    assert.equal(
      names.filter(name => !['', '_', 'OLDPWD', 'PWD', 'SHLVL'].includes(name)),
      ['LC_ALL', 'PATH'],
    )
  })
})

const logger = spawnSync('logger', ['--version']).status === 0 ? null : 'no logger of util-linux'
command.unless(logger, 'logger of util-linux hands the whole line to syslog', async () => {
  await withServer(async server => {
    const socket = join(server.folder, 'log')
    const received: Buffer[] = []
    const syslog = createServer(connection => void connection.on('data', bytes => received.push(bytes)))
    await new Promise<void>(resolve => syslog.listen(socket, resolve))
    try {
      const to = `log-command = logger --socket ${socket} --socket-errors=on --size 32KiB --tag refwarden --priority auth.notice`
      server.configure(`${to}\n${configuration}`)
      const history = server.write([commit('good', alice)])
      const names = Array.from({ length: 60 }, (_, index) => `${history.oid('good')}:refs/heads/b${index}`)
      assertAccepted(server, await server.push(names))
      const line = readFileSync(join(server.gitDir, 'refwarden.jsonl'), 'utf8').trimEnd()
      assert.ok(line.length > 10_000)
      await until(() => Buffer.concat(received).includes('}]'))
      const [header, message] = Buffer.concat(received).toString().split(' refwarden: ')
      assert.match(header ?? '', /^<37>/)
      assert.is(message?.replace(/[\0\n]*$/, ''), line)
    } finally {
      syslog.close()
    }
    await assertHeldUp(server, /^log-command: logger ended with 1: .*No such file/)
  })
})

const failing: readonly [name: string, program: (server: Server) => string, fault: RegExp][] = [
  [
    'that ends with 3',
    server => script(server, 'cat >/dev/null; echo "no room" >&2; exit 3'),
    /ended with 3: no room$/,
  ],
  ['that is killed', server => script(server, 'kill -9 $$'), /ended with SIGKILL/],
  ['that is not there', () => '/nowhere/logger', /ENOENT/],
  ['that PATH does not know', () => 'no-such-logger', /ENOENT/],
  ['that is not executable', server => server.config, /EACCES/],
]
for (const [name, program, fault] of failing)
  command(`one ${name} refuses the push, as a log that cannot be written does`, async () => {
    await withServer(async server => {
      server.configure(`log-command = ${program(server)}\n${configuration}`)
      await assertHeldUp(server, fault)
    })
  })

command('one that does not read its stdin, or leaves something running, is no failure', async () => {
  await withServer(async server => {
    server.configure(`log-command = true\n${configuration}`)
    assert.is((await decided(server, 'one')).verdict, 'accepted')
    const pid = join(server.folder, 'pid')
    server.configure(`log-command = ${script(server, `sleep 60 & echo $! >'${pid}'`)}\n${configuration}`)
    assert.is((await decided(server, 'two')).verdict, 'accepted')
    process.kill(Number(readFileSync(pid, 'utf8')))
  })
})

command('one that hangs is killed with what it has started', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hang-'))
  const pid = join(folder, 'pid')
  const hanging = ['/bin/sh', '-c', `sleep 300 & echo $! >'${pid}'; wait`]
  await rejects(runLogCommand(hanging, '{}\n', 300), /did not end within 0.3 seconds/)
  const child = Number(readFileSync(pid, 'utf8'))
  await until(() => !isRunning(child))
  assert.not.ok(isRunning(child))
  rmSync(folder, { recursive: true })
})

command('a repository switches off what the server has set', async () => {
  await withServer(async server => {
    server.configure(`log-command = false\n${configuration}`)
    await assertHeldUp(server, /ended with 1/)
    writeFileSync(join(server.gitDir, 'refwarden.ini'), 'log-command =\n')
    assert.is((await decided(server, 'one')).verdict, 'accepted')
  })
})

command("the proof of an installation does not reach the server's log", async () => {
  await withServer(async server => {
    const out = join(server.folder, 'out')
    const program = script(server, `cat >>'${out}'`)
    server.configure(`log-command = ${program}\n${configuration}`)
    for (const own of [null, `clock-skew = 9\nlog-command = ${program}\n`]) {
      if (own !== null) writeFileSync(join(server.gitDir, 'refwarden.ini'), own)
      const { stdout } = await server.refwarden(['install', '--config', server.config, server.gitDir])
      assert.match(stdout, 'is refused (unsigned)')
      assert.not.ok(existsSync(out))
    }
    await decided(server, 'one')
    assert.ok(existsSync(out))
  })
})

command.run()

async function withServer(action: (server: Server) => Promise<void>): Promise<void> {
  const server = makeServer({ trusted: [alice], configuration })
  try {
    await action(server)
  } finally {
    server.close()
  }
}

/** The decision about a good push of a branch of this name. */
async function decided(server: Server, name: string, env = {}) {
  const history = server.write([commit(name, alice)])
  assertAccepted(server, await server.push([`${history.oid(name)}:refs/heads/${name}`], { env }))
  return server.decisions().at(-1)
}

async function digests(server: Server, name: string) {
  const { config, keySets } = await decided(server, name)
  return { config, keySets }
}

/** A good push is refused for this fault, which the file has. */
async function assertHeldUp(server: Server, fault: RegExp): Promise<void> {
  const history = server.write([commit('good', alice)])
  const refs = server.refs()
  const push = await server.push([`${history.oid('good')}:refs/heads/main`])
  assertFault(server, push, fault)
  const [decided, held] = server.decisions().slice(-2)
  assert.equal([decided.verdict, held.verdict], ['accepted', 'fault'])
  assert.is(decided.id, held.id)
  assert.not.match(push.output, 'cannot write its log')
  assert.equal(server.refs(), refs)
}

function script(server: Server, text: string): string {
  const path = join(server.folder, 'program')
  mkdirSync(server.folder, { recursive: true })
  writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  return path
}

function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; waited < 600 && !condition(); waited++)
    await new Promise(resolve => setTimeout(resolve, 50))
}

/** A zombie that nobody has waited for counts as ended. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
