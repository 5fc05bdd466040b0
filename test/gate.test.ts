import { Fault } from '../src/core/fault.ts'
import { keyringOf } from '../src/core/keyring.ts'
import type { Oid } from '../src/core/oid.ts'
import type { Policy, Protection } from '../src/core/policy.ts'
import { planPush } from '../src/core/push.ts'
import { isAccepted, type RefVerdict } from '../src/core/verdict.ts'
import { readKeys } from '../src/edge/openpgp.ts'
import { judgeRef } from '../src/gate.ts'
import { readServerRefs } from '../src/server-refs.ts'
import type { TrustSection } from '../src/trust.ts'
import * as assert from './support/assert.ts'
import { branch, commit, type History, makeHistory, merge, orphan, type Step } from './support/history.ts'
import { type Key, makeKey } from './support/keys.ts'
import { type GitObject, gitObject, writeObjects } from './support/objects.ts'
import { policyOf, protection } from './support/policy.ts'
import { makeServer, type Server } from './support/repository.ts'
import { now } from './support/signature-packet.ts'
import { tagObject } from './support/signed-object.ts'
import { suite } from './support/suite.ts'

const test = suite('gate')
const alice = makeKey({ name: 'Alice' })
const bob = makeKey({ name: 'Bob' })
const people: Readonly<Record<string, readonly Key[]>> = { '/alice': [alice], '/both': [alice, bob] }
const clock = { rule: 'now', now: now(), skew: 300 } as const

const protect = (pattern: string, changes: Partial<Protection> = {}) =>
  protection(pattern, { keys: ['/alice'], ...changes })

async function trustFor({ keys: [path = ''] }: TrustSection) {
  const files = (people[path] ?? []).map(({ name, publicBinary }) => ({ path: name, bytes: publicBinary }))
  return { keyring: keyringOf(await readKeys(files, clock)), clock }
}

/** A server with these refs, the commits by their names; everything else is as if just pushed. */
type Scene = {
  readonly steps: readonly Step[]
  readonly refs?: Readonly<Record<string, string>>
  readonly policy?: Policy | ((history: History) => Policy)
  readonly format?: 'sha1' | 'sha256'
}

type Judge = {
  readonly server: Server
  readonly history: History
  /** What comes of one update; the client claims the truth, if nothing else. */
  push(ref: string, to: Oid | string | null, claimed?: Oid | null): Promise<RefVerdict>
}

async function on(
  { steps, refs = {}, policy = policyOf(protect('refs/heads/main')), format = 'sha1' }: Scene,
  action: (judge: Judge) => Promise<void>,
): Promise<void> {
  const server = makeServer({ format, hooks: false })
  try {
    const history = makeHistory(steps, format)
    writeObjects(server.gitDir, format, history.objects)
    for (const [ref, name] of Object.entries(refs)) server.setRef(ref, history.oid(name))
    const ruling = typeof policy === 'function' ? policy(history) : policy
    await action({
      server,
      history,
      async push(ref, to, claimed) {
        const state = { refs: await readServerRefs(server.gitDir, [ref]), syncTags: new Map() }
        const after = to === null || /^[0-9a-f]{40,}$/.test(to) ? (to as Oid | null) : history.oid(to)
        const update = {
          ref,
          claimed: claimed === undefined ? (state.refs.get(ref)?.oid ?? null) : claimed,
          after,
        }
        const [plan] = planPush(ruling, [update], state)
        if (plan === undefined) throw new Error('no plan')
        return await judgeRef(server.gitDir, ruling, plan, trustFor, () => undefined)
      },
    })
  } finally {
    server.close()
  }
}

/** `accepted`, or the ref's reason and each refused commit with its code. */
function outcome(verdict: RefVerdict, history: History): string {
  if (isAccepted(verdict)) return 'accepted'
  const commits = verdict.rejections.map(({ oid, signature }) => {
    const name = [...history.commits].find(([, named]) => named === oid)?.[0] ?? oid
    return `${name} ${signature.ok ? 'ok' : signature.reason}`
  })
  return [...(verdict.reason === null ? [] : [verdict.reason]), ...commits].join(', ')
}

