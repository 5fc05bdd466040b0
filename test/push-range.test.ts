import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { branch, commit, merge, orphan } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { packOf } from './support/objects.ts'
import { push } from './support/push.ts'
import { receivePack } from './support/receive-pack.ts'
import type { Server } from './support/repository.ts'
import { run } from './support/repository.ts'
import { suite } from './support/suite.ts'
import { assertAccepted, assertFault, assertRefused, declareOn } from './support/verdicts.ts'

const alice = makeKey()
const modes = ['all', 'first-parent'] as const

/** A configuration with these modes, by full or short branch name; further settings behind a comma. */
function protecting(sections: Readonly<Record<string, string>>, general = ''): string {
  const written = Object.entries(sections).map(([name, settings]) => {
    const [mode = '', ...others] = settings.split(', ')
    return `\n[protect "refs/heads/${name}"]\nmode = ${mode}\n${others.map(line => `${line}\n`).join('')}`
  })
  return `keys = @KEYS@\n${general}\n${written.join('')}`
}

function server(configuration: string) {
  return { configuration, trusted: [alice] }
}

const parked = suite('push: commits parked elsewhere')
const formats = [
  ['all', 'sha1'],
  ['first-parent', 'sha1'],
  ['all', 'sha256'],
] as const
for (const [mode, format] of formats) {
  const options = { ...server(protecting({ main: mode, 'release/*': mode })), format }
  const first = `pushed to an unprotected branch first (${mode}, ${format})`
  declareOn(parked, `an unsigned tip, ${first}`, options, async on => {
    const seeded = on.seed([commit('base', alice)])
    const history = on.write([branch('topic', [commit('u')])], seeded)
    assertAccepted(on, await on.push(['topic:topic']))
    const refused = { 'refs/heads/main': ['u: unsigned'] }
    assertRefused(on, await on.push(['topic:main']), refused, history)
    assert.is(on.refs().get('refs/heads/main'), seeded.oid('base'))
    assertRefused(
      on,
      await on.push(['topic:release/1']),
      { 'refs/heads/release/1': ['u: unsigned'] },
      history,
    )
    const signed = on.write([branch('signed', [commit('s', alice)])], seeded)
    assertAccepted(on, await on.push([`${signed.oid('s')}:topic-2`]))
    assertAccepted(on, await on.push([`${signed.oid('s')}:main`]))
  })

  // a few commits are read from parent to parent; of more git makes a list
  for (const above of [1, 6])
    declareOn(parked, `an unsigned commit, ${above} signed ones above it, ${first}`, options, async on => {
      const seeded = on.seed([commit('base', alice)])
      const signed = (name: string) =>
        Array.from({ length: above }, (_, index) => commit(`${name}${index}`, alice))
      const steps = [
        branch('topic', [commit('u'), ...signed('s')]),
        branch('good', [commit('first', alice), ...signed('t')]),
      ]
      const history = on.write(steps, seeded)
      assertAccepted(on, await on.push(['topic:topic', 'good:topic-2']))
      assertRefused(on, await on.push(['topic:main']), { 'refs/heads/main': ['u: unsigned'] }, history)
      assertAccepted(on, await on.push(['good:main']))
    })

  declareOn(parked, `both within one push, in either order (${mode}, ${format})`, options, async on => {
    const seeded = on.seed([commit('base', alice)])
    const history = on.write([branch('topic', [commit('u')]), branch('good', [commit('s', alice)])], seeded)
    const before = on.refs()
    for (const refs of [
      ['topic:a-topic', 'topic:main'],
      ['topic:main', 'topic:z-topic'],
    ]) {
      const result = await on.push(refs)
      const other = refs.find(ref => ref.includes('-topic'))?.split(':')[1]
      assertRefused(on, result, { 'refs/heads/main': ['u: unsigned'], [`refs/heads/${other}`]: [] }, history)
      assert.equal(on.refs(), before)
    }
    assertAccepted(on, await on.push(['good:a-topic', 'good:main']))
  })
}

