// refwarden keys add, remove: what they write, what they refuse, and that nothing is written unasked.
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { gpgHome, gpgMissing } from './support/gpg.ts'
import { commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { binary } from './support/paths.ts'
import { exitBy, inTerminal, ptyMissing } from './support/pty.ts'
import type { Run, RunOptions, Server, ServerOptions } from './support/repository.ts'
import { makeServer } from './support/repository.ts'
import { now } from './support/signature-packet.ts'
import { makeSshKey } from './support/ssh-keys.ts'
import { claiming } from './support/stolen-subkey.ts'
import { suite } from './support/suite.ts'

const test = suite('keys that change')
const day = 86400

const alice = makeKey({ name: 'Alice', expires: now() + 4.5 * day })
const renewed = alice.with({ expires: now() + 400 * day, selfSignedAt: now() - day })
const bob = makeKey({ name: 'Bob' })
const carol = makeKey({ name: 'Carol' })
const other = makeKey({ name: 'Alice' })

type Scene = {
  readonly server: Server
  readonly keys: (args: readonly string[], options?: RunOptions) => Promise<Run>
  /** Path of a file that lies outside of the key folder. */
  file(name: string, content: string | Uint8Array): string
  /** What a push would make of the folder: the states by fingerprint. */
  states(): Promise<Readonly<Record<string, string>>>
}

async function withKeys(options: ServerOptions, action: (scene: Scene) => Promise<void>): Promise<void> {
  const server = makeServer(options)
  const keys: Scene['keys'] = (args, more) =>
    server.refwarden(['keys', ...args, '--config', server.config], more)
  try {
    await action({
      server,
      keys,
      file(name, content) {
        const path = join(server.folder, name)
        writeFileSync(path, content)
        return path
      },
      async states() {
        const { stdout, stderr, exit } = await keys(['list', '--json'])
        if (exit !== 0) throw new Error(stderr)
        const listed = stdout
          .trimEnd()
          .split('\n')
          .map(line => JSON.parse(line))
        return Object.fromEntries(listed.map(({ fingerprint, state }) => [fingerprint, state]))
      },
    })
  } finally {
    server.close()
  }
}

/** Every file below the folder with its bytes and mode, hidden ones too. */
function snapshot(folder: string): readonly (readonly [string, string, number])[] {
  return readdirSync(folder)
    .sort()
    .map(name => {
      const path = join(folder, name)
      return [name, readFileSync(path, 'latin1'), statSync(path).mode & 0o7777] as const
    })
}

function withoutAnswer(text: string): string {
  return text.replaceAll('\r', '')
}

test('add: the first key, by its address, mode 0644 whatever the umask, and a push passes', async () => {
  await withKeys({}, async ({ server, keys, file }) => {
    const { exit, stdout, stderr } = await keys(['add', '--yes', file('new.txt', alice.publicArmored)])
    assert.is(exit, 0, stderr)
    const path = join(server.keys, 'alice@example.org.asc')
    assert.equal(stdout.split('\n'), [
      alice.fingerprint,
      '  user id   Alice <alice@example.org>',
      '  algorithm ed25519',
      `  made      ${new Date(alice.created * 1000).toISOString().slice(0, 10)}`,
      '  state     expires in 4 days',
      '  for       refs/heads/main',
      `  goes to   ${path}`,
      `added: ${path}`,
      '',
    ])
    assert.equal(readdirSync(server.keys), ['alice@example.org.asc'])
    assert.is(statSync(path).mode & 0o7777, 0o644)
    server.write([commit('one', alice)])
    const pushed = await server.push(['main'])
    assert.is(pushed.accepted, true, pushed.output)
  })
})

test('add: from stdin, binary, several at once; a name that is taken is left alone', async () => {
  await withKeys({ trusted: [carol] }, async ({ server, keys, states }) => {
    const input = Buffer.concat([alice.publicBinary, bob.publicBinary, other.publicBinary])
    const { exit, stdout, stderr } = await keys(['add', '-', '--yes'], { input })
    assert.is(exit, 0, stderr)
    assert.equal(readdirSync(server.keys).sort(), [
      `${carol.fingerprint}.asc`,
      'alice@example.org-2.asc',
      'alice@example.org.asc',
      'bob@example.org.asc',
    ])
    assert.is(stdout.match(/^added: /gm)?.length, 3)
    assert.equal(
      Object.keys(await states()).sort(),
      [alice, bob, other, carol].map(key => key.fingerprint).sort(),
    )
  })
})

test('add: an address that is no plain file name gives way to the fingerprint', async () => {
  const odd = makeKey({ userIds: ['X <../../x@example.org>'] })
  await withKeys({ trusted: [alice] }, async ({ server, keys, file }) => {
    assert.is((await keys(['add', '--yes', file('k', odd.publicArmored)])).exit, 0)
    assert.ok(readdirSync(server.keys).includes(`${odd.fingerprint}.asc`))
  })
})

test('add: a renewed key goes into the file that holds it, comments and revocations with it', async () => {
  await withKeys({ trusted: [bob] }, async ({ server, keys, file, states }) => {
    const path = join(server.keys, 'team.asc')
    const gone = carol.with({ revoked: { at: now() - day, reason: 2 } })
    writeFileSync(path, `${gone.publicArmored}\nÜnsers, from the meeting in May\n${alice.publicArmored}`)
    const before = await states()
    assert.equal([before[alice.fingerprint], before[carol.fingerprint]], ['expiring', 'revoked'])
    const { exit, stdout, stderr } = await keys(['add', '--yes', file('alice.asc', renewed.publicArmored)])
    assert.is(exit, 0, stderr)
    assert.match(stdout, `  is in     ${path}\nchanged: ${path}\n`)
    assert.equal(readdirSync(server.keys).sort(), [`${bob.fingerprint}.asc`, 'team.asc'].sort())
    const after = await states()
    assert.equal([after[alice.fingerprint], after[carol.fingerprint]], ['good', 'revoked'])
    assert.match(
      readFileSync(path, 'utf8'),
      /^-----BEGIN PGP[\s\S]*\n-----END PGP.*\nÜnsers, from the meeting in May\n$/,
    )
    // an older copy takes nothing away
    const older = await keys(['add', '--yes', file('old.asc', alice.publicArmored)])
    assert.equal([older.exit, older.stdout], [0, 'nothing new: it is all there already\n'])
    assert.is((await keys(['add', '--yes', file('carol.asc', carol.publicArmored)])).exit, 0)
    assert.is((await states())[carol.fingerprint], 'revoked')
  })
})

test('add: a revoked copy revokes; a revocation alone gets a file of its own', async () => {
  await withKeys({ trusted: [alice, bob, carol] }, async ({ server, keys, file, states }) => {
    const copy = file('bob.asc', bob.with({ revoked: { at: now() - day, reason: 2 } }).publicArmored)
    assert.is((await keys(['add', '--yes', copy])).exit, 0)
    const alone = file('carol.rev', carol.revocation({ at: now() - day, reason: 0 }))
    const { exit, stdout, stderr } = await keys(['add', '--yes', alone])
    assert.is(exit, 0, stderr)
    assert.match(stdout, `added: ${join(server.keys, `${carol.fingerprint}.rev`)}\n`)
    const after = await states()
    assert.equal(
      [alice, bob, carol].map(({ fingerprint }) => after[fingerprint]),
      ['expiring', 'revoked', 'revoked'],
    )
    for (const again of [alone, file('dave.rev', makeKey().revocation({ at: now(), reason: 0 }))]) {
      const refused = await keys(['add', '--yes', again])
      assert.is(refused.exit, 2)
      assert.match(refused.stderr, 'it revokes no key that is here and not revoked already')
    }
  })
})

test('add: binary files stay binary, and a link stays a link', async () => {
  await withKeys({ trusted: [bob] }, async ({ server, keys, file, states }) => {
    const real = file('alice.gpg', Buffer.concat([alice.publicBinary, carol.publicBinary]))
    symlinkSync(real, join(server.keys, 'alice.gpg'))
    assert.is((await keys(['add', '--yes', file('a.asc', renewed.publicArmored)])).exit, 0)
    assert.is(readFileSync(real)[0], 0xc6)
    assert.ok(readdirSync(server.keys, { withFileTypes: true }).some(entry => entry.isSymbolicLink()))
    assert.equal([(await states())[alice.fingerprint], (await states())[carol.fingerprint]], ['good', 'good'])
  })
})

const refusedFiles = [
  ['a secret key', alice.secretArmored, /: a secret key\nhint: take the file away/],
  ['a key that cannot be used', makeKey({ algorithm: 'dsa2048' }).publicArmored, /dsa2048 is not supported/],
  ['rubbish', 'hello\n', /no public key block in it/],
  ['nothing', '', /empty/],
  ['a signature', alice.sign(new Uint8Array()), /no public key|begins a block/],
  ['half a key', alice.publicBinary.subarray(0, 100), /cut off or damaged/],
] as const

for (const [name, content, why] of refusedFiles)
  test(`add: ${name} is refused, and nothing is written`, async () => {
    await withKeys({ trusted: [bob] }, async ({ server, keys, file }) => {
      const before = snapshot(server.keys)
      const { exit, stderr } = await keys(['add', '--yes', file('x.asc', content)])
      assert.is(exit, 2)
      assert.match(stderr, why)
      assert.equal(snapshot(server.keys), before)
    })
  })

test('add: two keys that claim one subkey would be a fault at every push, and are not written', async () => {
  const sam = makeKey({ name: 'Sam', subkeys: [{}] })
  await withKeys({ trusted: [bob, sam] }, async ({ server, keys, file }) => {
    const before = snapshot(server.keys)
    const { exit, stderr } = await keys([
      'add',
      '--yes',
      file('m.gpg', claiming(makeKey({ name: 'Mallory' }), sam)),
    ])
    assert.is(exit, 2)
    assert.match(stderr, /the subkey [0-9A-F]{40} is in both/)
    assert.equal(snapshot(server.keys), before)
  })
})

test('add: a folder with a fault is mended first', async () => {
  await withKeys({ trusted: [bob] }, async ({ server, keys, file }) => {
    writeFileSync(join(server.keys, 'notes.md'), 'x')
    const before = snapshot(server.keys)
    const { exit, stderr } = await keys(['add', '--yes', file('a.asc', alice.publicArmored)])
    assert.is(exit, 2)
    assert.match(stderr, 'notes.md: whether this is a key to trust is not clear from its name')
    assert.equal(snapshot(server.keys), before)
  })
})

test('add, remove: two at a time do not undo each other', async () => {
  await withKeys({ trusted: [bob, alice] }, async ({ server, keys, file, states }) => {
    const path = join(server.keys, `${alice.fingerprint}.asc`)
    const lock = join(server.keys, `.${alice.fingerprint}.asc.new`)
    writeFileSync(lock, '')
    const before = snapshot(server.keys)
    for (const args of [
      ['add', '--yes', file('a.asc', renewed.publicArmored)],
      ['remove', '--yes', alice.fingerprint],
    ]) {
      const { exit, stderr } = await keys(args)
      assert.is(exit, 2)
      assert.match(stderr, 'somebody else changes this key just now')
      assert.equal(snapshot(server.keys), before)
    }
    rmSync(lock)
    const gone = alice.with({ revoked: { at: now() - day, reason: 2 } })
    const changes = [renewed, gone].map((key, index) => file(`${index}.asc`, key.publicArmored))
    const ended = await Promise.all(changes.map(change => keys(['add', '--yes', change])))
    assert.ok(ended.some(({ exit }) => exit === 0))
    // who came too late is told so; in the end both are there
    for (const [index, { exit, stderr }] of ended.entries())
      if (exit !== 0) {
        assert.match(stderr, /just now|meanwhile/)
        assert.is((await keys(['add', '--yes', changes[index] ?? ''])).exit, 0)
      }
    assert.is((await states())[alice.fingerprint], 'revoked')
    assert.match(readFileSync(path, 'utf8'), /^-----BEGIN PGP/)
    assert.equal(
      readdirSync(server.keys).filter(name => name.startsWith('.')),
      [],
    )
  })
})

test('add: several folders, and which of them', async () => {
  const configuration =
    'keys = @KEYS@\n[protect "refs/heads/main"]\n[protect "refs/heads/release/*"]\nkeys = @KEYS@/../release\n'
  await withKeys({ trusted: [bob], configuration }, async ({ server, keys, file }) => {
    const release = join(server.folder, 'release')
    mkdirSync(release)
    const alices = file('a.asc', alice.publicArmored)
    const asked = await keys(['add', '--yes', alices])
    assert.is(asked.exit, 2)
    assert.match(asked.stderr, `there are several folders of keys: ${server.keys}, ${server.keys}/../release`)
    assert.is((await keys(['add', '--yes', alices, '--to', 'refs/heads/release/1'])).exit, 0)
    assert.equal(readdirSync(release), ['alice@example.org.asc'])
    assert.is((await keys(['add', '--yes', alices, '--to', server.keys])).exit, 0)
    assert.ok(readdirSync(server.keys).includes('alice@example.org.asc'))
    const elsewhere = await keys(['add', '--yes', alices, '--to', server.folder])
    assert.is(elsewhere.exit, 2)
    assert.match(elsewhere.stderr, 'no folder that keys names')
  })
})

test('without a terminal and without --yes nobody is asked, and nothing happens', async () => {
  await withKeys({ trusted: [alice, bob] }, async ({ server, keys, file }) => {
    const before = snapshot(server.keys)
    for (const args of [
      ['add', file('c.asc', carol.publicArmored)],
      ['add', '-'],
      ['remove', 'bob@example.org'],
    ]) {
      const { exit, stderr } = await keys(args, { input: carol.publicArmored })
      assert.is(exit, 2)
      assert.is(stderr, 'error: nobody to ask: this is no terminal\nhint: say --yes\n')
      assert.equal(snapshot(server.keys), before)
    }
  })
})

const answers = [
  ['yes', 'y\r', 0],
  ['no', 'n\r', 1],
  ['nothing', '\r', 1],
  ['the end of input', '\x04', 1],
  ['ctrl-C', '\x03', exitBy('SIGINT')],
] as const

for (const [name, typed, exit] of answers)
  test.unless(ptyMissing, `at a terminal: add and remove, answered by ${name}`, async () => {
    await withKeys({ trusted: [alice, bob] }, async ({ server, file }) => {
      const before = snapshot(server.keys)
      const type = (args: readonly string[], after: RegExp) =>
        inTerminal(binary, ['keys', ...args, '--config', server.config], { keys: [{ after, type: typed }] })
      const added = await type(
        ['add', file('c.asc', carol.publicArmored)],
        /trust what it signs\? \[y\/N\] $/,
      )
      assert.is(added.exit, exit, added.raw)
      assert.match(withoutAnswer(added.raw), `${carol.fingerprint}\n  user id   Carol <carol@example.org>\n`)
      const there = readdirSync(server.keys).includes('carol@example.org.asc')
      assert.is(there, exit === 0)
      if (exit !== 0) assert.equal(snapshot(server.keys), before)
      const middle = snapshot(server.keys)
      const removed = await type(['remove', 'bob@example.org'], /distrust it\? \[y\/N\] $/)
      assert.is(removed.exit, exit, removed.raw)
      assert.match(withoutAnswer(removed.raw), `  removes   ${join(server.keys, `${bob.fingerprint}.asc`)}\n`)
      assert.is(readdirSync(server.keys).includes(`${bob.fingerprint}.asc`), exit !== 0)
      if (exit !== 0) assert.equal(snapshot(server.keys), middle)
    })
  })

test.unless(ptyMissing, 'at a terminal: a key through a pipe is asked about too', async () => {
  await withKeys({ trusted: [alice] }, async ({ server, file }) => {
    const line = `cat ${file('c.asc', carol.publicArmored)} | ${binary} keys add - --config ${server.config}`
    for (const [typed, there] of [
      ['n\r', false],
      ['y\r', true],
    ] as const) {
      const keys = [{ after: /trust what it signs\? \[y\/N\] $/, type: typed }]
      const { exit, raw } = await inTerminal('/bin/sh', ['-c', line], { keys })
      assert.is(exit, there ? 0 : 1, raw)
      assert.is(readdirSync(server.keys).includes('carol@example.org.asc'), there)
    }
  })
})

test('remove: from every file that holds it; the others in them stay', async () => {
  await withKeys({ trusted: [alice, bob] }, async ({ server, keys, states }) => {
    const gone = carol.with({ revoked: { at: now() - day, reason: 2 } })
    writeFileSync(join(server.keys, 'team.asc'), `note\n${gone.publicArmored}\n${alice.publicArmored}`)
    const { exit, stdout, stderr } = await keys(['remove', '--yes', alice.fingerprint])
    assert.is(exit, 0, stderr)
    assert.match(stdout, `  removes   ${join(server.keys, `${alice.fingerprint}.asc`)}\n`)
    assert.match(stdout, `  rewrites  ${join(server.keys, 'team.asc')}\n`)
    assert.match(stdout, `refwarden keys used-by ${alice.fingerprint}\n`)
    assert.equal(await states(), { [bob.fingerprint]: 'good', [carol.fingerprint]: 'revoked' })
    assert.match(readFileSync(join(server.keys, 'team.asc'), 'utf8'), /\nnote\n$/)
    server.write([commit('one', alice)])
    assert.equal((await server.push(['main'])).codes, ['unknown-key'])
    const hint = await keys(['remove', '--yes', carol.fingerprint])
    assert.match(hint.stdout, 'hint: it is revoked already')
    assert.equal(await states(), { [bob.fingerprint]: 'good' })
  })
})

test('remove: not the last key that can sign, unless by force', async () => {
  const late = makeKey({ name: 'Late', expires: now() - day })
  await withKeys({ trusted: [bob, late] }, async ({ server, keys }) => {
    const before = snapshot(server.keys)
    const refused = await keys(['remove', '--yes', 'bob@'])
    assert.is(refused.exit, 2)
    assert.match(refused.stderr, 'without it nobody can sign\nhint: add another key first, or say --force')
    assert.equal(snapshot(server.keys), before)
    assert.is((await keys(['remove', '--yes', '--force', 'bob@'])).exit, 0)
    assert.is(readdirSync(server.keys).length, 1)
  })
})

test('remove: a name that may mean two keys means none', async () => {
  await withKeys({ trusted: [alice, other] }, async ({ server, keys }) => {
    const before = snapshot(server.keys)
    const { exit, stderr } = await keys(['remove', '--yes', 'alice'])
    assert.is(exit, 2)
    assert.match(stderr, 'alice: 2 keys may be meant: ')
    assert.match((await keys(['remove', '--yes', 'mallory'])).stderr, 'mallory: no such key')
    assert.equal(snapshot(server.keys), before)
  })
})

test('a folder that cannot be written is left as it is', async () => {
  await withKeys({ trusted: [alice, bob] }, async ({ server, keys, file }) => {
    const link = join(server.keys, 'carol@example.org.asc')
    symlinkSync(join(server.folder, 'nowhere'), link)
    const { exit, stderr } = await keys(['add', '--yes', file('c.asc', carol.publicArmored)])
    assert.is(exit, 2)
    assert.match(stderr, 'missing, or a link to nothing')
    chmodSync(server.keys, 0o755)
    assert.ok(readdirSync(server.keys).every(name => !name.startsWith('.')))
  })
})

test('keys of OpenSSH: shown, added, removed like any other', async () => {
  const dora = makeSshKey('ed25519', 'dora@example.org')
  const emil = makeSshKey('nistp256', 'laptop of emil')
  await withKeys({ trusted: [bob] }, async ({ server, keys, file, states }) => {
    const both = file('two.pub', `# from the meeting\n${dora.line}\n${emil.line}\n`)
    const { exit, stdout, stderr } = await keys(['add', '--yes', both])
    assert.is(exit, 0, stderr)
    assert.match(stdout, `${dora.fingerprint}\n  user id   dora@example.org\n  algorithm ssh-ed25519\n`)
    const emils = `${emil.fingerprint.replace(':', '-').replaceAll('/', '_')}.pub`
    assert.equal(
      readdirSync(server.keys).sort(),
      [`${bob.fingerprint}.asc`, emils, 'dora@example.org.pub'].sort(),
    )
    assert.is(readFileSync(join(server.keys, 'dora@example.org.pub'), 'utf8'), `${dora.line}\n`)
    assert.equal(await states(), {
      [bob.fingerprint]: 'good',
      [dora.fingerprint]: 'good',
      [emil.fingerprint]: 'good',
    })
    const listed = (await keys(['list'])).stdout
    assert.match(
      listed,
      `  ${dora.fingerprint}  does not expire\n    dora@example.org  ssh-ed25519  dora@example.org.pub:1\n`,
    )
    assert.is((await keys(['check'])).exit, 0)
    assert.match((await keys(['show', dora.fingerprint])).stdout, `${dora.fingerprint}\n`)
    assert.is((await keys(['add', '--yes', both])).stdout, 'nothing new: it is all there already\n')
    // on terms of its own it is another line: either is enough
    const limited = file('dora.pub', `expiry-time="20400101" ${dora.line}\n`)
    assert.is((await keys(['add', '--yes', limited])).exit, 0)
    assert.ok(readdirSync(server.keys).includes('dora@example.org-2.pub'))
    const signers = file('allowed_signers', `emil@example.org ${emil.line}\n`)
    assert.is((await keys(['add', '--yes', signers])).exit, 0)
    writeFileSync(join(server.keys, 'team.pub'), `# team\n${emil.line}\n\n${dora.line}\n`)
    const removed = await keys(['remove', '--yes', dora.fingerprint])
    assert.is(removed.exit, 0, removed.stderr)
    assert.is(removed.stdout.match(/^ {2}removes /gm)?.length, 2)
    assert.is(readFileSync(join(server.keys, 'team.pub'), 'utf8'), `# team\n${emil.line}\n\n`)
    assert.equal(Object.keys(await states()).sort(), [bob.fingerprint, emil.fingerprint].sort())
    const last = await keys(['remove', '--yes', 'emil'])
    assert.is(last.exit, 0, last.stderr)
    assert.equal(readdirSync(server.keys), [`${bob.fingerprint}.asc`])
    const refused = await keys(['add', '--yes', file('id', `ssh-ed25519 ${'A'.repeat(20)}\n`)])
    assert.is(refused.exit, 2)
  })
})

const real: readonly [name: string, make: (home: ReturnType<typeof gpgHome>) => void][] = [
  [
    'rsa2048',
    home => void home.run(['--passphrase', '', '--quick-gen-key', 'Gil <gil@example.org>', 'rsa2048']),
  ],
  [
    'ed25519 with a photo-less second user id',
    home => {
      home.run(['--passphrase', '', '--quick-gen-key', 'Gil <gil@example.org>', 'ed25519'])
      home.run(['--passphrase', '', '--quick-add-uid', 'gil@example.org', 'Gil <gil@work.example>'])
    },
  ],
]

for (const [name, make] of real)
  test.unless(
    gpgMissing,
    `a key of GnuPG's goes in, is renewed, and GnuPG reads what stands there: ${name}`,
    async () => {
      const home = gpgHome()
      try {
        make(home)
        await withKeys({ trusted: [bob] }, async ({ server, keys, states, file }) => {
          const exported = () => home.run(['--armor', '--export']).stdout
          const path = join(server.keys, 'gil@example.org.asc')
          assert.is((await keys(['add', '--yes', file('g.asc', exported())])).exit, 0)
          const [, fingerprint = ''] =
            /^fpr:+([0-9A-F]{40}):/m.exec(home.run(['--with-colons', '--list-keys']).stdout) ?? []
          home.run(['--quick-set-expire', fingerprint, '20d'])
          assert.is((await keys(['add', '--yes', file('g.asc', exported())])).exit, 0)
          assert.is((await states())[fingerprint], 'expiring')
          const reader = gpgHome(readFileSync(path, 'utf8'))
          try {
            const colons = (keyring: typeof reader) =>
              keyring
                .run(['--with-colons', '--list-keys'])
                .stdout.split('\n')
                .filter(line => /^(pub|sub|fpr|uid)/.test(line))
                .map(line =>
                  line
                    .split(':')
                    .filter((_, index) => index !== 1 && index !== 8)
                    .join(':'),
                )
            assert.equal(colons(reader), colons(home))
          } finally {
            reader.close()
          }
        })
      } finally {
        home.close()
      }
    },
  )

test.run()
