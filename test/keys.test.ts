// refwarden keys list, show, check: what an admin sees of the key directory.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { makeKey } from './support/keys.ts'
import { binary } from './support/paths.ts'
import { inTerminal, ptyMissing } from './support/pty.ts'
import type { Run, Server, ServerOptions } from './support/repository.ts'
import { makeServer } from './support/repository.ts'
import { now } from './support/signature-packet.ts'
import { suite } from './support/suite.ts'

const test = suite('keys')
const day = 86400

const aliceEnds = now() + 400.5 * day
const alice = makeKey({ name: 'Alice', expires: aliceEnds })
const soon = makeKey({ name: 'Soon', expires: now() + 12.5 * day })
const late = makeKey({ name: 'Late', expires: now() - 3.5 * day })
const gone = makeKey({ name: 'Gone', revoked: { at: now() - day, reason: 2 } })
const dsa = makeKey({ name: 'Dsa', algorithm: 'dsa2048' })
const weak = makeKey({ name: 'Weak', algorithm: 'rsa1024' })
const future = makeKey({ name: 'Future', subkeys: [{ created: now() + 60 }], flags: 1 })
const hostile = makeKey({ userIds: ['Eve \x1b[2J\u202eevil <eve@example.org>'], email: 'eve@example.org' })
const subkeyed = makeKey({
  name: 'Sub',
  flags: 1,
  subkeys: [{ expires: now() - day }, { expires: now() + 89.5 * day }],
})

async function withKeys(
  options: ServerOptions,
  action: (server: Server, keys: (...args: readonly string[]) => Promise<Run>) => Promise<void>,
): Promise<void> {
  const server = makeServer({ hooks: false, ...options })
  try {
    await action(server, (...args) => server.refwarden(['keys', ...args, '--config', server.config]))
  } finally {
    server.close()
  }
}

/** Two lines a key: the first by its fingerprint. */
function entry({ stdout }: Run, { fingerprint }: { readonly fingerprint: string }): readonly string[] {
  const lines = stdout.split('\n')
  const at = lines.findIndex(line => line.includes(fingerprint))
  return at < 0 ? [] : lines.slice(at, at + 2)
}

test('list: who, until when, for what, from which file; what stands out has a mark', async () => {
  await withKeys({ trusted: [alice, soon, late, gone, dsa, weak, subkeyed] }, async (server, keys) => {
    const shown = await keys('list')
    assert.is(shown.exit, 0, shown.stderr)
    assert.is(shown.stdout.split('\n')[0], `refs/heads/main: ${server.keys}`)
    const wanted = [
      [alice, ' ', 'expires in 400 days', 'Alice <alice@example.org>  ed25519'],
      [soon, '!', 'expires in 12 days', 'Soon <soon@example.org>  ed25519'],
      [late, '!', 'expired 3 days ago', 'Late <late@example.org>  ed25519'],
      [gone, '!', 'revoked', 'Gone <gone@example.org>  ed25519'],
      [dsa, '!', 'unusable: dsa2048 is not supported', 'Dsa <dsa@example.org>  dsa2048'],
      [weak, '!', 'unusable: fewer than 2048 bits', 'Weak <weak@example.org>  rsa1024'],
      [subkeyed, ' ', 'expires in 89 days', 'Sub <sub@example.org>  ed25519'],
    ] as const
    for (const [key, mark, state, who] of wanted)
      assert.equal(entry(shown, key), [
        `${mark} ${key.fingerprint}  ${state}`,
        `    ${who}  ${key.fingerprint}.asc`,
      ])
    assert.not.match(shown.stdout, '\x1b')
  })
})

test('list --json: one object a key, with its subkeys', async () => {
  await withKeys({ trusted: [alice, soon, gone, subkeyed] }, async (server, keys) => {
    const { exit, stdout } = await keys('list', '--json')
    assert.is(exit, 0)
    const listed = new Map(
      stdout
        .trimEnd()
        .split('\n')
        .map(line => [JSON.parse(line).userIds[0][0], JSON.parse(line)]),
    )
    assert.is(listed.size, 3)
    assert.equal(listed.get('A'), {
      fingerprint: alice.fingerprint,
      userIds: ['Alice <alice@example.org>'],
      algorithm: 'ed25519',
      created: new Date(alice.created * 1000).toISOString(),
      state: 'good',
      why: null,
      expires: new Date(aliceEnds * 1000).toISOString(),
      signs: 'commits',
      refs: ['refs/heads/main'],
      subkeys: [],
      files: [join(server.keys, `${alice.fingerprint}.asc`)],
    })
    assert.is(listed.get('G').state, 'revoked')
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    const sub = lines.find(({ fingerprint }) => fingerprint === subkeyed.fingerprint)
    assert.equal(
      sub.subkeys.map((part: { fingerprint: string; state: string }) => [part.fingerprint, part.state]),
      [
        [subkeyed.subkeys[0]?.fingerprint, 'expired'],
        [subkeyed.subkeys[1]?.fingerprint, 'good'],
      ],
    )
  })
})