const mixed = suite('push: good refs beside bad ones')
declareOn(mixed, 'all or nothing, in any order', server(protecting({ '*': 'all' })), async on => {
  const seeded = on.seed([commit('base', alice), branch('a', []), branch('m', []), branch('z', [])])
  const history = on.write([branch('good', [commit('s', alice)]), branch('bad', [commit('u')])], seeded)
  const before = on.refs()
  for (const bad of ['a', 'm', 'z']) {
    const specs = ['a', 'm', 'z'].map(name => `${name === bad ? 'bad' : 'good'}:${name}`)
    const result = await on.push(specs)
    const verdicts = ['a', 'm', 'z'].map(name => [`refs/heads/${name}`, name === bad ? ['u: unsigned'] : []])
    assertRefused(on, result, Object.fromEntries(verdicts), history)
    assert.equal(on.refs(), before)
  }
  assertAccepted(on, await on.push(['good:a', 'good:m', 'good:z']))
})

declareOn(
  mixed,
  'all that is wrong with all refs is told at once',
  server(protecting({ '*': 'all' })),
  async on => {
    const seeded = on.seed([
      commit('one', alice),
      commit('two', alice),
      branch('a', []),
      branch('b', []),
      branch('c', []),
    ])
    const mallory = makeKey({ name: 'Mallory' })
    const history = on.write(
      [branch('x', [commit('u1'), commit('s', alice), commit('u2')]), branch('y', [commit('k', mallory)])],
      seeded,
    )
    const result = await on.push(['x:a', 'y:b', `+${seeded.oid('one')}:c`, ':main'])
    assertRefused(
      on,
      result,
      {
        'refs/heads/a': ['u2: unsigned', 'u1: unsigned'],
        'refs/heads/b': ['k: unknown-key'],
        'refs/heads/c': ['rewind'],
        'refs/heads/main': ['deletion'],
      },
      history,
    )
  },
)

const rewinds = suite('push: rewinds and deletions that are allowed')
for (const mode of modes) {
  const options = server(protecting({ main: `${mode}, rewind = yes, delete = yes` }))
  declareOn(rewinds, `a rewind, and what comes with it is judged (${mode})`, options, async on => {
    const seeded = on.seed([commit('one', alice), branch('old', []), commit('two', alice)])
    const history = on.write(
      [branch('old', [branch('bad', [commit('u')]), branch('good', [commit('s', alice)])])],
      seeded,
    )
    assertRefused(on, await on.push(['+bad:main']), { 'refs/heads/main': ['u: unsigned'] }, history)
    assertAccepted(on, await on.push(['+old:main']))
    assertAccepted(on, await on.push(['+good:main']))
    assertAccepted(on, await on.push([`+${seeded.oid('two')}:main`]))
  })

  declareOn(rewinds, `deletion, then a branch from nothing (${mode})`, options, async on => {
    on.git('config', 'receive.denyDeleteCurrent', 'ignore')
    const seeded = on.seed([commit('one', alice), commit('two', alice)])
    const history = on.write([orphan('bad', [commit('root'), commit('s', alice)])], seeded)
    assertAccepted(on, await on.push([':main']))
    assertRefused(on, await on.push(['bad:main']), { 'refs/heads/main': ['root: unsigned'] }, history)
    assertAccepted(on, await on.push([`${seeded.oid('two')}:main`]))
  })
}

const merges = suite('push: merges in mode first-parent')
const firstParent = server(protecting({ main: 'first-parent' }))
declareOn(merges, 'what a signed merge brings in may be unsigned', firstParent, async on => {
  const seeded = on.seed([commit('base', alice)])
  const history = on.write(
    [
      branch('side', [commit('u1'), commit('u2')]),
      branch('good', [commit('s', alice), merge('side', alice, { name: 'signed merge' })]),
      branch('bad', [commit('t', alice), merge('side', null, { name: 'unsigned merge' })]),
    ],
    seeded,
  )
  assertRefused(on, await on.push(['bad:main']), { 'refs/heads/main': ['unsigned merge: unsigned'] }, history)
  assertAccepted(on, await on.push(['good:main']))
  assert.is(on.decisions().at(-1).refs[0].judged, 2)
  // the merged commits are on the server now; they are not what the branch vouches for
  const below = { u1: ['u1: unsigned'], u2: ['u2: unsigned', 'u1: unsigned'] }
  for (const [name, unsigned] of Object.entries(below)) {
    const result = await on.push([`+${history.oid(name)}:main`])
    assertRefused(on, result, { 'refs/heads/main': ['rewind', ...unsigned] }, history)
  }
})

