// refwarden verify: what it judges, what it prints, how it ends.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Oid } from '../src/core/oid.ts'
import type { History } from './support/history.ts'
import { branch, commit, merge } from './support/history.ts'
import type { Key } from './support/keys.ts'
import { makeKey } from './support/keys.ts'
import type { MarkedServer } from './support/marked.ts'
import { makeMarked } from './support/marked.ts'
import { gitObject, writeObjects } from './support/objects.ts'
import { binary } from './support/paths.ts'
import { inTerminal, ptyMissing } from './support/pty.ts'
import type { Run } from './support/repository.ts'
import { now } from './support/signature-packet.ts'
import { commitObject, tagObject } from './support/signed-object.ts'
import { suite } from './support/suite.ts'

const test = suite('verify')
const alice = makeKey({ name: 'Alice', subkeys: [{}] })
const bob = makeKey({ name: 'Bob' })
const mallory = makeKey({ name: 'Mallory' })
const day = 86400
const signedAt = now() - 10 * day

/** A repository in which nothing is configured, and key files by name. */
type Scene = {
  readonly it: MarkedServer
  readonly history: History
  readonly oid: (name: string) => Oid
  /** Path of a file with the public keys of these. */
  keys(...keys: readonly Key[]): string
  verify(...args: readonly string[]): Promise<Run>
}

const scene: { now: Scene | null } = { now: null }

/**
 * main: root, two (by Alice's subkey), three (by Bob), merge of the unsigned side, four (unsigned), five (signed).
 */
test.before(() => {
  const it = makeMarked({ hooks: false, trusted: [alice, bob] })
  const history = it.seed([
    commit('root', alice, { at: signedAt }),
    branch('side', [commit('s1'), commit('s2', mallory)]),
    commit('two', alice, { at: signedAt + 1, shape: { by: 0 } }),
    commit('three', bob, { at: signedAt + 2 }),
    branch('good', []),
    merge('side', alice, { at: signedAt + 3, name: 'merged' }),
    branch('merges', []),
    commit('four', null, {
      at: signedAt + 4,
      author: 'Eve \u202eevil <eve@example.org>',
      message: 'four\x1b[31m\n',
    }),
    commit('five', alice, { at: signedAt + 5 }),
  ])
  const folder = join(it.folder, 'public')
  mkdirSync(folder)
  scene.now = {
    it,
    history,
    oid: history.oid,
    keys(...keys) {
      const file = join(folder, `${keys.map(key => key.name.toLowerCase()).join('-')}.asc`)
      writeFileSync(file, keys.map(key => key.publicArmored).join('\n'))
      return file
    },
    verify: (...args) => it.refwarden(['verify', ...args]),
  }
})
test.after(() => scene.now?.it.close())

function here(): Scene {
  if (scene.now === null) throw new Error('nothing is set up')
  return scene.now
}

// biome-ignore lint/suspicious/noExplicitAny: JSON
function lines({ stdout }: Run): readonly any[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
}

/** `oid code`, newest first. */
function verdicts(run: Run): readonly string[] {
  return lines(run)
    .slice(0, -1)
    .map(({ commit, verdict, code }) => `${nameOf(commit)} ${code ?? verdict}`)
}

function nameOf(oid: string): string {
  return [...here().history.commits].find(([, found]) => found === oid)?.[0] ?? oid
}

test('--json: an object a line, newest first, exactly so', async () => {
  const { oid, keys, verify } = here()
  const run = await verify('good', '--json', '--keys', keys(alice), '--keys', keys(bob))
  assert.is(run.exit, 0, run.stderr)
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString()
  const expected = [
    {
      commit: oid('three'),
      verdict: 'verified',
      code: null,
      signer: bob.fingerprint,
      key: bob.fingerprint,
      signedAt: iso(signedAt + 2),
    },
    {
      commit: oid('two'),
      verdict: 'verified',
      code: null,
      signer: alice.fingerprint,
      key: alice.subkeys[0]?.fingerprint,
      signedAt: iso(signedAt + 1),
    },
    {
      commit: oid('root'),
      verdict: 'verified',
      code: null,
      signer: alice.fingerprint,
      key: alice.fingerprint,
      signedAt: iso(signedAt),
    },
    { summary: { verified: 3, rejected: 0, lastValid: oid('three') } },
  ]
  assert.is(run.stdout, expected.map(line => `${JSON.stringify(line)}\n`).join(''))
  assert.is(run.stderr, '')
})

