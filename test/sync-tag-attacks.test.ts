// pre-receive reads the tag: what is wrong with it locks the branch; a pusher cannot make it, move it, stand in its way.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Oid } from '../src/core/oid.ts'
import type { History } from './support/history.ts'
import { branch, commit, merge } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import type { MarkedOptions, MarkedServer } from './support/marked.ts'
import { makeMarked } from './support/marked.ts'
import type { GitObject } from './support/objects.ts'
import { gitObject, writeObjects } from './support/objects.ts'
import { now } from './support/signature-packet.ts'
import { tagObject } from './support/signed-object.ts'
import { suite } from './support/suite.ts'

const test = suite('sync tag, attacked')
const alice = makeKey({ name: 'Alice' })
const server = makeKey({ name: 'Server' })
const rescue = makeKey({ name: 'Rescue' })
const mallory = makeKey({ name: 'Mallory' })
const day = 86400
const ref = 'refs/tags/verified/main'

type Scene = {
  readonly it: MarkedServer
  /** main is at `two` on the server, `three` is in the client; `side` is aside of both, `other` on another branch. */
  readonly history: History
  readonly oid: (name: string) => Oid
  /** Puts an object into the client. */
  add(object: GitObject): Oid
}

async function makeScene(options: MarkedOptions): Promise<Scene> {
  const it = makeMarked({ trusted: [alice], signingKey: server, ...options })
  const base = it.write([
    commit('one', alice),
    branch('other', [commit('elsewhere', alice)]),
    commit('two', alice),
  ])
  const pushed = await it.push(['main', 'other'])
  if (!pushed.accepted || pushed.remote.length > 0) throw new Error(pushed.output)
  const history = it.write([commit('three', alice)], base)
  const add = (object: GitObject) => {
    writeObjects(it.client, it.format, [object])
    return object.oid
  }
  return { it, history, oid: history.oid, add }
}

async function on(options: MarkedOptions, action: (scene: Scene) => Promise<void>): Promise<void> {
  const scene = await makeScene(options)
  try {
    await action(scene)
  } finally {
    scene.it.close()
  }
}

/** For tests that leave the server as it was. */
const shared: { scene: Scene | null } = { scene: null }
test.before(async () => {
  shared.scene = await makeScene({
    recovery: [rescue],
    sections: '[protect "refs/heads/*"]\n[protect "refs/heads/free/*"]\nmode = none\n',
  })
})
test.after(() => shared.scene?.it.close())

async function unchanged(action: (scene: Scene) => Promise<void>): Promise<void> {
  const { scene } = shared
  if (scene === null) throw new Error('there is no scene')
  const [before, tag] = [scene.it.refs(), scene.it.mark()?.oid ?? null]
  await action(scene)
  scene.it.putTag(tag)
  assert.equal(scene.it.refs(), before)
}

/** What stands in the tag's place on the server, and what the admin's log says of it. */
type Forgery = { readonly make: (scene: Scene) => GitObject | Oid; readonly says: string }

