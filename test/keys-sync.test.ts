// refwarden keys sync: only what an admin signed, only forward, whole or not at all.
import { spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Oid } from '../src/core/oid.ts'
import type { History, Step } from './support/history.ts'
import { commit, writeHistory } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { writeObjects } from './support/objects.ts'
import { binary } from './support/paths.ts'
import type { Run, Server } from './support/repository.ts'
import { makeServer } from './support/repository.ts'
import { now } from './support/signature-packet.ts'
import { commitObject } from './support/signed-object.ts'
import { makeSshKey } from './support/ssh-keys.ts'
import { suite } from './support/suite.ts'

const test = suite('keys sync')
const day = 86400
const admin = makeKey({ name: 'Admin' })
const alice = makeKey({ name: 'Alice' })
const bob = makeKey({ name: 'Bob' })
const mallory = makeKey({ name: 'Mallory' })

const first = { 'alice.asc': alice.publicArmored }
const second = { 'alice.asc': alice.publicArmored, 'bob.asc': bob.publicArmored, '.note': 'x' }

type Scene = {
  readonly server: Server
  /** What the admins push to, and a clone of it. */
  readonly upstream: string
  readonly clone: string
  readonly link: string
  readonly admins: string
  write(steps: readonly Step[], onto?: History): History
  sync(...args: readonly string[]): Promise<Run>
  /** Names that a push would read now; null: there is no link. */
  keys(): readonly string[] | null
}

async function withFleet(
  action: (scene: Scene) => Promise<void>,
  format: 'sha1' | 'sha256' = 'sha1',
): Promise<void> {
  const scene = makeFleet(format)
  try {
    await action(scene)
  } finally {
    scene.server.close()
  }
}