declareOn(merges, 'but not in mode all', server(protecting({ main: 'all' })), async on => {
  const seeded = on.seed([commit('base', alice)])
  const history = on.write([branch('side', [commit('u')]), commit('s', alice), merge('side', alice)], seeded)
  assertRefused(on, await on.push(['main:main']), { 'refs/heads/main': ['u: unsigned'] }, history)
})

declareOn(
  merges,
  'a rewind that is allowed does not make a merged commit a tip',
  server(protecting({ main: 'first-parent, rewind = yes' })),
  async on => {
    const seeded = on.seed([
      commit('base', alice),
      branch('side', [commit('u')]),
      commit('s', alice),
      merge('side', alice),
    ])
    const history = on.write([branch('onto', []), branch('side', [commit('t', alice)])], seeded)
    assertRefused(on, await on.push(['+side~1:main']), { 'refs/heads/main': ['u: unsigned'] }, history)
    assertRefused(on, await on.push(['+side:main']), { 'refs/heads/main': ['u: unsigned'] }, history)
    assertAccepted(on, await on.push([`+${history.oid('s')}:main`]))
  },
)

const news = suite('push: new protected branches')
for (const mode of modes) {
  const options = server(protecting({ main: mode, 'release/*': mode, 'free/*': 'none' }))
  declareOn(news, `from a verified one, empty or with new commits (${mode})`, options, async on => {
    const seeded = on.seed([
      orphan('start', [commit('u')]),
      branch('start', [commit('one', alice), commit('two', alice)]),
    ])
    on.setRef('refs/heads/main', seeded.oid('two'))
    on.setRef('refs/heads/start', null)
    on.write([branch('start', [commit('s', alice)])], seeded)
    // the unsigned root was there before refwarden was: main vouches for it
    assertAccepted(on, await on.push([`${seeded.oid('two')}:release/1`, `${seeded.oid('one')}:release/2`]))
    assertAccepted(on, await on.push(['start:release/3']))
    assert.is(on.decisions().at(-1).refs[0].judged, 1)
  })

  declareOn(news, `with roots of its own: all of it is judged (${mode})`, options, async on => {
    const seeded = on.seed([commit('base', alice)])
    const history = on.write(
      [
        orphan('bad', [commit('u'), commit('s', alice)]),
        orphan('good', [commit('p', alice), commit('q', alice)]),
      ],
      seeded,
    )
    assertRefused(on, await on.push(['bad:release/1']), { 'refs/heads/release/1': ['u: unsigned'] }, history)
    assertAccepted(on, await on.push(['good:release/1']))
    assert.is(on.decisions().at(-1).refs[0].judged, 2)
  })

  declareOn(news, `no branch in mode none vouches for one (${mode})`, options, async on => {
    const seeded = on.seed([commit('base', alice)])
    const history = on.write([branch('free', [commit('u')])], seeded)
    assertAccepted(on, await on.push(['free:free/1', 'free:topic']))
    assertRefused(on, await on.push(['free:release/1']), { 'refs/heads/release/1': ['u: unsigned'] }, history)
    assertAccepted(on, await on.push([`${seeded.oid('base')}:release/1`]))
  })

  for (const format of ['sha1', 'sha256'] as const)
    declareOn(news, `into an empty repository (${mode}, ${format})`, { ...options, format }, async on => {
      const history = on.write([commit('one', alice), branch('bad', [commit('u')]), commit('two', alice)])
      assertRefused(on, await on.push(['bad:main']), { 'refs/heads/main': ['u: unsigned'] }, history)
      assertAccepted(on, await on.push(['main:main']))
      assert.is(on.decisions().at(-1).refs[0].judged, 2)
    })
}

declareOn(
  news,
  'at an unsigned commit that a signed merge brought in',
  server(protecting({ main: 'first-parent', 'release/*': 'first-parent' })),
  async on => {
    const seeded = on.seed([
      commit('base', alice),
      branch('side', [commit('u1'), commit('u2')]),
      commit('s', alice),
      merge('side', alice, { name: 'm' }),
    ])
    on.setRef('refs/heads/side', null)
    const both = ['u2: unsigned', 'u1: unsigned']
    const before = on.refs()
    on.write([branch('onto', [commit('t', alice)])], seeded)
    const tip = (name: string, ref: string) => on.push([`${name}:refs/heads/${ref}`])
    assertRefused(on, await tip(seeded.oid('u2'), 'release/1'), { 'refs/heads/release/1': both }, seeded)
    assert.equal(on.refs(), before)
    assertAccepted(on, await tip(seeded.oid('m'), 'release/1'))
  },
)