test('--json: what is rejected, with what is known of it', async () => {
  const { oid, keys, verify } = here()
  const run = await verify('main', '--json', '--keys', keys(alice))
  assert.is(run.exit, 1)
  assert.equal([...verdicts(run)].sort(), [
    'five verified',
    'four unsigned',
    'merged verified',
    'root verified',
    's1 unsigned',
    's2 unknown-key',
    'three unknown-key',
    'two verified',
  ])
  const byName = (name: string) => lines(run).find(({ commit }) => commit === oid(name))
  assert.equal(byName('three'), {
    commit: oid('three'),
    verdict: 'rejected',
    code: 'unknown-key',
    signer: null,
    key: bob.fingerprint,
    signedAt: null,
  })
  assert.equal(byName('four'), {
    commit: oid('four'),
    verdict: 'rejected',
    code: 'unsigned',
    signer: null,
    key: null,
    signedAt: null,
  })
  assert.equal(lines(run).at(-1), { summary: { verified: 4, rejected: 4, lastValid: oid('two') } })
})

const ranges: readonly (readonly [
  args: readonly string[],
  expected: readonly string[],
  lastValid: string | null,
  exit: number,
])[] = [
  [['good~2..good'], ['three verified', 'two verified'], 'three', 0],
  [
    ['good..main', '--mode', 'first-parent'],
    ['five verified', 'four unsigned', 'merged verified'],
    'merged',
    1,
  ],
  [
    ['good..main', '--mode', 'all'],
    ['five verified', 'four unsigned', 'merged verified', 's1 unsigned', 's2 unknown-key'],
    'three',
    1,
  ],
  [['main~1..'], ['five verified'], 'five', 0],
  [['main~2..main'], ['five verified', 'four unsigned'], 'merged', 1],
  [['main~1..main~1'], [], 'four', 0],
  [
    ['merges', '--mode', 'first-parent'],
    ['merged verified', 'root verified', 'three verified', 'two verified'],
    'merged',
    0,
  ],
  [['side', '--mode', 'first-parent'], ['root verified', 's1 unsigned', 's2 unknown-key'], 'root', 1],
  [['side~1^..side'], ['s1 unsigned', 's2 unknown-key'], 'root', 1],
  [
    [],
    [
      'five verified',
      'four unsigned',
      'merged verified',
      'root verified',
      's1 unsigned',
      's2 unknown-key',
      'three verified',
      'two verified',
    ],
    'three',
    1,
  ],
]
for (const [args, expected, lastValid, exit] of ranges)
  test(`verify ${args.join(' ')}`, async () => {
    const { oid, keys, verify } = here()
    const run = await verify(...args, '--json', '--keys', keys(alice, bob))
    assert.is(run.exit, exit, run.stderr)
    assert.equal([...verdicts(run)].sort(), [...expected].sort())
    const { summary } = lines(run).at(-1)
    assert.is(summary.lastValid, lastValid === null ? null : oid(lastValid))
  })

test('the last valid revision, whatever the dates say', async () => {
  const { it, keys, verify } = here()
  const history = it.write([
    commit('c0', alice, { at: signedAt }),
    branch('bad', [commit('bad', null, { at: signedAt + 80 })]),
    merge('bad', alice, { at: signedAt + 10, name: 'c1' }),
    commit('c2', alice, { at: signedAt + 11 }),
    branch('aside', []),
    merge('bad', alice, { at: signedAt + 95, name: 'c3' }),
  ])
  writeObjects(it.gitDir, it.format, history.objects)
  const run = await verify(history.oid('c3'), '--json', '--keys', keys(alice))
  const listed = lines(run).map(line => line.commit)
  // git lists it before a child of it: that child is what makes the difference
  assert.ok(listed.indexOf(history.oid('bad')) < listed.indexOf(history.oid('c1')))
  assert.is(lines(run).at(-1).summary.lastValid, history.oid('c0'))
  const alone = await verify(history.oid('c3'), '--json', '--mode', 'first-parent', '--keys', keys(alice))
  assert.is(lines(alone).at(-1).summary.lastValid, history.oid('c3'))
})