test('list: each set of keys under what it is for', async () => {
  const configuration =
    'keys = @KEYS@\nrecovery-keys = @KEYS@/../recovery\n' +
    '[protect "refs/heads/main"]\n[protect "refs/heads/dev"]\n' +
    '[protect "refs/heads/release/*"]\nkeys = @KEYS@/../release\n[protect "refs/heads/user/*"]\nmode = none\n'
  await withKeys({ trusted: [alice], configuration }, async (server, keys) => {
    for (const [folder, key] of [
      ['recovery', soon],
      ['release', subkeyed],
    ] as const) {
      mkdirSync(join(server.folder, folder))
      writeFileSync(join(server.folder, folder, 'one.asc'), key.publicArmored)
    }
    const { stdout, stderr } = await keys('list')
    assert.equal(
      stdout.split('\n').filter(line => /^[^ !]/.test(line)),
      [
        `refs/heads/main, refs/heads/dev: ${server.keys}`,
        `refs/heads/release/*: ${server.keys}/../release`,
        `sync tags, set by hand: ${server.keys}/../recovery`,
      ],
      stderr,
    )
    const json = (await keys('list', '--json')).stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    assert.equal(
      json.map(({ signs, refs }) => [signs, ...refs]),
      [['commits', 'refs/heads/main', 'refs/heads/dev'], ['commits', 'refs/heads/release/*'], ['sync-tags']],
    )
  })
})

test('nothing of a user id or a file name reaches the terminal raw', async () => {
  await withKeys({ trusted: [] }, async (server, keys) => {
    writeFileSync(join(server.keys, '\x1b[31mred.asc'), hostile.publicArmored)
    for (const shown of [await keys('list'), await keys('show', hostile.fingerprint), await keys('check')]) {
      assert.is(shown.exit, 0, shown.stderr)
      assert.not.match(shown.stdout, /[^\P{C}\n]/u)
    }
    assert.match((await keys('list')).stdout, 'Eve \\x1b[2J\\u{202e}evil <eve@example.org>')
  })
})

test.unless(ptyMissing, 'colours on a terminal alone, and not with NO_COLOR', async () => {
  await withKeys({ trusted: [alice, soon, late] }, async server => {
    const list = ['keys', 'list', '--config', server.config]
    const coloured = await inTerminal(binary, list, { env: { NO_COLOR: '' } })
    assert.is(coloured.exit, 0, coloured.raw)
    assert.match(coloured.raw, '\x1b[33mexpires in 12 days\x1b[m')
    assert.match(coloured.raw, '\x1b[31mexpired 3 days ago\x1b[m')
    assert.match(coloured.raw, `${alice.fingerprint}  expires in 400 days\r\n`)
    assert.not.match((await inTerminal(binary, list, { env: { NO_COLOR: '1' } })).raw, '\x1b')
  })
})

test('show: by fingerprint, long id, subkey, address; all sets that have it', async () => {
  await withKeys({ trusted: [alice, subkeyed] }, async (_, keys) => {
    const [first] = subkeyed.subkeys
    const { stdout, exit } = await keys('show', subkeyed.fingerprint)
    assert.is(exit, 0)
    assert.match(stdout, /^ {2}user id {3}Sub <sub@example\.org>$/m)
    assert.match(stdout, /^ {2}state {5}expires in 89 days$/m)
    assert.match(stdout, /^ {2}for {7}refs\/heads\/main$/m)
    assert.match(stdout, new RegExp(`^ {2}subkey {4}${first?.fingerprint} {2}expired 2[34] hours ago$`, 'm'))
    const spaced = subkeyed.fingerprint.replace(/(.{4})/g, '$1 ').trim()
    for (const name of [
      subkeyed.keyId,
      `0x${subkeyed.keyId}`,
      spaced,
      first?.keyId ?? '',
      'SUB@example',
      'sub <',
    ])
      assert.is((await keys('show', name)).stdout, stdout, name)
    assert.is((await keys('show', 'example.org')).stdout.match(/^ {2}made/gm)?.length, 2)
    const unknown = await keys('show', 'mallory')
    assert.is(unknown.exit, 2)
    assert.is(unknown.stderr, 'error: mallory: no such key\nhint: see refwarden keys list\n')
  })
})

