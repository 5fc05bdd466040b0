// ./install.sh as an admin runs it, into a folder of the test.
import { spawn } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { binary as built, root } from './support/paths.ts'
import type { Run, Server } from './support/repository.ts'
import { makeServer, run } from './support/repository.ts'
import { suite } from './support/suite.ts'

const test = suite('install.sh')
const alice = makeKey()

test('fresh, again, and away', async () => {
  await withPlaces(async ({ server, prefix, binary, config, keys, script }) => {
    const former = join(server.gitDir, 'hooks/pre-receive')
    const text = '#!/bin/sh\necho former hook\n'
    mkdirSync(join(server.gitDir, 'hooks'))
    writeFileSync(former, text, { mode: 0o755 })

    const fresh = await script(server.gitDir)
    assert.is(fresh.exit, 0, fresh.stderr)
    assert.is(statSync(binary).mode & 0o7777, 0o755)
    assert.ok(readFileSync(binary).equals(readFileSync(built)))
    assert.is(statSync(config).mode & 0o7777, 0o644)
    assert.is(statSync(keys).mode & 0o7777, 0o755)
    assert.match(readFileSync(join(prefix, 'share/doc/refwarden/LICENSE.openpgp'), 'utf8'), 'GNU LESSER')
    assert.match(readFileSync(join(prefix, 'share/doc/refwarden/THIRD-PARTY-NOTICES.md'), 'utf8'), 'openpgp')
    assert.match(fresh.stdout, 'an unsigned commit is refused, and so is every push to refs/heads/main:')
    assert.match(fresh.stdout, keys)
    assert.match(readFileSync(former, 'utf8'), `'${binary}' pre-receive --config '${config}'`)

    const history = server.write([commit('signed', alice), commit('unsigned')])
    const early = await server.push([`${history.oid('signed')}:refs/heads/main`])
    assert.not.ok(early.accepted)
    assert.is(server.decisions().at(-1).verdict, 'fault')
    writeFileSync(join(keys, 'alice.asc'), alice.publicArmored)
    const signed = await server.push([`${history.oid('signed')}:refs/heads/main`])
    assert.ok(signed.accepted, signed.output)
    assert.match(signed.output, 'former hook')
    const unsigned = await server.push([`${history.oid('unsigned')}:refs/heads/main`])
    assert.equal(unsigned.codes, ['unsigned'])

    const own = `; mine\nkeys = ${keys}\n[protect "refs/heads/main"]\nmode = first-parent\n`
    writeFileSync(config, own)
    const again = await script(server.gitDir)
    assert.is(again.exit, 0, again.stderr)
    assert.is(readFileSync(config, 'utf8'), own)
    assert.match(again.stdout, `${config}: kept as it is`)
    assert.match(again.stdout, `${binary}: up to date`)
    assert.match(again.stdout, 'proved: an unsigned commit to refs/heads/main is refused (unsigned)')

    const away = await script('--uninstall', server.gitDir)
    assert.is(away.exit, 0, away.stderr)
    assert.is(readFileSync(former, 'utf8'), text)
    assert.ok(existsSync(binary))
    await script(server.gitDir)
    const gone = await script('--uninstall')
    assert.is(gone.exit, 0, gone.stderr)
    assert.match(gone.stdout, 'a repository that still has the hooks refuses every push')
    assert.not.ok(existsSync(binary))
    assert.not.ok(existsSync(join(prefix, 'share/doc/refwarden')))
    assert.is(readFileSync(config, 'utf8'), own)
    assert.ok(existsSync(join(keys, 'alice.asc')))
    const locked = await server.push([`${history.oid('signed')}:refs/heads/other`])
    assert.not.ok(locked.accepted)
    assert.match(locked.output, 'refwarden is missing on the server')
  })
})