const forgeries: Readonly<Record<string, Forgery>> = {
  'a lightweight tag': { make: ({ oid }) => oid('two'), says: 'no tag object' },
  'a tag that nobody signed': { make: ({ it, oid }) => it.tag(oid('two'), null), says: 'unsigned' },
  "a stranger's tag": {
    make: ({ it, oid }) => it.tag(oid('two'), mallory),
    says: `unknown-key: ${mallory.fingerprint}`,
  },
  'a tag by a key that is trusted for commits': {
    make: ({ it, oid }) => it.tag(oid('two'), alice),
    says: 'unknown-key',
  },
  "another branch's tag": {
    make: ({ it, oid }) => it.tag(oid('two'), server, { name: 'verified/other' }),
    says: 'its own name is another',
  },
  'a tag whose name ends in this one': {
    make: ({ it, oid }) => it.tag(oid('two'), server, { name: 'x/verified/main' }),
    says: 'its own name is another',
  },
  'a tag under the full name': {
    make: ({ it, oid }) => it.tag(oid('two'), server, { name: 'refs/tags/verified/main' }),
    says: 'its own name is another',
  },
  'another message': {
    make: ({ it, oid }) => it.tag(oid('two'), server, { message: 'Sync pointer, not\n' }),
    says: 'its message is not',
  },
  'a tag of a tree': {
    make: ({ it }) => {
      const tree = gitObject(it.format, 'tree', '')
      writeObjects(it.gitDir, it.format, [tree])
      return it.tag(tree.oid, server, { type: 'tree' })
    },
    says: 'does not point to a commit',
  },
  'a tree that is called a commit': {
    make: ({ it }) => {
      const tree = gitObject(it.format, 'tree', '')
      writeObjects(it.gitDir, it.format, [tree])
      return it.tag(tree.oid, server)
    },
    says: 'its commit is missing',
  },
  'a tag of a file': {
    make: ({ it }) => {
      const blob = gitObject(it.format, 'blob', 'x')
      writeObjects(it.gitDir, it.format, [blob])
      return it.tag(blob.oid, server, { type: 'blob' })
    },
    says: 'does not point to a commit',
  },
  'a tag of a tag': {
    make: ({ it, oid }) => {
      const inner = it.tag(oid('two'))
      writeObjects(it.gitDir, it.format, [inner])
      return it.tag(inner.oid, server, { type: 'tag' })
    },
    says: 'does not point to a commit',
  },
  'a commit of another branch': {
    make: ({ it, oid }) => it.tag(oid('elsewhere')),
    says: 'is not in the branch',
  },
  'a commit that the branch does not have yet': {
    make: ({ it, history, oid }) => {
      writeObjects(it.gitDir, it.format, history.objects)
      return it.tag(oid('three'))
    },
    says: 'is not in the branch',
  },
  "another repository's tag": {
    make: ({ it }) => {
      const foreign = tagObject(
        it.format,
        'a'.repeat(40) as Oid,
        { name: 'verified/main', message: 'Sync pointer\n', at: now() - 60 },
        server,
      )
      return foreign
    },
    says: 'its commit is missing',
  },
  'a tag dated before its key': {
    make: ({ it, oid }) => it.tag(oid('two'), server, { at: server.created - day }),
    says: 'signed-before-key',
  },
  'a tag dated in the future': {
    make: ({ it, oid }) => it.tag(oid('two'), server, { at: now() + day }),
    says: 'signed-in-future',
  },
  'a changed tag': {
    make: ({ it, oid }) => {
      const good = it.tag(oid('one'))
      const text = Buffer.from(good.body).toString('latin1').replace(oid('one'), oid('two'))
      return gitObject(it.format, 'tag', Buffer.from(text, 'latin1'))
    },
    says: 'bad-signature',
  },
  'two signatures': {
    make: ({ it, oid }) => {
      const good = Buffer.from(it.tag(oid('two')).body).toString('latin1')
      const armor = good.slice(good.indexOf('-----BEGIN'))
      return gitObject(it.format, 'tag', Buffer.from(good + armor, 'latin1'))
    },
    says: 'several-signatures',
  },
  'a tag with another header': {
    make: ({ it, oid }) =>
      tagObject(
        it.format,
        oid('two'),
        { name: 'verified/main', message: 'Sync pointer\n', headers: ['x y'] },
        server,
      ),
    says: 'malformed',
  },
  'a tag of two megabytes': {
    make: ({ it, oid }) => it.tag(oid('two'), server, { message: `Sync pointer\n${'x'.repeat(1 << 21)}\n` }),
    says: 'too-large',
  },
}

for (const [name, { make, says }] of Object.entries(forgeries))
  test(`locks: ${name}`, () =>
    unchanged(async scene => {
      const { it, oid } = scene
      it.putTag(make(scene))
      const before = it.refs()
      const refused = await it.push([`${oid('three')}:refs/heads/main`])
      assert.equal(refused.codes, ['sync-tag-invalid'], refused.output)
      assert.match(refused.output, 'refwarden trust main')
      assert.match(it.decisions().at(-1).refs[0].detail, says)
      assert.equal(it.refs(), before)
    }))

test('a locked branch alone is locked, and the command that is named mends it', () =>
  on({ sections: '[protect "refs/heads/*"]\n' }, async ({ it, oid }) => {
    it.putTag(it.tag(oid('two'), mallory))
    assert.equal((await it.push([`${oid('three')}:refs/heads/main`])).codes, ['sync-tag-invalid'])
    assert.is((await it.push([`${oid('three')}:refs/heads/other-2`])).accepted, true)
    // how the admin looks at it: docs/sync-tag.md
    const look = (revision: string) => it.refwarden(['verify', revision, '--config', it.config])
    const looks = await Promise.all(['main', 'refs/tags/verified/main', `${oid('one')}..main`].map(look))
    assert.equal(
      looks.map(({ exit }) => exit),
      [2, 1, 0],
    )
    const repaired = await it.refwarden(['trust', 'main', '--config', it.config])
    assert.is(repaired.exit, 0, repaired.stderr)
    assert.is(it.mark()?.commit, oid('two'))
    const again = await it.push([`${oid('three')}:refs/heads/main`])
    assert.equal([again.accepted, again.remote], [true, []], again.output)
    assert.is(it.mark()?.commit, oid('three'))
  }))