declareOn(
  news,
  'in mode all, off a branch in mode first-parent: what was merged there is still no tip of a third',
  server(protecting({ main: 'first-parent', 'strict/*': 'all' })),
  async on => {
    const seeded = on.seed([
      commit('base', alice),
      branch('side', [commit('u1'), commit('u2')]),
      commit('s', alice),
      merge('side', alice, { name: 'm' }),
    ])
    on.setRef('refs/heads/side', null)
    on.write([branch('onto', [commit('t', alice)])], seeded)
    assertAccepted(on, await on.push([`${seeded.oid('m')}:strict/1`]))
    assertAccepted(on, await on.push(['onto:strict/2']))
    const before = on.refs()
    const refused = { 'refs/heads/strict/3': ['u2: unsigned'] }
    assertRefused(on, await on.push([`${seeded.oid('u2')}:strict/3`]), refused, seeded)
    assert.equal(on.refs(), before)
    assertAccepted(on, await on.push([`${seeded.oid('s')}:strict/3`]))
  },
)

declareOn(news, 'trust roots', server(''), async on => {
  const history = on.write([
    commit('r1'),
    commit('r2'),
    branch('bad', [commit('u'), commit('t', alice)]),
    commit('s', alice),
  ])
  on.configure(protecting({ main: 'all' }))
  const unsigned = ['r2: unsigned', 'r1: unsigned']
  assertRefused(on, await on.push(['main:main']), { 'refs/heads/main': unsigned }, history)
  on.configure(protecting({ main: `all, trust-root = ${history.oid('r2')}` }))
  assertRefused(on, await on.push(['bad:main']), { 'refs/heads/main': ['u: unsigned'] }, history)
  assertAccepted(on, await on.push(['main:main']))
  on.setRef('refs/heads/main', null)
  on.configure(protecting({ main: `first-parent, trust-root = ${'1'.repeat(40)}, rewind = no` }))
  assertRefused(on, await on.push(['main:main']), { 'refs/heads/main': unsigned }, history)
})

const standIns = suite('push: stand-ins in the server')
for (const mode of modes) {
  const options = server(protecting({ main: mode }))
  declareOn(standIns, `replacements, pushed and there already (${mode})`, options, async on => {
    on.git('config', 'transfer.unpackLimit', '1') // what lies in a file of its own is read without git
    const seeded = on.seed([commit('base', alice)])
    const history = on.write([branch('bad', [commit('u')]), branch('good', [commit('s', alice)])], seeded)
    const replacing = `refs/replace/${history.oid('u')}`
    const refused = await on.push([`good:${replacing}`, 'bad:main'])
    assertRefused(on, refused, { [replacing]: ['replace-ref'], 'refs/heads/main': ['u: unsigned'] }, history)
    assertRefused(on, await on.push([`good:${replacing}`]), { [replacing]: ['replace-ref'] }, history)
    assertAccepted(on, await on.push(['good:good', 'bad:bad']))
    on.setRef(replacing, history.oid('s'))
    assertRefused(on, await on.push(['bad:main']), { 'refs/heads/main': ['u: unsigned'] }, history)
    assertRefused(on, await on.push([`:${replacing}`]), { [replacing]: ['replace-ref'] }, history)
    assertAccepted(on, await on.push(['good:main']))
  })

  declareOn(standIns, `grafts and a shallow boundary in the server (${mode})`, options, async on => {
    const seeded = on.seed([commit('base', alice)])
    const history = on.write([branch('bad', [commit('u'), commit('s', alice)])], seeded)
    assertAccepted(on, await on.push(['bad:bad']))
    mkdirSync(join(on.gitDir, 'info'))
    writeFileSync(join(on.gitDir, 'info/grafts'), `${history.oid('s')} ${seeded.oid('base')}\n`)
    assertRefused(on, await on.push(['bad:main']), { 'refs/heads/main': ['u: unsigned'] }, history)
    writeFileSync(join(on.gitDir, 'info/grafts'), '')
    writeFileSync(join(on.gitDir, 'shallow'), `${history.oid('s')}\n`)
    assertRefused(on, await on.push(['bad:main']), { 'refs/heads/main': ['u: unsigned'] }, history)
  })
}