const main = 'refs/heads/main'
const firstParent = policyOf(protect(main, { mode: 'first-parent' }))
const rewindable = (mode: 'all' | 'first-parent') => policyOf(protect(main, { mode, rewind: true }))
/** main: base, m1, m2 (a merge of the unsigned s1, s2), m3; then a foxtrot: f1 on top of the side, main merged into it. */
const steps = [
  commit('base', alice),
  branch('side', [commit('s1'), commit('s2')]),
  commit('m1', alice),
  merge('side', alice, { name: 'm2' }),
  commit('m3', alice),
  branch('fox', []),
  branch('tail', [commit('unsigned'), commit('signed', alice)]),
]
const foxtrot = [
  commit('base', alice),
  branch('work', [commit('w1', alice)]),
  commit('m1', alice),
  branch('work', [merge('main', alice, { name: 'fox' }), commit('w2', alice)]),
]

const cases: readonly [what: string, scene: Scene, ref: string, to: string | null, expected: string][] = [
  ['a signed commit on top', { steps, refs: { [main]: 'm2' }, policy: firstParent }, main, 'm3', 'accepted'],
  ['the same in mode all', { steps, refs: { [main]: 'm2' } }, main, 'm3', 'accepted'],
  [
    'a signed merge of unsigned commits, in mode first-parent',
    { steps, refs: { [main]: 'm1' }, policy: firstParent },
    main,
    'm2',
    'accepted',
  ],
  ['the same in mode all', { steps, refs: { [main]: 'm1' } }, main, 'm2', 's2 unsigned, s1 unsigned'],
  [
    'an unsigned commit below a signed one',
    { steps, refs: { [main]: 'm3' } },
    main,
    'signed',
    'unsigned unsigned',
  ],
  ['the tip that it has', { steps, refs: { [main]: 'm3' } }, main, 'm3', 'accepted'],
  ['a rewind', { steps, refs: { [main]: 'm3' } }, main, 'm1', 'rewind'],
  ['a rewind on the chain', { steps, refs: { [main]: 'm3' }, policy: firstParent }, main, 'm1', 'rewind'],
  [
    'a rewind to what was merged',
    { steps, refs: { [main]: 'm3' }, policy: firstParent },
    main,
    's2',
    'rewind, s2 unsigned, s1 unsigned',
  ],
  [
    'a rewind that is allowed',
    { steps, refs: { [main]: 'm3' }, policy: rewindable('all') },
    main,
    'm1',
    'accepted',
  ],
  [
    'a rewind on the chain that is allowed',
    { steps, refs: { [main]: 'm3' }, policy: rewindable('first-parent') },
    main,
    'm1',
    'accepted',
  ],
  [
    'one to what was merged is not, unsigned as it is',
    { steps, refs: { [main]: 'm3' }, policy: rewindable('first-parent') },
    main,
    's2',
    's2 unsigned, s1 unsigned',
  ],
  [
    'another history',
    { steps: [...steps, orphan('other', [commit('o', alice)])], refs: { [main]: 'm3' } },
    main,
    'o',
    'rewind',
  ],
  [
    'another history, allowed, is judged to its root',
    {
      steps: [...steps, orphan('other', [commit('o0'), commit('o', alice)])],
      refs: { [main]: 'm3' },
      policy: rewindable('all'),
    },
    main,
    'o',
    'o0 unsigned',
  ],
  ['a foxtrot', { steps: foxtrot, refs: { [main]: 'm1' }, policy: firstParent }, main, 'fox', 'foxtrot'],
  [
    'a foxtrot below the tip',
    { steps: foxtrot, refs: { [main]: 'm1' }, policy: firstParent },
    main,
    'w2',
    'foxtrot',
  ],
  [
    'a foxtrot in mode all, where it hides nothing',
    { steps: foxtrot, refs: { [main]: 'm1' } },
    main,
    'w2',
    'accepted',
  ],
  [
    'a foxtrot where rewinding is allowed',
    { steps: foxtrot, refs: { [main]: 'm1' }, policy: rewindable('first-parent') },
    main,
    'fox',
    'accepted',
  ],
  ['a deletion', { steps, refs: { [main]: 'm3' } }, main, null, 'deletion'],
  [
    'a deletion that is allowed',
    { steps, refs: { [main]: 'm3' }, policy: policyOf(protect(main, { delete: true })) },
    main,
    null,
    'accepted',
  ],
  [
    'an unsigned commit on an unprotected branch',
    { steps, refs: { [main]: 'm3' } },
    'refs/heads/x',
    'unsigned',
    'accepted',
  ],
]