test('neighbour: the tag as it was', () =>
  on({}, async ({ it, oid }) => {
    assert.is((await it.push([`${oid('three')}:refs/heads/main`])).accepted, true)
    assert.is(it.mark()?.commit, oid('three'))
  }))

test('an old tag put back lags: all that came after it is judged again', () =>
  on({}, async ({ it, oid, history }) => {
    const old = it.tag(oid('one'))
    const bob = makeKey({ name: 'Bob' })
    it.trust(bob)
    const by = it.write([commit('four', bob)], history)
    assert.is((await it.push([`${by.oid('four')}:refs/heads/main`])).accepted, true)
    it.distrust(bob)
    const next = it.write([commit('five', alice)], by)
    it.putTag(old)
    const refused = await it.push([`${next.oid('five')}:refs/heads/main`])
    assert.equal(refused.codes, ['unknown-key'], refused.output)
    assert.is(it.mark()?.commit, oid('one'))
    it.trust(bob)
    assert.is((await it.push([`${next.oid('five')}:refs/heads/main`])).accepted, true)
    assert.is(it.mark()?.commit, next.oid('five'))
  }))

test('with the tag put back, the branch is not rewound to it', () =>
  on({ sections: '[protect "refs/heads/main"]\n' }, async ({ it, oid }) => {
    it.putTag(it.tag(oid('one')))
    assert.equal((await it.push([`+${oid('one')}:refs/heads/main`])).codes, ['rewind'])
  }))

test('a tag that is a symbolic ref locks, and no push goes through one', () =>
  on({ sections: '[protect "refs/heads/*"]\n' }, async ({ it, oid, add }) => {
    it.git('symbolic-ref', 'refs/tags/latest', ref)
    const moved = await it.push([`+${add(it.tag(oid('one')))}:refs/tags/latest`])
    assert.equal(moved.codes, ['symbolic-ref'])
    const tag = it.mark()?.oid
    it.git('update-ref', '-d', ref)
    it.git('update-ref', 'refs/tags/elsewhere', tag ?? '')
    it.git('symbolic-ref', ref, 'refs/tags/elsewhere')
    const refused = await it.push([`${oid('three')}:refs/heads/main`])
    assert.equal(refused.codes, ['sync-tag-invalid'])
    assert.is((await it.refwarden(['trust', 'main', '--config', it.config])).exit, 0)
    assert.is(it.git('rev-parse', 'refs/tags/elsewhere').trim(), tag)
    assert.is((await it.push([`${oid('three')}:refs/heads/main`])).accepted, true)
    assert.is(it.mark()?.commit, oid('three'))
  }))

/** What a pusher tries with refs; all are refused as `sync-tag`. */
const tries: Readonly<Record<string, (scene: Scene) => string>> = {
  'deleting it': () => `:${ref}`,
  'moving it to a commit': ({ oid }) => `+${oid('one')}:${ref}`,
  'moving it back to an old tag of the server': ({ it, oid, add }) => `+${add(it.tag(oid('one')))}:${ref}`,
  'moving it to a new tag by a signer of commits': ({ it, oid, add }) =>
    `+${add(it.tag(oid('two'), alice))}:${ref}`,
  'making one for a branch without one': ({ it, oid, add }) =>
    `${add(it.tag(oid('two'), server, { name: 'verified/new' }))}:refs/tags/verified/new`,
  'making one for a branch that nothing protects': ({ oid }) => `${oid('two')}:refs/tags/verified/free/y`,
  'a ref below it': ({ oid }) => `${oid('two')}:${ref}/x`,
  'a ref far below it': ({ oid }) => `${oid('two')}:${ref}/x/y/z`,
  'a ref above it': ({ oid }) => `${oid('two')}:refs/tags/verified`,
}
for (const [name, make] of Object.entries(tries))
  test(`no pusher's business: ${name}`, () =>
    unchanged(async scene => {
      const { it, oid } = scene
      const good = `${oid('three')}:refs/heads/main`
      // alone, and beside a good update in either order: the push is refused as a whole
      for (const refspecs of [[make(scene)], [make(scene), good], [good, make(scene)]]) {
        const refused = await it.push(refspecs)
        assert.equal([refused.accepted, refused.codes], [false, ['sync-tag']], refused.output)
      }
    }))