test('the last valid revision below a commit that cannot be read', async () => {
  const { it, oid, history, keys, verify } = here()
  const [tree] = history.objects.filter(({ type }) => type === 'tree')
  const [three, two] = [oid('three'), oid('two')]
  const message = 'x'.repeat(1024 * 1024)
  const large = commitObject(it.format, tree?.oid as Oid, [three], { at: signedAt + 8, message }, alice)
  const above = commitObject(it.format, tree?.oid as Oid, [large.oid, two], { at: signedAt + 9 }, alice)
  writeObjects(it.gitDir, it.format, [large, above])
  const run = await verify(above.oid, '--json', '--keys', keys(alice, bob))
  assert.equal(
    lines(run)
      .slice(0, 2)
      .map(({ code }) => code),
    [null, 'too-large'],
  )
  assert.is(lines(run).at(-1).summary.lastValid, three)
})

test('text: each failing commit, who signed how many, the last valid revision', async () => {
  const { oid, keys, verify } = here()
  const run = await verify('main', '--mode', 'first-parent', '--keys', keys(alice, bob))
  assert.is(run.exit, 1)
  assert.equal(run.stdout.split('\n'), [
    `${oid('four').slice(0, 12)} unsigned: it has no signature`,
    '  by Eve \\u{202e}evil <eve@example.org>',
    '  "four\\x1b[31m"',
    'signers:',
    `  4  ${alice.fingerprint}`,
    '     Alice <alice@example.org>',
    `  1  ${bob.fingerprint}`,
    '     Bob <bob@example.org>',
    '5 verified, 1 rejected',
    `last valid revision: ${oid('merged')}`,
    '',
  ])
  const good = await verify('good', '--keys', keys(alice, bob))
  assert.is(good.exit, 0)
  assert.match(good.stdout, `3 verified, 0 rejected\nlast valid revision: ${oid('three')}\n`)
  const none = await verify('side', '--keys', keys(bob))
  assert.is(none.exit, 1)
  assert.match(none.stdout, `  key ${mallory.fingerprint}\n`)
  assert.match(none.stdout, '0 verified, 3 rejected\nno revision is valid\n')
})

test('by which clock: a key that expired, and one that was revoked, since', async () => {
  const { it, verify } = here()
  const judged = async (key: Key, ...args: readonly string[]) => {
    const file = join(it.folder, 'public', 'dated.asc')
    writeFileSync(file, key.publicArmored)
    return [...new Set(verdicts(await verify('good', '--json', '--keys', file, ...args)))].sort()
  }
  const expired = alice.with({ expires: now() - day })
  assert.equal(await judged(expired), ['root verified', 'three unknown-key', 'two verified'])
  assert.equal(await judged(expired, '--at', 'signature'), [
    'root verified',
    'three unknown-key',
    'two verified',
  ])
  assert.equal(await judged(expired, '--at', 'now'), [
    'root key-expired',
    'three unknown-key',
    'two key-expired',
  ])
  const retired = alice.with({ revoked: { at: now() - day, reason: 3 } })
  assert.equal(await judged(retired), ['root verified', 'three unknown-key', 'two verified'])
  assert.equal(await judged(retired, '--at', 'now'), [
    'root key-revoked',
    'three unknown-key',
    'two key-revoked',
  ])
  const stolen = alice.with({ revoked: { at: now() - day, reason: 2 } })
  assert.equal(await judged(stolen), ['root key-revoked', 'three unknown-key', 'two key-revoked'])
})

/** Ends with 2 and says so; nothing of it looks like a verdict. */
const faults: readonly (readonly [args: readonly string[], says: string])[] = [
  [['nothing'], 'nothing: no such revision'],
  [['nothing..main'], 'nothing: no such revision'],
  [['main...good'], 'no such revision'],
  [['main', '--mode', 'none'], "--mode: 'none' is none of all, first-parent"],
  [['main', '--at', 'noon'], "--at: 'noon' is none of now, signature"],
  [['main', 'good'], "'good' is one word too many"],
  [['main', '--kyes', '/x'], "'--kyes' is not an option of refwarden verify"],
  [['--', '--all'], 'no such revision'],
  [['main^{tree}'], 'no such revision'],
]
for (const [args, says] of faults)
  test(`a fault: verify ${args.join(' ')}`, async () => {
    const { keys, verify } = here()
    const run = await verify('--keys', keys(alice), ...args)
    assert.is(run.exit, 2)
    assert.is(run.stdout, '')
    assert.match(run.stderr, says, run.stderr)
  })