declareOn(
  standIns,
  'replacements are not our business where nothing is verified',
  server(protecting({ main: 'none' })),
  async on => {
    const seeded = on.seed([commit('base', alice)])
    const history = on.write([branch('bad', [commit('u')])], seeded)
    assertAccepted(on, await on.push([`bad:refs/replace/${seeded.oid('base')}`, 'bad:main']))
    assert.is(on.refs().get('refs/heads/main'), history.oid('u'))
  },
)

const shallow = suite('push: from shallow clones')
const clone = async (on: Server, from: string) => {
  const folder = join(on.folder, 'shallow.git')
  const { exit, stderr } = await run('git', [
    'clone',
    '--quiet',
    '--bare',
    '--depth=1',
    `file://${from}`,
    folder,
  ])
  assert.is(exit, 0, stderr)
  return folder
}

declareOn(shallow, 'an honest one goes through', server(protecting({ main: 'all' })), async on => {
  const seeded = on.seed([commit('one', alice), commit('two', alice)])
  const folder = await clone(on, on.gitDir)
  const { exit, stderr } = await run('git', ['fetch', '--quiet', on.client, 'good:good'], {
    env: { GIT_DIR: on.write([branch('good', [commit('s', alice)])], seeded) && folder },
  })
  assert.is(exit, 0, stderr)
  assertAccepted(on, await push(folder, on.gitDir, ['good:main']))
})

for (const mode of modes)
  declareOn(
    shallow,
    `unsigned commits behind the boundary do not get in (${mode})`,
    server(protecting({ main: mode })),
    async on => {
      on.git('config', 'receive.shallowUpdate', 'true')
      on.seed([commit('base', alice)])
      on.write([orphan('bad', [commit('u'), commit('s', alice)])])
      on.write([])
      const source = join(on.folder, 'source.git')
      await run('git', ['clone', '--quiet', '--bare', '--single-branch', '--branch=bad', on.client, source])
      const folder = await clone(on, source)
      const before = on.refs()
      assertFault(on, await push(folder, on.gitDir, ['+bad:main']), /rev-list|left this commit out/)
      assertFault(on, await push(folder, on.gitDir, ['bad:refs/heads/main-2', '+bad:main']), /rev-list|left/)
      assert.equal(on.refs(), before)
    },
  )

const claims = suite('push: what the client claims')
declareOn(claims, 'an old value that is not the server’s', server(protecting({ main: 'all' })), async on => {
  const seeded = on.seed([commit('one', alice), branch('old', []), commit('two', alice)])
  const history = on.write([commit('three', alice), branch('bad', [commit('u')])], seeded)
  const pack = packOf('sha1', history.objects)
  const send = (before: string, after: string) =>
    receivePack(on.gitDir, { commands: [{ before, after, ref: 'refs/heads/main' }], pack })
  const refs = on.refs()
  // as if the unsigned commit were there already
  await send(history.oid('u'), history.oid('u'))
  assert.equal(on.decisions().at(-1).refs[0].reason, 'rewind')
  await send(history.oid('one'), history.oid('three'))
  assert.equal(on.decisions().at(-1).refs[0].reason, 'rewind')
  await send('0'.repeat(40), history.oid('three'))
  assert.equal(on.decisions().at(-1).refs[0].reason, 'rewind')
  assert.equal(on.refs(), refs)
  await send(history.oid('two'), history.oid('three'))
  assert.equal(on.decisions().at(-1).verdict, 'accepted')
  assert.is(on.refs().get('refs/heads/main'), history.oid('three'))
})

declareOn(claims, 'a ref name that forges a second line', server(protecting({ main: 'all' })), async on => {
  const seeded = on.seed([commit('one', alice)])
  const history = on.write([commit('two', alice)], seeded)
  const after = history.oid('two')
  const ref = `refs/heads/x\n${seeded.oid('one')} ${after} refs/heads/main`
  const before = on.refs()
  const pack = packOf('sha1', history.objects)
  await receivePack(on.gitDir, { commands: [{ before: '0'.repeat(40), after, ref }], pack })
  assert.equal(on.refs(), before)
})

parked.run()
mixed.run()
rewinds.run()
merges.run()
news.run()
standIns.run()
shallow.run()
claims.run()