test('neighbour: tags beside them are free', () =>
  on({}, async ({ it, oid }) => {
    const names = ['v1', 'verified-too', 'x/verified/main', 'verif']
    const pushed = await it.push(names.map(name => `${oid('two')}:refs/tags/${name}`))
    assert.is(pushed.accepted, true, pushed.output)
  }))

test('a name behind the branch: nothing above the tags of branches that are there, named, or come in the same push', () =>
  on(
    { tag: '{branch}/verified', sections: '[protect "refs/heads/*"]\n[protect "refs/heads/named/x"]\n' },
    async ({ it, oid }) => {
      for (const name of ['main', 'named', 'named/x', 'main/verified', 'main/verified/x'])
        assert.equal((await it.push([`+${oid('two')}:refs/tags/${name}`])).codes, ['sync-tag'], name)
      const together = await it.push([`${oid('two')}:refs/tags/new`, `${oid('two')}:refs/heads/new`])
      assert.equal(together.codes, ['sync-tag'], together.output)
      const first = await it.push([`${oid('two')}:refs/tags/new`])
      assert.is(first.accepted, true, first.output)
      const later = await it.push([`${oid('two')}:refs/heads/new`])
      assert.equal(later.codes, ['sync-tag-invalid'], later.output)
      assert.match(it.decisions().at(-1).refs[0].detail, 'refs/tags/new stands in its way')
      it.setRef('refs/tags/new', null)
      assert.is((await it.push([`${oid('two')}:refs/heads/new`])).accepted, true)
      assert.is(it.git('rev-parse', 'refs/tags/new/verified^{commit}').trim(), oid('two'))
    },
  ))

test('what stood in the way before the tag was configured locks the branch', () =>
  on({}, async ({ it, oid }) => {
    it.putTag(null)
    for (const name of ['refs/tags/verified', `${ref}/x`]) {
      it.setRef(name, oid('one'))
      const refused = await it.push([`${oid('three')}:refs/heads/main`])
      assert.equal(refused.codes, ['sync-tag-invalid'], name)
      it.setRef(name, null)
    }
    assert.is((await it.push([`${oid('three')}:refs/heads/main`])).accepted, true)
  }))

const withRescue: MarkedOptions = { recovery: [rescue] }

test('a recovery key moves it forward, and takes in what no key signed', () =>
  on(withRescue, async ({ it, oid, add, history }) => {
    const bad = it.write([commit('four'), commit('five', alice)], history)
    it.seed([], bad) // server-side: the branch itself was changed
    writeObjects(it.gitDir, it.format, bad.objects)
    it.setRef('refs/heads/main', bad.oid('four'))
    const refused = await it.push([`${bad.oid('five')}:refs/heads/main`])
    assert.equal(refused.codes, ['unsigned'], refused.output)
    const moved = await it.push([`+${add(it.tag(bad.oid('four'), rescue))}:${ref}`])
    assert.is(moved.accepted, true, moved.output)
    assert.is(it.mark()?.commit, bad.oid('four'))
    assert.is((await it.push([`${bad.oid('five')}:refs/heads/main`])).accepted, true)
    assert.is(it.mark()?.commit, bad.oid('five'))
    assert.ok(oid('two'))
  }))

test('a recovery key mends an invalid tag', () =>
  on(withRescue, async ({ it, oid, add }) => {
    it.putTag(oid('two'))
    assert.equal((await it.push([`${oid('three')}:refs/heads/main`])).codes, ['sync-tag-invalid'])
    const moved = await it.push([`+${add(it.tag(oid('two'), rescue))}:${ref}`])
    assert.is(moved.accepted, true, moved.output)
    assert.is((await it.push([`${oid('three')}:refs/heads/main`])).accepted, true)
    assert.is(it.mark()?.commit, oid('three'))
  }))

test("whoever may push has a recovery key's old tags: they do not move it back", () =>
  on(withRescue, async ({ it, oid, add }) => {
    const old = add(it.tag(oid('two'), rescue))
    assert.is((await it.push([`+${old}:${ref}`])).accepted, true)
    assert.is((await it.push([`${oid('three')}:refs/heads/main`])).accepted, true)
    const back = await it.push([`+${old}:${ref}`])
    assert.equal(back.codes, ['sync-tag'], back.output)
    assert.is(it.mark()?.commit, oid('three'))
  }))