test('a fault: whom to trust is not said, or nobody', async () => {
  const { it, verify } = here()
  const missing = await verify('main', '--keys', join(it.folder, 'no-such-file'))
  assert.is(missing.exit, 2)
  assert.match(missing.stderr, 'no-such-file')
  const unset = await verify('main', '--config', join(it.folder, 'no-such.ini'))
  assert.is(unset.exit, 2)
  assert.match(unset.stderr, 'no-such.ini: no such file')
  const other = await verify('side', '--config', it.config)
  assert.is(other.exit, 2)
  assert.match(other.stderr, 'say whom to trust: --keys PATH')
  const outside = await it.refwarden(['verify'], { cwd: '/' })
  assert.is(outside.exit, 2)
  assert.match(outside.stderr, 'not a git repository')
})

test('by the configuration, in the repository or a clone with a work tree, down to the sync tag or trust roots', async () => {
  const { it, history, oid, verify } = here()
  const clone = join(it.folder, 'clone')
  assert.is(spawnSync('git', ['clone', '--quiet', it.gitDir, clone]).status, 0)
  const whole = await verify('main', '--json', '--config', it.config)
  assert.is(lines(whole).length, 9)
  it.putTag(it.tag(oid('four')))
  for (const run of [
    await verify('main', '--json', '--config', it.config),
    await verify('--json', '--config', it.config),
    await verify('refs/heads/main', '--json', '--config', it.config),
  ]) {
    assert.equal(verdicts(run), ['five verified'])
    assert.is(run.exit, 0)
  }
  // a range is what it says
  assert.equal(verdicts(await verify('main~2..main', '--json', '--config', it.config)), [
    'five verified',
    'four unsigned',
  ])
  spawnSync('git', ['-C', clone, 'fetch', '--quiet', '--tags'])
  const cloned = await it.refwarden(['verify', 'origin/main', '--json', '--config', it.config], {
    cwd: join(clone, '.git'),
  })
  assert.equal(verdicts(cloned), ['five verified'], cloned.stderr)
  it.putTag(it.tag(oid('four'), mallory))
  const locked = await verify('main', '--config', it.config)
  assert.is(locked.exit, 2)
  assert.match(locked.stderr, 'this sync tag is invalid: unknown-key')
  assert.match(locked.stderr, 'refwarden trust main')
  it.putTag(null)
  const text = readFileSync(it.config, 'utf8')
  writeFileSync(it.config, `${text}trust-root = ${oid('merged')}, ${'a'.repeat(40)}\n`)
  const rooted = await verify('main', '--json', '--config', it.config)
  writeFileSync(it.config, text)
  assert.equal(verdicts(rooted), ['five verified', 'four unsigned'], rooted.stderr)
  assert.ok(history)
})

test('a name that two refs share is not guessed', async () => {
  const { it, oid, keys, verify } = here()
  it.setRef('refs/tags/main', oid('root'))
  it.setRef(`refs/heads/${oid('five').slice(0, 10)}`, oid('root'))
  try {
    for (const word of ['main', 'main~1', 'root..main', 'main..good', oid('five').slice(0, 10)]) {
      const run = await verify(word.replace('root', oid('root')), '--keys', keys(alice))
      assert.is(run.exit, 2, word)
      assert.match(run.stderr, 'not clear', word)
    }
    assert.is((await verify('refs/tags/main', '--keys', keys(alice))).exit, 0)
  } finally {
    it.setRef('refs/tags/main', null)
    it.setRef(`refs/heads/${oid('five').slice(0, 10)}`, null)
  }
})

test('a full name is that ref, whatever branches there are to be taken for it', async () => {
  const { it, oid, keys, verify } = here()
  const tag = tagObject(it.format, oid('three'), { name: 'old', at: signedAt }, alice)
  writeObjects(it.gitDir, it.format, [tag])
  const decoys = [
    'refs/heads/refs/tags/new',
    'refs/remotes/new/HEAD',
    'refs/heads/refs/tags/none',
    'refs/heads/HEAD',
  ]
  it.setRef('refs/tags/new', tag.oid)
  try {
    for (const ref of decoys) {
      it.setRef(ref, oid('three'))
      const full = await verify('refs/tags/new', '--keys', keys(alice))
      assert.is(full.exit, 1, ref)
      assert.match(full.stdout, 'tag-name', ref)
    }
    const short = await verify('new', '--keys', keys(alice))
    assert.is(short.exit, 2)
    assert.match(short.stderr, 'not clear')
    const none = await verify('refs/tags/none', '--keys', keys(alice))
    assert.is(none.exit, 2)
    assert.match(none.stderr, 'no such revision')
  } finally {
    for (const ref of [...decoys, 'refs/tags/new']) it.setRef(ref, null)
  }
})