for (const format of ['sha1', 'sha256'] as const)
  for (const [what, scene, ref, to, expected] of cases)
    test(`${what} (${format}): ${expected}`, () =>
      on({ ...scene, format }, async ({ push, history }) => {
        assert.is(outcome(await push(ref, to), history), expected)
      }))

const every = policyOf(protect('refs/heads/*'), protect(main, { mode: 'first-parent' }))
const chained = policyOf(protect('refs/heads/*', { mode: 'first-parent' }))
const fresh = 'refs/heads/new'
const signedSide: readonly Step[] = [
  commit('base', alice),
  branch('arm', [commit('side1', alice), commit('side2', alice)]),
  merge('arm', alice),
  commit('top', alice),
]
const created: readonly [what: string, scene: Scene, to: string, expected: string][] = [
  ['with nothing verified, to its root', { steps, policy: every }, 'm3', 's2 unsigned, s1 unsigned'],
  ['off a chain', { steps, refs: { [main]: 'm3' }, policy: chained }, 'm3', 'accepted'],
  ['off an older commit of a chain', { steps, refs: { [main]: 'm3' }, policy: chained }, 'm1', 'accepted'],
  [
    'at what a signed merge brought in',
    { steps, refs: { [main]: 'm3' }, policy: chained },
    's2',
    's2 unsigned, s1 unsigned',
  ],
  [
    'at the same, in mode all',
    { steps, refs: { [main]: 'm3' }, policy: every },
    's2',
    's2 unsigned, s1 unsigned',
  ],
  [
    'on top of an unprotected branch',
    { steps, refs: { [main]: 'm3', 'refs/other/parked': 'signed' }, policy: chained },
    'signed',
    'unsigned unsigned',
  ],
  [
    'inside of a verified history, at what a merge brought in unsigned',
    { steps, refs: { 'refs/heads/old': 'm3' }, policy: every },
    's2',
    's2 unsigned',
  ],
  [
    'inside of a verified history, at what a merge brought in signed',
    { steps: signedSide, refs: { 'refs/heads/old': 'top' }, policy: every },
    'side2',
    'accepted',
  ],
]

for (const [what, scene, to, expected] of created)
  test(`a new branch ${what}: ${expected}`, () =>
    on(scene, async ({ push, history }) => {
      assert.is(outcome(await push(fresh, to), history), expected)
    }))

const missing = 'f'.repeat(40) as Oid
const roots: readonly [what: string, rootsOf: (history: History) => readonly Oid[], expected: string][] = [
  ['the whole of it', ({ oid }) => [oid('m2')], 'accepted'],
  ['the side', ({ oid }) => [oid('s2')], 'accepted'],
  ['a part of the side', ({ oid }) => [oid('s1')], 's2 unsigned'],
  [
    'one that is missing, and one that is no commit',
    ({ objects }) => [missing, objects[0]?.oid ?? missing],
    's2 unsigned, s1 unsigned',
  ],
]

for (const [what, rootsOf, expected] of roots)
  test(`what a trust root reaches is taken on trust; ${what}: ${expected}`, () => {
    const policy = (history: History) => policyOf(protect('refs/heads/*', { trustRoots: rootsOf(history) }))
    return on({ steps, policy }, async ({ push, history }) => {
      assert.is(outcome(await push(fresh, 'm3'), history), expected)
    })
  })

test('who may sign depends on the ref', () =>
  on(
    {
      steps: [commit('base', alice), commit('b', bob)],
      refs: { [main]: 'base', 'refs/heads/dev': 'base' },
      policy: policyOf(protect('refs/heads/*', { keys: ['/both'] }), protect(main)),
    },
    async ({ push, history }) => {
      assert.is(outcome(await push('refs/heads/dev', 'b'), history), 'accepted')
      assert.is(outcome(await push(main, 'b'), history), 'b unknown-key')
    },
  ))