test('without a repository it says what comes next; relative paths and --name=value are taken', async () => {
  await withPlaces(async ({ server, binary, config, keys }) => {
    const cwd = server.folder
    const args = ['--prefix=a b', '--config=etc/refwarden.ini']
    const { exit, stdout, stderr } = await run(join(root, 'install.sh'), args, { cwd })
    assert.is(exit, 0, stderr)
    assert.match(stdout, `next: ${binary} install --config ${config} REPO`)
    assert.match(readFileSync(config, 'utf8'), `keys = ${keys}\n`)
  })
})

test('a binary that runs is replaced', async () => {
  await withPlaces(async ({ prefix, binary, script }) => {
    mkdirSync(join(prefix, 'bin'), { recursive: true })
    copyFileSync('/bin/sleep', binary)
    const running = spawn(binary, ['600'])
    const before = statSync(binary).ino
    try {
      const { exit, stderr } = await script()
      assert.is(exit, 0, stderr)
      assert.is.not(statSync(binary).ino, before)
      assert.ok(readFileSync(binary).equals(readFileSync(built)))
      assert.is(running.exitCode, null)
    } finally {
      running.kill('SIGKILL')
    }
  })
})

test('a configuration that is a link to nothing is kept', async () => {
  await withPlaces(async ({ server, config, script }) => {
    mkdirSync(join(server.folder, 'etc'))
    symlinkSync('nowhere', config)
    const { stdout } = await script()
    assert.match(stdout, `${config}: kept as it is`)
    assert.not.ok(existsSync(config))
  })
})

test('what is missing on the machine is said in clear words', async () => {
  await withPlaces(async ({ server, script }) => {
    const tools = join(server.folder, 'tools')
    mkdirSync(tools)
    for (const tool of ['sh', 'dirname', 'cat']) {
      const { stdout } = await run('sh', ['-c', `command -v ${tool}`])
      symlinkSync(stdout.trim(), join(tools, tool))
    }
    const with_ = async (name: string, text: string) => {
      writeFileSync(join(tools, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    }
    const env = { PATH: tools }
    const words = async () => {
      const { exit, stderr } = await run(join(root, 'install.sh'), [], { env })
      assert.is(exit, 2)
      return stderr
    }
    assert.match(await words(), 'error: git is missing')
    await with_('git', 'exit 0')
    assert.match(await words(), 'error: Node.js is missing')
    await with_('node', 'if [ "$1" = --version ]; then echo v18.19.0; else exit 1; fi')
    assert.match(await words(), 'error: Node.js v18.19.0 is too old\nhint: install Node.js 20.17 or newer')
    await with_('node', 'exit 0')
    assert.match(await words(), 'error: npm is missing')
    assert.is((await script('--nonsense')).exit, 2)
    assert.is((await script('--config')).exit, 2)
  })
})

test('a place that cannot be written is a fault', async () => {
  await withPlaces(async ({ server, config }) => {
    const { exit, stderr } = await run(join(root, 'install.sh'), [
      '--prefix',
      server.config,
      '--config',
      config,
    ])
    assert.is(exit, 2)
    assert.match(stderr, 'hint: run as root, or choose another place with --prefix')
    const odd = join(server.folder, 'a,b/refwarden.ini')
    const args = ['--prefix', join(server.folder, 'p'), '--config', odd]
    assert.match((await run(join(root, 'install.sh'), args)).stderr, 'a path that no configuration can hold')
  })
})

type Places = {
  readonly server: Server
  readonly prefix: string
  readonly binary: string
  readonly config: string
  readonly keys: string
  script(...args: readonly string[]): Promise<Run>
}

async function withPlaces(action: (places: Places) => Promise<void>): Promise<void> {
  const server = makeServer({ hooks: false })
  const prefix = join(server.folder, 'a b')
  const config = join(server.folder, 'etc/refwarden.ini')
  try {
    await action({
      server,
      prefix,
      binary: join(prefix, 'bin/refwarden'),
      config,
      keys: join(server.folder, 'etc/refwarden/keys'),
      script: (...args) => run(join(root, 'install.sh'), [...args, '--prefix', prefix, '--config', config]),
    })
  } finally {
    server.close()
  }
}

test.run()