test('what names several commits, or would if it had several parents, is no revision', async () => {
  const { oid, keys, verify } = here()
  for (const word of [`${oid('five')}^@`, `${oid('five')}^-`, `${oid('root')}^!`, `${oid('five')}...main`]) {
    const run = await verify(word, '--keys', keys(alice))
    assert.is(run.exit, 2, word)
    assert.match(run.stderr, 'no such revision', word)
  }
})

test('tag objects: by their signature, their own name and their target', async () => {
  const { it, oid, history, keys, verify } = here()
  const at = signedAt
  const [tree] = history.objects.filter(({ type }) => type === 'tree')
  const good = tagObject(it.format, oid('three'), { name: 'v1', at }, alice)
  const inner = tagObject(it.format, good, { name: 'v3', at }, alice)
  const changed = gitObject(
    'sha1',
    'tag',
    Buffer.from(Buffer.from(good.body).toString().replace('tag v1', 'tag v5')),
  )
  const unsigned = tagObject(it.format, oid('three'), { name: 'v4', at })
  const tags = {
    v1: good,
    v2: good,
    v3: inner,
    v4: unsigned,
    v5: changed,
    v6: tagObject(it.format, tree?.oid as Oid, { name: 'v6', type: 'tree', at }, bob),
  }
  writeObjects(it.gitDir, it.format, Object.values(tags))
  for (const [name, object] of Object.entries(tags)) it.setRef(`refs/tags/${name}`, object.oid)
  it.setRef('refs/tags/light', oid('three'))
  const judged = async (name: string) => {
    const run = await verify(name, '--json', '--keys', keys(alice, bob))
    assert.is(lines(run).length, 2)
    assert.equal(lines(run)[1].summary, {
      verified: 1 - (run.exit ?? 2),
      rejected: run.exit,
      lastValid: null,
    })
    return lines(run)[0]
  }
  const iso = new Date(at * 1000).toISOString()
  const proven = { signer: alice.fingerprint, key: alice.fingerprint, signedAt: iso }
  assert.equal(await judged('v1'), { tag: good.oid, verdict: 'verified', code: null, ...proven })
  assert.equal(await judged(good.oid), { tag: good.oid, verdict: 'verified', code: null, ...proven })
  assert.equal(await judged('v2'), { tag: good.oid, verdict: 'rejected', code: 'tag-name', ...proven })
  assert.equal(await judged('v3'), { tag: inner.oid, verdict: 'rejected', code: 'not-a-commit', ...proven })
  assert.equal(await judged('v4'), {
    tag: unsigned.oid,
    verdict: 'rejected',
    code: 'unsigned',
    signer: null,
    key: null,
    signedAt: null,
  })
  assert.is((await judged('v5')).code, 'bad-signature')
  assert.is((await judged('v6')).code, 'not-a-commit')
  const text = await verify('v2', '--keys', keys(alice))
  assert.equal(
    [text.exit, text.stdout.split('\n').slice(0, 3)],
    [
      1,
      [
        `${good.oid.slice(0, 12)} tag-name: the tag inside has another name`,
        '  by Alice <alice@example.org>',
        '  its own name: v1',
      ],
    ],
  )
  assert.equal(verdicts(await verify('light', '--json', '--keys', keys(alice, bob))).length, 3)
  assert.equal(
    verdicts(await verify('v1..main', '--json', '--mode', 'first-parent', '--keys', keys(alice, bob))).length,
    3,
  )
})