function makeFleet(format: 'sha1' | 'sha256'): Scene {
  const server = makeServer({ configuration: '; later\n', format })
  const upstream = join(server.folder, 'keys.git')
  const clone = join(server.folder, 'clone.git')
  const link = join(server.folder, 'etc', 'keys')
  const admins = join(server.folder, 'admins')
  mkdirSync(join(server.folder, 'etc'))
  mkdirSync(admins)
  writeFileSync(join(admins, 'admin.asc'), admin.publicArmored)
  const options = ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`]
  for (const path of [upstream, clone]) git(path, [...options, path])
  git(clone, ['remote', 'add', 'origin', upstream])
  server.configure(`keys = ${link}\n[protect "refs/heads/main"]\n`)
  return {
    server,
    upstream,
    clone,
    link,
    admins,
    write: (steps, onto) => writeHistory(upstream, steps, format, onto),
    sync: (...args) =>
      server.refwarden(['keys', 'sync', clone, '--to', link, '--admin-keys', admins, ...args]),
    keys: () => (existsSync(link) ? readdirSync(link).sort() : null),
  }
}

function git(gitDir: string, args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync('git', args, {
    env: { ...process.env, GIT_DIR: gitDir },
    input,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return stdout.trim()
}

/** Puts `branch` on a commit by the admin with this tree: mode and content by name, folders within folders. */
function put(upstream: string, tree: Tree, parents: readonly Oid[], branch = 'main'): Oid {
  const oid = writeTree(upstream, tree)
  const made = commitObject('sha1', oid, parents, { at: now() - 60, message: 'put\n' }, admin)
  writeObjects(upstream, 'sha1', [made])
  git(upstream, ['update-ref', `refs/heads/${branch}`, made.oid])
  return made.oid
}

type Tree = { readonly [name: string]: readonly [mode: string, content: string] | Tree }

function writeTree(upstream: string, tree: Tree): Oid {
  const lines = Object.entries(tree).map(([name, entry]) => {
    if (!Array.isArray(entry)) return `040000 tree ${writeTree(upstream, entry as Tree)}\t${name}\n`
    const [mode, content] = entry as readonly [string, string]
    return `${mode} blob ${git(upstream, ['hash-object', '-w', '--stdin'], content)}\t${name}\n`
  })
  return git(upstream, ['mktree'], lines.join('')) as Oid
}

const alices = ['100644', alice.publicArmored] as const

for (const format of ['sha1', 'sha256'] as const)
  test(`what an admin signed is taken over, and a push goes by it (${format})`, async () => {
    await withFleet(async ({ server, link, write, sync, keys }) => {
      const one = write([commit('one', admin, { files: first })])
      const synced = await sync()
      assert.is(synced.exit, 0, synced.stderr)
      assert.equal(synced.stdout.split('\n'), [
        `+ ${alice.fingerprint}  Alice <alice@example.org>`,
        `${one.oid('one')}: 1 keys in ${link}`,
        '',
      ])
      assert.equal(keys(), ['alice.asc'])
      assert.is(readFileSync(join(link, 'alice.asc'), 'utf8'), alice.publicArmored)
      assert.is(statSync(join(link, 'alice.asc')).mode & 0o7777, 0o644)
      assert.is(readlinkSync(link), `keys.versions/${one.oid('one')}`)
      const history = server.write([commit('mine', bob)])
      assert.equal((await server.push(['main'])).codes, ['unknown-key'])
      const two = write([commit('two', admin, { files: second })], one)
      assert.match((await sync()).stdout, `+ ${bob.fingerprint}`)
      assert.equal(keys(), ['alice.asc', 'bob.asc'])
      assert.is((await server.push(['main'])).accepted, true)
      assert.is((await sync()).stdout, `${two.oid('two')}: up to date\n`)
      assert.ok(history.oid('mine'))
      // the version before is kept, the one before that is not
      const three = write([commit('three', admin, { files: { 'bob.asc': bob.publicArmored } })], two)
      assert.match((await sync()).stdout, `- ${alice.fingerprint}  Alice`)
      assert.equal(
        readdirSync(`${link}.versions`).sort(),
        [two.oid('two'), three.oid('three')].map(String).sort(),
      )
    }, format)
  })

/** Each on top of a good first version; the keys stay, and a push goes by them. */
const refused: readonly [
  name: string,
  why: RegExp,
  exit: number,
  make: (scene: Scene, one: History) => void,
][] = [
  ['unsigned', /unsigned/, 1, ({ write }, one) => void write([commit('two', null, { files: second })], one)],
  [
    'signed by one of the keys in it',
    /unknown-key/,
    1,
    ({ write }, one) => void write([commit('two', alice, { files: second })], one),
  ],
  [
    'signed over another tree',
    /bad-signature/,
    1,
    ({ upstream }, one) => {
      const object = git(upstream, ['cat-file', 'commit', one.oid('one')])
      const tree = writeTree(upstream, { 'mallory.asc': ['100644', mallory.publicArmored] })
      const forged = `${object.replace(/^tree .*/, `tree ${tree}`)}\n`
      const oid = git(upstream, ['hash-object', '-t', 'commit', '-w', '--stdin'], forged)
      git(upstream, ['update-ref', 'refs/heads/main', oid])
    },
  ],
  [
    'an older one put back',
    /rewind: it does not come after/,
    1,
    ({ upstream, write }, one) => {
      const zero = write(
        [{ kind: 'branch', name: 'old', orphan: true, steps: [commit('zero', admin, { files: first })] }],
        one,
      )
      git(upstream, ['update-ref', 'refs/heads/main', zero.oid('zero')])
    },
  ],
  [
    'a secret key in it',
    /bob\.asc: a secret key/,
    2,
    ({ write }, one) =>
      void write([commit('two', admin, { files: { ...first, 'bob.asc': bob.secretArmored } })], one),
  ],
  [
    'a name that is not clear',
    /README\.md: whether this is a key to trust is not clear/,
    2,
    ({ write }, one) => void write([commit('two', admin, { files: { ...first, 'README.md': 'x' } })], one),
  ],
  [
    'a folder in it',
    /old: a folder in a key folder/,
    2,
    ({ upstream }, one) =>
      void put(upstream, { 'alice.asc': alices, old: { 'bob.asc': alices } }, [one.oid('one')]),
  ],
  [
    'no key at all',
    /no key file in it/,
    2,
    ({ write }, one) => void write([commit('two', admin, { files: { '.x': '' } })], one),
  ],
  [
    'nothing there',
    /it has no refs\/heads\/main/,
    2,
    ({ upstream }) => void git(upstream, ['update-ref', '-d', 'refs/heads/main']),
  ],
  [
    'an upstream that is gone',
    /git ls-remote failed/,
    2,
    ({ clone }) => void git(clone, ['remote', 'set-url', 'origin', '/nowhere']),
  ],
  [
    'a link in it',
    /bob\.asc: not a plain file/,
    2,
    ({ upstream }, one) =>
      void put(upstream, { 'alice.asc': alices, 'bob.asc': ['120000', '/etc/passwd'] }, [one.oid('one')]),
  ],
]

/** One fleet for all of them: none of them may change anything, and each begins from the good version. */
const kept: { now: { readonly scene: Scene; readonly one: History } | null } = { now: null }
test.before(async () => {
  const scene = makeFleet('sha1')
  kept.now = { scene, one: scene.write([commit('one', admin, { files: first })]) }
  if ((await scene.sync()).exit !== 0) throw new Error('the good version is not taken over')
})
test.after(() => kept.now?.scene.server.close())

for (const [name, why, exit, make] of refused)
  test(`the keys stay: ${name}`, async () => {
    if (kept.now === null) throw new Error('nothing is set up')
    const { scene, one } = kept.now
    const { upstream, clone, link, sync, keys } = scene
    git(upstream, ['update-ref', 'refs/heads/main', one.oid('one')])
    git(clone, ['remote', 'set-url', 'origin', upstream])
    make(scene, one)
    const outcome = await sync()
    assert.match(outcome.stdout + outcome.stderr, why)
    assert.is(outcome.exit, exit)
    assert.is(readlinkSync(link), `keys.versions/${one.oid('one')}`)
    assert.equal(keys(), ['alice.asc'])
    assert.equal(readdirSync(`${link}.versions`), [one.oid('one')])
  })

test('without a link nothing is made of a tip that is refused', async () => {
  await withFleet(async ({ link, write, sync, keys }) => {
    write([commit('one', mallory, { files: first })])
    assert.is((await sync()).exit, 1)
    assert.equal([keys(), existsSync(`${link}.versions`)], [null, false])
  })
})

test('an admin whose key has expired or is revoked signs no more', async () => {
  await withFleet(async ({ admins, write, sync }) => {
    write([commit('one', admin, { files: first })])
    for (const [changes, why] of [
      [{ expires: now() - day }, 'key-expired'],
      [{ revoked: { at: now() - day, reason: 2 } }, 'key-revoked'],
    ] as const) {
      writeFileSync(join(admins, 'admin.asc'), admin.with(changes).publicArmored)
      const { exit, stdout } = await sync()
      assert.is(exit, 1)
      assert.match(stdout, why)
    }
    writeFileSync(join(admins, 'admin.asc'), admin.publicArmored)
    assert.is((await sync()).exit, 0)
  })
})

test('another branch, a folder in the tree, a repository without a remote', async () => {
  await withFleet(async ({ clone, upstream, sync, keys }) => {
    const tree = { 'README.md': ['100644', 'x'], team: { keys: { 'alice.asc': alices } } } as const
    const tip = put(upstream, tree, [], 'trusted')
    const args = ['--branch', 'trusted', '--folder', 'team/keys/']
    const synced = await sync(...args)
    assert.is(synced.exit, 0, synced.stderr)
    assert.equal(keys(), ['alice.asc'])
    git(clone, ['remote', 'remove', 'origin'])
    assert.match((await sync(...args)).stderr, 'it has no refs/heads/trusted')
    git(clone, ['fetch', '--quiet', upstream, 'trusted:trusted'])
    assert.is((await sync(...args)).stdout, `${tip}: up to date\n`)
    assert.match((await sync(...args, '--remote', 'origin')).stderr, 'it has no remote origin')
  })
})

test('a folder that is not in the tree', async () => {
  await withFleet(async ({ write, sync, keys }) => {
    write([commit('one', admin, { files: first })])
    assert.match((await sync('--folder', 'keys')).stderr, 'no folder keys')
    assert.is(keys(), null)
  })
})

test('what is not a link of its own is not touched; admins among the synced keys say nothing', async () => {
  await withFleet(async ({ server, link, admins, clone, write, sync }) => {
    const one = write([commit('one', admin, { files: { ...first, 'admin.asc': admin.publicArmored } })])
    mkdirSync(link)
    const real = await sync()
    assert.is(real.exit, 2)
    assert.match(real.stderr, 'not a link that keys sync has made')
    assert.ok(lstatSync(link).isDirectory())
    spawnSync('rmdir', [link])
    symlinkSync(admins, link)
    assert.match((await sync()).stderr, 'not a link that keys sync has made')
    assert.equal(readdirSync(admins), ['admin.asc'])
    spawnSync('rm', [link])
    assert.is((await sync()).exit, 0)
    const circular = await server.refwarden(['keys', 'sync', clone, '--to', link, '--admin-keys', link])
    assert.is(circular.exit, 2)
    assert.match(circular.stderr, 'it lies in what is synced')
    const behind = join(`${link}.versions`, one.oid('one'), 'admin.asc')
    assert.is((await server.refwarden(['keys', 'sync', clone, '--to', link, '--admin-keys', behind])).exit, 2)
    const none = await server.refwarden(['keys', 'sync', clone, '--to', link])
    assert.match(none.stderr, 'nobody may sign the keys')
  })
})

test('an admin with an OpenSSH key', async () => {
  await withFleet(async ({ admins, write, sync, keys }) => {
    const dora = makeSshKey('ed25519', 'dora@example.org')
    const files = { 'dora.pub': `${dora.line}\n` }
    write([commit('one', dora as never, { files })])
    assert.match((await sync()).stdout, 'unknown-key')
    writeFileSync(join(admins, 'dora.pub'), files['dora.pub'])
    assert.is((await sync()).exit, 0)
    assert.equal(keys(), ['dora.pub'])
  })
})

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  test(`${signal} while upstream does not answer: the keys stay, and nothing is left half done`, async () => {
    await withFleet(async ({ server, clone, link, admins, write, sync }) => {
      const one = write([commit('one', admin, { files: first })])
      assert.is((await sync()).exit, 0)
      write([commit('two', admin, { files: second })], one)
      const asked = join(server.folder, 'asked')
      git(clone, ['config', 'remote.origin.uploadpack', `sh -c 'touch ${asked}; exec sleep 600' --`])
      const child = spawn(binary, ['keys', 'sync', clone, '--to', link, '--admin-keys', admins])
      const exit = new Promise(resolve => child.on('close', code => resolve(code)))
      for (let waited = 0; !existsSync(asked) && waited < 1200; waited++)
        await new Promise(resolve => setTimeout(resolve, 50))
      child.kill(signal)
      assert.is(await exit, 2)
      assert.is(readlinkSync(link), `keys.versions/${one.oid('one')}`)
      assert.equal(readdirSync(`${link}.versions`), [one.oid('one')])
      assert.equal(readdirSync(join(link, '..')).sort(), ['keys', 'keys.versions'])
      git(clone, ['config', '--unset', 'remote.origin.uploadpack'])
      assert.is((await sync()).exit, 0)
    })
  })

test('synced keys are not changed by hand', async () => {
  await withFleet(async ({ server, link, write, sync, keys }) => {
    write([commit('one', admin, { files: second })])
    assert.is((await sync()).exit, 0)
    const file = join(server.folder, 'm.asc')
    writeFileSync(file, mallory.publicArmored)
    for (const args of [
      ['add', '--yes', file],
      ['remove', '--yes', 'bob@'],
    ]) {
      const { exit, stderr } = await server.refwarden(['keys', ...args, '--config', server.config])
      assert.is(exit, 2)
      assert.match(stderr, `${link}: kept by refwarden keys sync`)
    }
    assert.equal(keys(), ['alice.asc', 'bob.asc'])
  })
})

test.run()
