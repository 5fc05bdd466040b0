// post-receive moves the tag: what it verifies, what it refuses, and how it fails.
import { chmodSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { branch, commit, merge } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import type { MarkedOptions, MarkedServer } from './support/marked.ts'
import { makeMarked } from './support/marked.ts'
import { now } from './support/signature-packet.ts'
import { suite } from './support/suite.ts'

const test = suite('sync tag')
const alice = makeKey({ name: 'Alice' })
const day = 86400

async function on(options: MarkedOptions, action: (server: MarkedServer) => Promise<void>): Promise<void> {
  const server = makeMarked({ trusted: [alice], ...options })
  try {
    await action(server)
  } finally {
    server.close()
  }
}

for (const format of ['sha1', 'sha256'] as const)
  test(`follows each accepted push (${format})`, () =>
    on({ format }, async server => {
      const one = server.write([commit('one', alice)])
      const first = await server.push(['main'])
      assert.is(first.accepted, true, first.output)
      assert.equal(first.remote, [])
      assert.is(server.mark()?.commit, one.oid('one'))
      const two = server.write([commit('two', alice), commit('three', alice)], one)
      assert.is((await server.push(['main'])).accepted, true)
      assert.is(server.mark()?.commit, two.oid('three'))
      const text = server.git('cat-file', 'tag', 'verified/main')
      assert.match(text, `object ${two.oid('three')}\ntype commit\ntag verified/main\ntagger refwarden`)
      assert.match(text, '\n\nSync pointer\n-----BEGIN PGP SIGNATURE-----\n')
      const [moved] = server.decisions().slice(-1)
      assert.is(moved.verdict, 'sync-tag moved')
      assert.is(moved.commit, two.oid('three'))
    }))

test('an unsigned push after a verified head leaves branch and tag', () =>
  on({}, async server => {
    const history = server.write([commit('one', alice)])
    await server.push(['main'])
    const before = server.refs()
    server.write([commit('two')], history)
    const refused = await server.push(['main'])
    assert.equal(refused.codes, ['unsigned'])
    assert.equal(server.refs(), before)
  }))

test('a deleted tag is made again by the next accepted push', () =>
  on({}, async server => {
    const one = server.write([commit('one', alice)])
    await server.push(['main'])
    server.putTag(null)
    const two = server.write([commit('two', alice)], one)
    assert.is((await server.push(['main'])).accepted, true)
    assert.is(server.mark()?.commit, two.oid('two'))
  }))

test('a branch for each protected one, by its own name; none for others', () =>
  on(
    {
      sections:
        '[protect "refs/heads/main"]\n[protect "refs/heads/r/*"]\n[protect "refs/heads/r/no"]\nmode = none\n',
    },
    async server => {
      const history = server.write([
        commit('one', alice),
        branch('r/1', [commit('two', alice)]),
        branch('side', []),
        branch('r/no', []),
      ])
      const result = await server.push(['main', 'r/1', 'side', 'r/no'])
      assert.is(result.accepted, true, result.output)
      const tags = [...server.refs().keys()].filter(ref => ref.startsWith('refs/tags/'))
      assert.equal(tags, ['refs/tags/verified/main', 'refs/tags/verified/r/1'])
      assert.is(server.mark('r/1')?.commit, history.oid('two'))
    },
  ))

test('never trusts that pre-receive ran', () =>
  on({ hooks: ['post-receive'] }, async server => {
    const one = server.write([commit('one', alice)])
    await server.push(['main'])
    const mark = server.mark()
    const two = server.write([commit('two')], one)
    const pushed = await server.push(['main'])
    assert.is(pushed.accepted, true)
    assert.is(server.refs().get('refs/heads/main'), two.oid('two'))
    assert.equal(server.mark(), mark)
    assert.equal(pushed.remote.length, 1, pushed.output)
    assert.match(
      pushed.remote[0] ?? '',
      /^error: pushed; the sync tag was not moved, tell the admin: [0-9a-f]{12}$/,
    )
    const [last] = server.decisions().slice(-1)
    assert.is(last.verdict, 'sync-tag not moved')
    assert.match(last.fault, `unsigned ${two.oid('two')}`)
    // and what is signed on top of it makes nothing good
    server.write([commit('three', alice)], two)
    assert.is((await server.push(['main'])).accepted, true)
    assert.equal(server.mark(), mark)
  }))

test('a new branch begins where the others are verified, not where they stand', () =>
  on({ hooks: ['post-receive'], sections: '[protect "refs/heads/*"]\n' }, async server => {
    const one = server.write([commit('one', alice)])
    await server.push(['main'])
    const two = server.write([commit('two'), branch('fork', [commit('three', alice)])], one)
    await server.push(['main'])
    assert.is(server.mark()?.commit, one.oid('one'))
    await server.push(['fork'])
    assert.is(server.mark('fork'), null)
    server.setRef('refs/heads/fork', null)
    // the same in front of the refs
    const gate = await server.refwarden(['pre-receive', '--config', server.config], {
      input: `${'0'.repeat(40)} ${two.oid('three')} refs/heads/other\n`,
      env: { GIT_DIR: server.gitDir },
    })
    assert.is(gate.exit, 1, gate.stderr)
    assert.match(gate.stderr, 'unsigned')
  }))

test('what one push brings on two branches vouches for neither', () =>
  on({ hooks: ['post-receive'], sections: '[protect "refs/heads/*"]\n' }, async server => {
    const zero = '0'.repeat(40)
    const history = server.seed([commit('bad'), branch('a', []), branch('b', [commit('good', alice)])])
    const [a, b] = [history.oid('a'), history.oid('b')]
    server.setRef('refs/heads/main', null)
    const post = await server.refwarden(['post-receive', '--config', server.config], {
      input: `${zero} ${a} refs/heads/a\n${zero} ${b} refs/heads/b\n`,
      env: { GIT_DIR: server.gitDir },
    })
    assert.is(post.exit, 2)
    assert.equal([server.mark('a'), server.mark('b')], [null, null])
  }))

test('the trouble of one branch does not hold up another', () =>
  on({ hooks: ['post-receive'], sections: '[protect "refs/heads/*"]\n' }, async server => {
    const one = server.write([
      commit('one', alice),
      branch('a', [commit('bad')]),
      branch('z', [commit('good', alice)]),
    ])
    const pushed = await server.push(['a', 'main', 'z'])
    assert.is(pushed.accepted, true)
    assert.equal(pushed.remote.length, 1, pushed.output)
    assert.equal(
      [server.mark('a'), server.mark()?.commit, server.mark('z')?.commit],
      [null, one.oid('one'), one.oid('good')],
    )
  }))

test('a lagging tag is caught up with, from where it stands', () =>
  on({ hooks: ['pre-receive'] }, async server => {
    const one = server.write([commit('one', alice)])
    await server.push(['main'])
    server.putTag(server.tag(one.oid('one')))
    const two = server.write([commit('two', alice)], one)
    assert.is((await server.push(['main'])).accepted, true)
    assert.is(server.mark()?.commit, one.oid('one'))
    const late = await server.refwarden(['post-receive', '--config', server.config], {
      input: `${one.oid('one')} ${two.oid('two')} refs/heads/main\n`,
      env: { GIT_DIR: server.gitDir },
    })
    assert.is(late.exit, 0, late.stderr)
    assert.is(server.mark()?.commit, two.oid('two'))
    // and once more: nothing to do, nothing done
    const mark = server.mark()
    const again = await server.refwarden(['post-receive', '--config', server.config], {
      input: `${one.oid('one')} ${two.oid('two')} refs/heads/main\n`,
      env: { GIT_DIR: server.gitDir },
    })
    assert.is(again.exit, 0)
    assert.equal(server.mark(), mark)
  }))

test('runs in any order and at the same time end at the tip, never behind', () =>
  on({ hooks: ['pre-receive'] }, async server => {
    const names = Array.from({ length: 6 }, (_, index) => `c${index}`)
    const history = server.write(names.map(name => commit(name, alice)))
    await server.push(['main'])
    const oids = names.map(name => history.oid(name))
    const moves = oids.slice(1).map((oid, index) => `${oids[index]} ${oid} refs/heads/main\n`)
    const runs = await Promise.all(
      [...moves.reverse(), ...moves].map(input =>
        server.refwarden(['post-receive', '--config', server.config], {
          input,
          env: { GIT_DIR: server.gitDir },
        }),
      ),
    )
    // progress is shown after two seconds, which a busy machine may need
    const said = runs.map(
      ({ exit, stderr }) => `${exit}${stderr.replace(/checking signatures: \d+ commits\r\n?/g, '')}`,
    )
    assert.equal([...new Set(said)], ['0'])
    assert.is(server.mark()?.commit, oids.at(-1))
    // an old run that comes late finds nothing to do
    const late = await server.refwarden(['post-receive', '--config', server.config], {
      input: moves.at(-1) ?? '',
      env: { GIT_DIR: server.gitDir },
    })
    assert.is(late.exit, 0)
    assert.is(server.mark()?.commit, oids.at(-1))
  }))

test('two pushes at once', () =>
  on({ sections: '[protect "refs/heads/*"]\n' }, async server => {
    const history = server.write([
      commit('one', alice),
      branch('a', [commit('two', alice)]),
      branch('b', [commit('three', alice)]),
    ])
    await server.push(['main'])
    const results = await Promise.all([
      server.push(['a']),
      server.push(['b']),
      server.push(['b:refs/heads/c']),
    ])
    assert.equal(
      results.map(({ accepted, remote }) => [accepted, remote]),
      [
        [true, []],
        [true, []],
        [true, []],
      ],
    )
    assert.equal(
      ['a', 'b', 'c'].map(name => server.mark(name)?.commit),
      [history.oid('two'), history.oid('three'), history.oid('three')],
    )
  }))

test('first-parent: what a signed merge brings in may be unsigned; the tag stays on the chain', () =>
  on({ sections: '[protect "refs/heads/main"]\nmode = first-parent\n' }, async server => {
    const one = server.write([
      commit('one', alice),
      branch('side', [commit('unsigned')]),
      merge('side', alice),
    ])
    const pushed = await server.push(['main'])
    assert.is(pushed.accepted, true, pushed.output)
    assert.is(server.mark()?.commit, one.oid('merge-side'))
    const back = await server.refwarden(['trust', 'main', one.oid('unsigned'), '--config', server.config])
    assert.is(back.exit, 2)
    assert.match(back.stderr, 'not on the first-parent chain')
    assert.is(server.mark()?.commit, one.oid('merge-side'))
  }))

test('where the branch may be rewound, not behind its tag', () =>
  on({ sections: '[protect "refs/heads/main"]\nrewind = yes\ndelete = yes\n' }, async server => {
    server.git('config', 'receive.denyDeleteCurrent', 'ignore')
    const one = server.write([
      commit('one', alice),
      branch('aside', [commit('other', alice)]),
      commit('two', alice),
    ])
    await server.push(['main'])
    assert.equal((await server.push(['+aside:main'])).codes, ['rewind'])
    assert.is((await server.push([':main'])).accepted, true)
    assert.equal((await server.push(['aside:main'])).codes, ['rewind'])
    assert.is((await server.push(['main'])).accepted, true)
    assert.is(server.mark()?.commit, one.oid('two'))
  }))

test('a git that was killed leaves a lock: the next run waits until it is a minute old', () =>
  on({}, async server => {
    const lock = join(server.gitDir, 'refs/tags/verified/main.lock')
    let history = server.write([commit('one', alice)])
    await server.push(['main'])
    for (const age of [3600, 55]) {
      writeFileSync(lock, '')
      utimesSync(lock, now() - age, now() - age)
      history = server.write([commit(`after ${age}`, alice)], history)
      assert.equal((await server.push(['main'])).remote, [])
      assert.is(server.mark()?.commit, history.oid(`after ${age}`))
    }
  }))

test('a lock of which nobody knows how old it is: said, and left', () =>
  on({}, async server => {
    const one = server.write([commit('one', alice)])
    await server.push(['main'])
    const lock = join(server.gitDir, 'refs/tags/verified/main.lock')
    writeFileSync(lock, '')
    utimesSync(lock, now() + 3600, now() + 3600)
    const two = server.write([commit('two', alice)], one)
    const pushed = await server.push(['main'])
    assert.is(pushed.accepted, true)
    assert.is(pushed.remote.length, 1, pushed.output)
    assert.match(server.decisions().at(-1).remedy, 'lock')
    assert.is(server.mark()?.commit, one.oid('one'))
    rmSync(lock)
    const three = server.write([commit('three', alice)], two)
    assert.equal((await server.push(['main'])).remote, [])
    assert.is(server.mark()?.commit, three.oid('three'))
  }))

type Misfit = {
  readonly options: () => MarkedOptions
  readonly spoil?: (server: MarkedServer) => void
  readonly says: string
}

const misfits: Readonly<Record<string, Misfit>> = {
  'readable for the group': {
    options: () => ({}),
    spoil: ({ secretFile }) => chmodSync(secretFile, 0o440),
    says: 'others may read this secret key',
  },
  'readable for all': {
    options: () => ({}),
    spoil: ({ secretFile }) => chmodSync(secretFile, 0o604),
    says: 'others may read this secret key',
  },
  missing: { options: () => ({}), spoil: ({ secretFile }) => rmSync(secretFile), says: 'missing' },
  'a public key': { options: () => ({ secret: makeKey().publicArmored }), says: 'not a secret OpenPGP key' },
  garbage: { options: () => ({ secret: 'garbage' }), says: 'not a secret OpenPGP key' },
  'two blocks': {
    options: () => {
      const key = makeKey({ name: 'Server' })
      return { signingKey: key, secret: key.secretArmored + makeKey().secretArmored }
    },
    says: 'more than one block',
  },
  'another key': { options: () => ({ secret: makeKey().secretArmored }), says: 'no key' },
  expired: {
    options: () => ({ signingKey: makeKey({ name: 'Server', expires: now() - day }) }),
    says: 'has expired',
  },
  revoked: {
    options: () => ({ signingKey: makeKey({ name: 'Server', revoked: { at: now() - day, reason: 1 } }) }),
    says: 'is revoked',
  },
  'not for signing': {
    options: () => ({ signingKey: makeKey({ name: 'Server', flags: 0x01 }) }),
    says: 'for signing',
  },
  'not valid yet': {
    options: () => ({ signingKey: makeKey({ name: 'Server', created: now() + 200 }) }),
    says: 'is not valid yet',
  },
  weak: {
    options: () => ({ signingKey: makeKey({ name: 'Server', algorithm: 'rsa1024' }) }),
    says: 'server.asc',
  },
}

for (const [name, { options, spoil, says }] of Object.entries(misfits))
  test(`a signing key that is of no use: ${name}`, () =>
    on(options(), async server => {
      spoil?.(server)
      const history = server.write([commit('one', alice)])
      const pushed = await server.push(['main'])
      assert.is(pushed.accepted, true, pushed.output)
      assert.is(server.refs().get('refs/heads/main'), history.oid('one'))
      assert.is(server.mark(), null)
      assert.equal(
        pushed.remote.map(line => line.replace(/[0-9a-f]{12}$/, 'ID')),
        ['error: pushed; the sync tag was not moved, tell the admin: ID'],
      )
      const { fault } = server.decisions().at(-1)
      assert.match(fault, says, fault)
      assert.match(fault, server.secretFile)
      const trusted = await server.refwarden(['trust', 'main', '--config', server.config])
      assert.is(trusted.exit, 2)
      assert.match(trusted.stderr, says)
      assert.is(server.mark(), null)
    }))

test('an expired signing key: its tags stay good, pushes go on, and it is said that none is made', () => {
  const key = makeKey({ name: 'Server' })
  return on({ signingKey: key }, async server => {
    const one = server.write([commit('one', alice)])
    await server.push(['main'])
    server.putTag(server.tag(one.oid('one')))
    chmodSync(server.secretFile, 0o600)
    writeFileSync(server.secretFile, key.with({ expires: now() - 30 }).secretArmored)
    const two = server.write([commit('two', alice)], one)
    const pushed = await server.push(['main'])
    assert.is(pushed.accepted, true, pushed.output)
    assert.is(pushed.remote.length, 1)
    assert.is(server.mark()?.commit, one.oid('one'))
    writeFileSync(server.secretFile, key.secretArmored)
    const three = server.write([commit('three', alice)], two)
    assert.equal((await server.push(['main'])).remote, [])
    assert.is(server.mark()?.commit, three.oid('three'))
  })
})

test('while nobody can tell who signs the tag, its branch is refused', () =>
  on({}, async server => {
    const one = server.write([commit('one', alice), branch('free', [])])
    await server.push(['main'])
    rmSync(server.secretFile)
    const two = server.write([commit('two', alice)], one)
    const pushed = await server.push(['main'])
    assert.is(pushed.accepted, false)
    assert.match(pushed.output, 'refwarden set-up is broken')
    assert.match(server.decisions().at(-1).fault, server.secretFile)
    assert.is((await server.push([`${two.oid('two')}:refs/heads/free`])).accepted, true)
  }))

const forms: Readonly<
  Record<string, () => MarkedOptions & { readonly signingKey: ReturnType<typeof makeKey> }>
> = {
  'an RSA key': () => ({ signingKey: makeKey({ name: 'Server', algorithm: 'rsa2048' }) }),
  'a P-256 key': () => ({ signingKey: makeKey({ name: 'Server', algorithm: 'p256' }) }),
  'a version 6 key': () => ({ signingKey: makeKey({ name: 'Server', algorithm: 'ed25519', version: 6 }) }),
}
for (const [name, options] of Object.entries(forms))
  test(`signed by ${name}`, () =>
    on(options(), async server => {
      const one = server.write([commit('one', alice)])
      assert.equal((await server.push(['main'])).remote, [], server.decisions().at(-1)?.fault)
      server.write([commit('two', alice)], one)
      const second = await server.push(['main'])
      assert.is(second.accepted, true, second.output)
      assert.equal(second.remote, [])
    }))

test('a subkey signs for its primary key; a name by the key id, in a folder of keys, as Kubernetes mounts it', () => {
  const key = makeKey({ name: 'Server', flags: 0x01, subkeys: [{ created: now() - day }, {}] })
  return on({ signingKey: key }, async server => {
    const folder = join(server.folder, 'mount')
    const data = join(folder, '..2026_11_23_09')
    mkdirSync(data, { recursive: true, mode: 0o755 })
    writeFileSync(join(data, 'identity'), key.secretArmored, { mode: 0o400 })
    writeFileSync(join(data, 'other'), makeKey().secretArmored, { mode: 0o400 })
    symlinkSync('..2026_11_23_09', join(folder, '..data'))
    for (const name of ['identity', 'other']) symlinkSync(`..data/${name}`, join(folder, name))
    server.configure(
      `keys = @KEYS@\nsync-tag = verified/{branch}\nsigning-key = ${key.keyId.toLowerCase()}\nsigning-keys = ${folder}\n[protect "refs/heads/main"]\n`,
    )
    const one = server.write([commit('one', alice)])
    const pushed = await server.push(['main'])
    assert.equal([pushed.accepted, pushed.remote], [true, []], server.decisions().at(-1)?.fault)
    const shown = await server.refwarden(['verify', 'verified/main', '--json', '--config', server.config])
    assert.is(shown.exit, 0, shown.stderr)
    const [line = ''] = shown.stdout.split('\n')
    assert.is(JSON.parse(line).key, key.subkeys[0]?.fingerprint)
    assert.is(JSON.parse(line).signer, key.fingerprint)
    // the same key a second time: which of the two counts is not left to chance
    writeFileSync(join(folder, 'copy'), key.secretArmored, { mode: 0o400 })
    server.write([commit('two', alice)], one)
    const twice = await server.push(['main'])
    assert.is(twice.accepted, false)
    assert.match(server.decisions().at(-1).fault, 'is there 2 times')
  })
})

test('signing-key names one subkey: a tag by another part of the key is no sync tag', () => {
  const key = makeKey({ name: 'Server', subkeys: [{}] })
  return on({ signingKey: key }, async server => {
    const subkey = key.subkeys[0]?.fingerprint ?? ''
    const named = `keys = @KEYS@\nsync-tag = verified/{branch}\nsigning-key = ${subkey}\nsigning-keys = ${server.secretFile}\n[protect "refs/heads/main"]\n`
    server.configure(named)
    const one = server.write([commit('one', alice)])
    assert.equal((await server.push(['main'])).remote, [])
    const two = server.write([commit('two', alice)], one)
    server.putTag(server.tag(one.oid('one'), key))
    assert.equal((await server.push([`${two.oid('two')}:main`])).codes, ['sync-tag-invalid'])
  })
})

test.run()