test('a client that claims another old tip than the server has is refused', () =>
  on({ steps, refs: { [main]: 'm2' } }, async ({ push, history }) => {
    assert.is(outcome(await push(main, 'm3', history.oid('m1')), history), 'rewind')
    assert.is(outcome(await push(main, 'm3', null), history), 'rewind')
    assert.is(outcome(await push('refs/heads/main', 'm3', history.oid('m2')), history), 'accepted')
  }))

test('what is pushed to a branch must be a commit', () =>
  on({ steps, refs: { [main]: 'm2' } }, async ({ server, push, history }) => {
    const [blob, tree] = [gitObject('sha1', 'blob', 'x'), gitObject('sha1', 'tree', '')]
    const tag = tagObject('sha1', history.oid('m3'), { name: 'v1' }, alice)
    writeObjects(server.gitDir, 'sha1', [blob, tree, tag])
    for (const { oid } of [blob, tree, tag]) {
      assert.is((await push(main, oid)).reason, 'not-a-commit')
      assert.is((await push('refs/heads/other', oid)).reason, null, 'nobody protects that')
    }
  }))

test('an object that is not there is a fault', () =>
  on({ steps, refs: { [main]: 'm2' }, policy: policyOf(protect('refs/*')) }, async ({ push }) => {
    for (const ref of [main, 'refs/tags/v1'])
      await assert.rejects(push(ref, 'f'.repeat(40)), error => error instanceof Fault)
  }))

const tags = policyOf(protect('refs/tags/v*'))
const tagged: readonly [what: string, make: (history: History) => GitObject | Oid, expected: string][] = [
  ['signed', ({ oid }) => tagObject('sha1', oid('m3'), { name: 'v1' }, alice), 'accepted'],
  [
    'signed, on a commit that is not',
    ({ oid }) => tagObject('sha1', oid('unsigned'), { name: 'v1' }, alice),
    'accepted',
  ],
  ['unsigned', ({ oid }) => tagObject('sha1', oid('m3'), { name: 'v1' }), 'unsigned-tag'],
  ['lightweight', ({ oid }) => oid('m3'), 'unsigned-tag'],
  ['of another name', ({ oid }) => tagObject('sha1', oid('m3'), { name: 'v2' }, alice), 'tag-name'],
  ['of a name with a folder', ({ oid }) => tagObject('sha1', oid('m3'), { name: 'x/v1' }, alice), 'tag-name'],
  [
    'of the full name',
    ({ oid }) => tagObject('sha1', oid('m3'), { name: 'refs/tags/v1' }, alice),
    'tag-name',
  ],
  ['of no name', ({ oid }) => tagObject('sha1', oid('m3'), { name: '' }, alice), 'tag-name'],
  ['by a stranger', ({ oid }) => tagObject('sha1', oid('m3'), { name: 'v1' }, bob), 'unknown-key'],
  [
    'changed after it was signed',
    ({ oid }) =>
      tagObject(
        'sha1',
        oid('m3'),
        {
          name: 'v1',
          rewrite: object =>
            Buffer.from(Buffer.from(object).toString('latin1').replace('\n\nv1', '\n\nv9'), 'latin1'),
        },
        alice,
      ),
    'bad-signature',
  ],
  [
    'signed twice',
    ({ oid }) =>
      tagObject(
        'sha1',
        oid('m3'),
        {
          name: 'v1',
          rewrite: object =>
            Buffer.concat([object, object.subarray(Buffer.from(object).indexOf('-----BEGIN'))]),
        },
        alice,
      ),
    'several-signatures',
  ],
  [
    'with more behind its signature',
    ({ oid }) =>
      tagObject(
        'sha1',
        oid('m3'),
        { name: 'v1', rewrite: object => Buffer.concat([object, Buffer.from('x\n')]) },
        alice,
      ),
    'unreadable-signature',
  ],
  ['on a tag', ({ oid }) => tagObject('sha1', oid('m3'), { name: 'v1', type: 'tag' }, alice), 'not-a-commit'],
  [
    'on a tree',
    ({ oid }) => tagObject('sha1', oid('m3'), { name: 'v1', type: 'tree' }, alice),
    'not-a-commit',
  ],
  [
    'too large',
    ({ oid }) => tagObject('sha1', oid('m3'), { name: 'v1', message: 'x'.repeat(1 << 20) }, alice),
    'too-large',
  ],
]