/** Tags by the recovery key that are refused all the same. */
const badRecoveries: Readonly<Record<string, (scene: Scene) => GitObject>> = {
  'of a commit that is not in the branch': ({ it, oid }) => it.tag(oid('elsewhere'), rescue),
  'of a commit that is only pushed with it': ({ it, oid }) => it.tag(oid('three'), rescue),
  'under another name': ({ it, oid }) => it.tag(oid('two'), rescue, { name: 'verified/other' }),
  'with another message': ({ it, oid }) => it.tag(oid('two'), rescue, { message: 'x\n' }),
  'of a tree': ({ it, history }) => {
    const [tree] = history.objects.filter(({ type }) => type === 'tree')
    return it.tag(tree?.oid as Oid, rescue, { type: 'tree' })
  },
  'not signed': ({ it, oid }) => it.tag(oid('two'), null),
  'by the signing key': ({ it, oid }) => it.tag(oid('two'), server),
}
for (const [name, make] of Object.entries(badRecoveries))
  test(`a recovery tag that is refused: ${name}`, () =>
    unchanged(async scene => {
      const refused = await scene.it.push([`+${scene.add(make(scene))}:${ref}`])
      assert.equal(refused.codes, ['sync-tag'], refused.output)
    }))

test('a recovery key that has expired moves nothing any more; the tag that it made stays good', () =>
  on(withRescue, async ({ it, oid, add }) => {
    const tag = it.tag(oid('two'), rescue, { at: now() - 3600 })
    it.putTag(tag)
    const expired = rescue.with({ expires: now() - 60 })
    writeFileSync(join(it.folder, 'recovery', `${rescue.fingerprint}.asc`), expired.publicArmored)
    const dated = add(it.tag(oid('two'), rescue, { at: now() - 1800 }))
    assert.equal((await it.push([`+${dated}:${ref}`])).codes, ['sync-tag'])
    assert.is((await it.push([`${oid('three')}:refs/heads/main`])).accepted, true)
    assert.is(it.mark()?.commit, oid('three'))
  }))

/** docs/sync-tag.md, "Another signing key": `quiet` is a branch that nobody pushes to meanwhile. */
test('rotation: the old signing key becomes a recovery key until its last tag is signed anew, and no push waits', () =>
  on({ sections: '[protect "refs/heads/*"]\n' }, async ({ it, oid, history }) => {
    const fresh = makeKey({ name: 'Server 2' })
    const folder = join(it.folder, 'signing')
    writeFileSync(join(folder, 'fresh.asc'), fresh.secretArmored, { mode: 0o400 })
    writeFileSync(join(it.folder, 'old.asc'), server.publicArmored, { mode: 0o644 })
    const text = `keys = @KEYS@\nsync-tag = verified/{branch}\nsigning-key = ${fresh.fingerprint}\nsigning-keys = ${folder}\n`
    const [protection, recovery] = [
      '[protect "refs/heads/*"]\n',
      `recovery-keys = ${join(it.folder, 'old.asc')}\n`,
    ]
    const signer = async (tag: string) => {
      const shown = await it.refwarden(['verify', tag, '--json', '--config', it.config])
      return [shown.exit, JSON.parse(shown.stdout.split('\n')[0] ?? '').signer]
    }
    const run = async (...words: readonly string[]) => {
      const { exit, stderr } = await it.refwarden([...words, '--config', it.config])
      assert.is(exit, 0, stderr)
    }

    // without the old key among the recovery keys there is a gap: every branch is locked
    it.configure(text + protection)
    assert.equal((await it.push([`${oid('three')}:refs/heads/main`])).codes, ['sync-tag-invalid'])

    it.configure(text + recovery + protection)
    const pushed = await it.push([`${oid('three')}:refs/heads/main`])
    assert.equal([pushed.accepted, pushed.remote], [true, []], pushed.output)
    assert.equal(await signer('verified/main'), [0, fresh.fingerprint])
    assert.equal(await signer('verified/other'), [0, server.fingerprint])

    // taken out too early, the old key locks the branch whose tag it signed, and no other
    const more = [branch('other', [commit('again', alice)]), branch('more', [commit('five', alice)])]
    const next = it.write([commit('four', alice), ...more], history)
    it.configure(text + protection)
    assert.equal(await signer('verified/other'), [1, null])
    const locked = await it.push([`${next.oid('again')}:refs/heads/other`])
    assert.equal(locked.codes, ['sync-tag-invalid'], locked.output)
    assert.is((await it.push([`${next.oid('four')}:refs/heads/main`])).accepted, true)

    it.configure(text + recovery + protection)
    const before = it.mark('other')
    await run('trust', 'other', 'refs/tags/verified/other')
    assert.is(it.mark('other')?.commit, before?.commit)
    await run('trust', 'main', 'verified/main')
    assert.is(it.mark()?.commit, next.oid('four'))

    it.configure(text + protection)
    for (const tag of ['verified/main', 'verified/other'])
      assert.equal(await signer(tag), [0, fresh.fingerprint])
    const last = await it.push([
      `${next.oid('five')}:refs/heads/main`,
      `${next.oid('again')}:refs/heads/other`,
    ])
    assert.equal([last.accepted, last.remote], [true, []], last.output)
    assert.equal([it.mark()?.commit, it.mark('other')?.commit], [next.oid('five'), next.oid('again')])
  }))