test('the sync tag: by its own keys and rules', async () => {
  const { it, oid, keys, verify } = here()
  const judged = async () => {
    const run = await verify('verified/main', '--json', '--config', it.config)
    return `${run.exit} ${lines(run)[0].code}`
  }
  it.putTag(it.tag(oid('three')))
  assert.is(await judged(), '0 null')
  it.putTag(it.tag(oid('three'), alice))
  assert.is(await judged(), '1 unknown-key')
  for (const tag of [
    it.tag(oid('three'), it.signingKey, { name: 'verified/x' }),
    it.tag(oid('three'), it.signingKey, { message: 'x\n' }),
  ]) {
    it.putTag(tag)
    assert.is(await judged(), '1 sync-tag-invalid')
  }
  const aside = await verify('verified/main', '--config', it.config)
  assert.match(aside.stdout, "sync-tag-invalid: its message is not 'Sync pointer'")
  it.putTag(it.tag(oid('s2')))
  assert.is(await judged(), '0 null')
  it.setRef('refs/heads/main', oid('three'))
  assert.is(await judged(), '1 sync-tag-invalid')
  it.setRef('refs/heads/main', oid('five'))
  assert.is((await verify('verified/main', '--json', '--keys', keys(alice))).exit, 1)
  it.putTag(null)
})

test('a shallow clone: what is here is judged, and it is said that the rest is not', async () => {
  const { it, oid, keys } = here()
  const clone = join(it.folder, 'shallow')
  const made = spawnSync(
    'git',
    ['clone', '--quiet', '--depth=3', '--branch=main', `file://${it.gitDir}`, clone],
    { encoding: 'utf8' },
  )
  assert.is(made.status, 0, made.stderr)
  const verify = (...args: readonly string[]) =>
    it.refwarden(['verify', '--json', '--keys', keys(alice, bob), ...args], { cwd: clone })
  const cut = await verify('HEAD', '--mode', 'first-parent')
  assert.is(cut.exit, 2)
  assert.equal(verdicts(cut), ['five verified', 'four unsigned', 'merged verified'])
  assert.equal(lines(cut).at(-1).summary, { verified: 2, rejected: 1, lastValid: null })
  assert.match(cut.stderr, 'this clone is shallow')
  assert.match(cut.stderr, 'git fetch --unshallow')
  const range = await verify('HEAD~1..HEAD')
  assert.equal([range.exit, verdicts(range)], [0, ['five verified']], range.stderr)
  // a boundary that somebody wrote into the file hides nothing: the parent is there, and was not judged
  const boundary = join(clone, '.git/shallow')
  spawnSync('git', ['-C', clone, 'fetch', '--quiet', '--unshallow'])
  assert.is(existsSync(boundary), false)
  writeFileSync(boundary, `${oid('five')}\n`)
  const forged = await verify('HEAD')
  assert.equal([forged.exit, verdicts(forged)], [2, ['five verified']])
})

test('replacement objects, grafts and missing objects: what is stored is judged', async () => {
  const { it, oid, keys, verify } = here()
  it.git('update-ref', `refs/replace/${oid('four')}`, oid('three'))
  mkdirSync(join(it.gitDir, 'info'), { recursive: true })
  writeFileSync(join(it.gitDir, 'info/grafts'), `${oid('five')} ${oid('three')}\n`)
  const run = await verify('main', '--json', '--mode', 'first-parent', '--keys', keys(alice, bob))
  assert.is(verdicts(run).filter(line => line === 'four unsigned').length, 1)
  writeFileSync(join(it.gitDir, 'info/grafts'), '')
  it.git('update-ref', '-d', `refs/replace/${oid('four')}`)
  const folder = join(it.folder, 'holey.git')
  spawnSync('git', ['init', '--quiet', '--bare', folder])
  writeObjects(
    folder,
    'sha1',
    here().history.objects.filter(object => object.oid !== oid('two')),
  )
  const holey = await it.refwarden(['verify', oid('three'), '--json', '--keys', keys(alice, bob)], {
    cwd: folder,
  })
  assert.is(holey.exit, 2)
  assert.not.match(holey.stdout, 'summary')
})

test.unless(ptyMissing, 'a bar on a terminal, and nothing left of it', async () => {
  const { it, oid, keys } = here()
  const args = ['verify', 'main', '--mode', 'first-parent', '--keys', keys(alice, bob)]
  const shown = await inTerminal(binary, args, { cwd: it.gitDir })
  assert.is(shown.exit, 1)
  assert.match(shown.raw, /\[#+ *\] \d+\/6/)
  assert.not.match(shown.screen.join('\n'), '[#')
  assert.equal(shown.screen.slice(-2), ['5 verified, 1 rejected', `last valid revision: ${oid('merged')}`])
  const json = await inTerminal(binary, [...args, '--json'], { cwd: it.gitDir })
  assert.not.match(json.raw, /\[#+/)
})

test.run()