for (const [what, make, expected] of tagged)
  test(`a protected tag, ${what}: ${expected}`, () =>
    on({ steps, policy: tags }, async ({ server, push, history }) => {
      const made = make(history)
      if (typeof made !== 'string') writeObjects(server.gitDir, 'sha1', [made])
      const verdict = await push('refs/tags/v1', typeof made === 'string' ? made : made.oid)
      const [rejection] = verdict.rejections
      const code = rejection === undefined || rejection.signature.ok ? null : rejection.signature.reason
      assert.is(isAccepted(verdict) ? 'accepted' : (verdict.reason ?? code), expected)
    }))

test('a protected tag does not move, unless that is allowed', () =>
  on({ steps, policy: tags, refs: { 'refs/tags/v1': 'm1' } }, async ({ server, push, history }) => {
    const tag = tagObject('sha1', history.oid('m3'), { name: 'v1' }, alice)
    writeObjects(server.gitDir, 'sha1', [tag])
    assert.is((await push('refs/tags/v1', tag.oid)).reason, 'rewind')
    assert.is((await push('refs/tags/v1', null)).reason, 'deletion')
  }))

test('of many refused commits the first ten are kept and all are counted', () =>
  on(
    {
      steps: [commit('base', alice), ...Array.from({ length: 30 }, (_, index) => commit(`u${index}`))],
      refs: { [main]: 'base' },
    },
    async ({ push, history }) => {
      const verdict = await push(main, 'u29')
      assert.equal([verdict.judged, verdict.rejected, verdict.rejections.length], [30, 30, 10])
      assert.is(verdict.rejections[0]?.oid, history.oid('u29'), 'newest first')
    },
  ))

test('who signed is kept once each', () =>
  on(
    {
      steps: [commit('base', alice), commit('a', alice), commit('b', bob), commit('c', alice)],
      refs: { [main]: 'base' },
      policy: policyOf(protect(main, { keys: ['/both'] })),
    },
    async ({ push }) => {
      assert.equal([...(await push(main, 'c')).signers].sort(), [alice.fingerprint, bob.fingerprint].sort())
    },
  ))

const fits: readonly [
  what: string,
  steps: readonly Step[],
  policy: Policy,
  to: string,
  fit: string | null,
][] = [
  [
    'the commit below the first bad one',
    [commit('base', alice), commit('a', alice), commit('b', alice), commit('bad'), commit('c', alice)],
    policyOf(protect(main)),
    'c',
    'b',
  ],
  [
    'none, where the first new one is bad',
    [commit('base', alice), commit('bad'), commit('c', alice)],
    policyOf(protect(main)),
    'c',
    null,
  ],
  [
    'the merge before one that brings in a bad one',
    [
      commit('base', alice),
      branch('good', [commit('g', alice)]),
      branch('side', [commit('bad')]),
      merge('good', alice, { name: 'm' }),
      merge('side', alice, { name: 'spoiled' }),
      commit('c', alice),
    ],
    policyOf(protect(main)),
    'c',
    'm',
  ],
  [
    'in mode first-parent that merge too',
    [
      commit('base', alice),
      branch('side', [commit('bad')]),
      merge('side', alice, { name: 'm' }),
      commit('bad2'),
    ],
    firstParent,
    'bad2',
    'm',
  ],
]

for (const [what, made, policy, to, fit] of fits)
  test(`the last revision that is fit to push: ${what}`, () =>
    on({ steps: made, refs: { [main]: 'base' }, policy }, async ({ push, history }) => {
      const verdict = await push(main, to)
      assert.is(isAccepted(verdict), false)
      assert.is(verdict.lastFit, fit === null ? null : history.oid(fit))
      if (fit !== null) assert.is(isAccepted(await push(main, fit)), true, 'and it is')
    }))

test.run()