test('a signing key that is revoked as compromised takes its tags with it', () =>
  on({}, async ({ it, oid }) => {
    const fresh = makeKey({ name: 'Server 2' })
    const folder = join(it.folder, 'signing')
    writeFileSync(join(folder, 'fresh.asc'), fresh.secretArmored, { mode: 0o400 })
    const revoked = server.with({ revoked: { at: now(), reason: 2 } })
    writeFileSync(join(it.folder, 'old.asc'), revoked.publicArmored, { mode: 0o644 })
    it.configure(
      `keys = @KEYS@\nsync-tag = verified/{branch}\nsigning-key = ${fresh.fingerprint}\nsigning-keys = ${folder}\nrecovery-keys = ${join(it.folder, 'old.asc')}\n[protect "refs/heads/main"]\n`,
    )
    assert.equal((await it.push([`${oid('three')}:refs/heads/main`])).codes, ['sync-tag-invalid'])
    assert.match(it.decisions().at(-1).refs[0].detail, 'key-revoked')
  }))

test('first-parent: a tag on what a merge brought in is none of the branch', () =>
  on(
    { recovery: [rescue], sections: '[protect "refs/heads/main"]\nmode = first-parent\n' },
    async ({ it, oid, add, history }) => {
      const merged = it.write([branch('work', [commit('unsigned')]), merge('work', alice)], history)
      assert.is((await it.push([`${merged.oid('merge-work')}:refs/heads/main`])).accepted, true)
      const recovered = add(it.tag(merged.oid('unsigned'), rescue))
      assert.equal((await it.push([`+${recovered}:${ref}`])).codes, ['sync-tag'])
      it.putTag(it.tag(merged.oid('unsigned')))
      const next = it.write([commit('next', alice)], merged)
      assert.equal((await it.push([`${next.oid('next')}:refs/heads/main`])).codes, ['sync-tag-invalid'])
      assert.match(it.decisions().at(-1).refs[0].detail, 'first-parent chain')
      it.putTag(it.tag(oid('three')))
      assert.is((await it.push([`${next.oid('next')}:refs/heads/main`])).accepted, true)
    },
  ))

test('another branch that is new starts from no locked one', () =>
  on({ sections: '[protect "refs/heads/*"]\n' }, async ({ it, oid }) => {
    const bare = it.seed([commit('unsigned root'), branch('old', [])])
    it.setRef('refs/heads/old', bare.oid('unsigned root'))
    const next = it.write([commit('on top', alice)], bare)
    // as it stands, an old branch without a tag is taken as verified
    const free = await it.push([`${next.oid('on top')}:refs/heads/one`])
    assert.is(free.accepted, true, free.output)
    for (const name of [
      'refs/heads/one',
      'refs/tags/verified/one',
      'refs/heads/main',
      'refs/tags/verified/main',
    ])
      it.setRef(name, null)
    it.putTag(it.tag(bare.oid('unsigned root'), mallory, { name: 'verified/old' }), 'old')
    const refused = await it.push([`${next.oid('on top')}:refs/heads/two`])
    assert.equal(refused.codes, ['unsigned'], refused.output)
    assert.ok(oid('one'))
  }))

test('sha256', () =>
  on({ format: 'sha256', recovery: [rescue] }, async ({ it, oid, add }) => {
    it.putTag(it.tag(oid('two'), mallory))
    assert.equal((await it.push([`${oid('three')}:refs/heads/main`])).codes, ['sync-tag-invalid'])
    assert.is((await it.push([`+${add(it.tag(oid('two'), rescue))}:${ref}`])).accepted, true)
    assert.is((await it.push([`${oid('three')}:refs/heads/main`])).accepted, true)
    assert.is(it.mark()?.commit, oid('three'))
  }))

test.run()