test('check: 0 where all is well, a revoked key too', async () => {
  await withKeys({ trusted: [alice, gone] }, async (server, keys) => {
    const { exit, stdout } = await keys('check')
    assert.equal([exit, stdout], [0, `refs/heads/main: ${server.keys}: 2 keys, 1 can sign\n`])
  })
})

const warned = [
  ['expires in 30 days', soon, 'expires in 12 days'],
  ['has expired', late, 'expired 3 days ago'],
  ['cannot be used', dsa, 'unusable: dsa2048 is not supported'],
  ['is too weak', weak, 'unusable: fewer than 2048 bits'],
  ['is not valid yet', future, 'made in the future'],
] as const

for (const [name, key, what] of warned)
  test(`check: 1 where a key ${name}`, async () => {
    await withKeys({ trusted: [alice, key] }, async (server, keys) => {
      const { exit, stdout } = await keys('check')
      assert.is(exit, 1, stdout)
      const file = join(server.keys, `${key.fingerprint}.asc`)
      const who = `${key.fingerprint} (${key.name} <${key.email}>)`
      assert.ok(stdout.includes(`  warning: ${who} in ${file}: ${what}\n`), stdout)
      const [json] = (await keys('check', '--json')).stdout
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line))
      assert.equal(
        json.warnings.map((warning: { what: string }) => warning.what),
        [what],
      )
      assert.equal([json.keys, json.usable, json.fault], [2, key === soon ? 2 : 1, null])
    })
  })

test('check: 1 where nobody can sign', async () => {
  await withKeys({ trusted: [late, gone] }, async (_, keys) => {
    const { exit, stdout } = await keys('check')
    assert.is(exit, 1)
    assert.match(stdout, '  warning: none of the keys can sign now\n')
  })
})

test('check: 2 with the words of the fault that a push would find, and each other set all the same', async () => {
  const configuration =
    'keys = @KEYS@\n[protect "refs/heads/main"]\n[protect "refs/heads/x"]\nkeys = @KEYS@/../x\n'
  await withKeys({ trusted: [alice], configuration }, async (server, keys) => {
    mkdirSync(join(server.folder, 'x'))
    writeFileSync(join(server.folder, 'x', 'bob.asc'), soon.secretArmored)
    const { exit, stdout } = await keys('check')
    assert.is(exit, 2)
    assert.match(stdout, `refs/heads/main: ${server.keys}: 1 key, 1 can sign\n`)
    assert.match(
      stdout,
      /^refs\/heads\/x: .*: fault\n {2}error: .*bob\.asc: a secret key\n {2}hint: take the file away/m,
    )
    const listed = await keys('list')
    assert.is(listed.exit, 2)
    assert.match(listed.stdout, alice.fingerprint)
    assert.match(listed.stderr, 'bob.asc: a secret key')
    const json = (await keys('check', '--json')).stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    assert.equal(
      json.map(({ fault }) => fault === null),
      [true, false],
    )
    assert.match(json[1].fault.message, 'bob.asc: a secret key')
  })
})

test('check: who may write there is looked at as at a push; with --keys it is not', async () => {
  await withKeys({ trusted: [alice] }, async (server, keys) => {
    chmodSync(server.keys, 0o777)
    const { exit, stdout } = await keys('check')
    assert.is(exit, 2)
    assert.match(stdout, 'others may write it')
    const plain = await server.refwarden(['keys', 'check', '--keys', server.keys])
    assert.equal([plain.exit, plain.stdout], [0, `${server.keys}: 1 key, 1 can sign\n`])
  })
})

test('a configuration that is wrong, missing or protects nothing is a fault', async () => {
  await withKeys({ trusted: [alice], configuration: 'kyes = /x\n' }, async (server, keys) => {
    assert.match((await keys('list')).stderr, "unknown setting 'kyes'")
    server.configure('keys = @KEYS@\n')
    const { exit, stderr } = await keys('list')
    assert.is(exit, 2)
    assert.match(stderr, 'it protects nothing')
    const missing = await server.refwarden(['keys', 'list', '--config', join(server.folder, 'none.ini')])
    assert.equal([missing.exit, missing.stdout], [2, ''])
  })
})

test.run()
