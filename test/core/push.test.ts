import * as assert from 'uvu/assert'
import type { Oid } from '../../src/core/oid.ts'
import type { Policy, Protection } from '../../src/core/policy.ts'
import {
  planPush,
  protectsAnything,
  type RefPlan,
  type ServerRef,
  type ServerState,
} from '../../src/core/push.ts'
import type { RefUpdate } from '../../src/core/ref-update.ts'
import type { SyncTagState } from '../../src/core/sync-tag.ts'
import { policyOf, protection } from '../support/policy.ts'
import { suite } from '../support/suite.ts'

const test = suite('push')
const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map(digit => digit.repeat(40) as Oid) as [
  Oid,
  Oid,
  Oid,
  Oid,
  Oid,
]
const main = 'refs/heads/main'

const protect = (pattern: string, changes: Partial<Protection> = {}) =>
  protection(pattern, { keys: ['/keys'], ...changes })

type Refs = Readonly<Record<string, Oid | ServerRef>>

function stateOf(refs: Refs = {}, syncTags: ReadonlyMap<string, SyncTagState> = new Map()): ServerState {
  const entries = Object.entries(refs).map(([name, ref]) => {
    const server: ServerRef = typeof ref === 'string' ? { oid: ref, type: 'commit', target: null } : ref
    return [name, server] as const
  })
  return { refs: new Map(entries), syncTags }
}

function link(target: string, oid: Oid | null): ServerRef {
  return { oid, type: oid === null ? '' : 'commit', target }
}

function update(ref: string, after: Oid | null, claimed: Oid | null = null): RefUpdate {
  return { ref, claimed, after }
}

function plan(policy: Policy, asked: RefUpdate, state = stateOf()): RefPlan {
  const [planned, ...others] = planPush(policy, [asked], state)
  if (planned === undefined || others.length > 0) throw new Error('one update, one plan')
  return planned
}

function reason(policy: Policy, asked: RefUpdate, state = stateOf()): string {
  const planned = plan(policy, asked, state)
  return planned.kind === 'refuse' ? planned.reason : planned.kind
}

function walked(policy: Policy, asked: RefUpdate, state = stateOf()): RefPlan & { kind: 'walk' } {
  const planned = plan(policy, asked, state)
  if (planned.kind !== 'walk') throw new Error(planned.kind)
  return planned
}

const all = policyOf(protect(main))
const firstParent = policyOf(protect(main, { mode: 'first-parent' }))

test('without a protected ref everything passes, replacement objects and deletions too', () => {
  for (const policy of [policyOf(), policyOf(protect('refs/heads/*', { mode: 'none' }))]) {
    assert.is(protectsAnything(policy), false)
    for (const ref of [main, 'refs/tags/v1', `refs/replace/${a}`])
      for (const after of [b, null])
        assert.is(reason(policy, update(ref, after, a), stateOf({ [ref]: a })), 'pass')
  }
  assert.is(protectsAnything(all), true)
})

test('a ref that nothing protects, or mode none does, passes beside protected ones', () => {
  const policy = policyOf(
    protect(main),
    protect('refs/heads/wip/*', { mode: 'none' }),
    protect('refs/heads/*'),
  )
  assert.is(reason(policy, update('refs/heads/wip/x', a)), 'pass')
  assert.is(reason(policy, update('refs/notes/commits', a)), 'pass')
  assert.is(reason(policy, update('refs/heads/other', a)), 'walk')
})

test('replacement objects are refused once anything is protected', () => {
  assert.is(reason(all, update(`refs/replace/${a}`, b)), 'replace-ref')
  assert.is(reason(all, update(`refs/replace/${a}`, null, b)), 'replace-ref')
  assert.is(reason(policyOf(protect('refs/*')), update(`refs/replace/${a}`, b)), 'replace-ref')
  assert.is(reason(all, update('refs/replacement/x', b)), 'pass')
})

test('an existing branch is walked down to where the server has it, whatever the client claims', () => {
  const state = stateOf({ [main]: a, 'refs/heads/other': c })
  const honest = walked(all, update(main, b, a), state)
  assert.equal(honest.walk, { tip: b, mode: 'all', histories: [a], chains: [] })
  assert.equal([honest.onto, honest.stale, honest.before, honest.after], [[a], false, a, b])
  for (const claimed of [null, c]) {
    const lying = walked(all, update(main, b, claimed), state)
    assert.equal(lying.walk, honest.walk)
    assert.equal([lying.onto, lying.stale], [[a], true])
  }
  assert.is(walked(all, update(main, b, a)).stale, true, 'claimed, but not there')
})

test('in mode first-parent only the chain of the old tip is verified', () => {
  const { walk, onto } = walked(firstParent, update(main, b, a), stateOf({ [main]: a }))
  assert.equal(walk, { tip: b, mode: 'first-parent', histories: [], chains: [a] })
  assert.equal(onto, [a])
})

test('trust roots count always', () => {
  const policy = policyOf(protect(main, { trustRoots: [d, e] }))
  assert.equal(walked(policy, update(main, b, a), stateOf({ [main]: a })).walk.histories, [d, e, a])
  assert.equal(walked(policy, update(main, b)).walk.histories, [d, e])
})

test('with nothing to start from the whole history is walked', () => {
  const state = stateOf({ 'refs/heads/unprotected': a, 'refs/tags/v1': c })
  assert.equal(walked(all, update(main, b), state).walk, { tip: b, mode: 'all', histories: [], chains: [] })
})

test('a new branch starts from what protected branches have verified, each by its mode', () => {
  const policy = policyOf(
    protect(main),
    protect('refs/heads/merged', { mode: 'first-parent' }),
    protect('refs/heads/free', { mode: 'none' }),
    protect('refs/heads/new'),
    protect('refs/tags/*'),
  )
  const state = stateOf({
    [main]: a,
    'refs/heads/merged': b,
    'refs/heads/free': c,
    'refs/heads/unprotected': d,
    'refs/tags/v1': { oid: e, type: 'commit', target: null },
  })
  const { walk, onto, stale } = walked(policy, update('refs/heads/new', e), state)
  assert.equal(walk, { tip: e, mode: 'all', histories: [a], chains: [b] })
  assert.equal([onto, stale], [[], false])
})

test('a protected ref that is a link, or no commit, vouches for nothing', () => {
  const policy = policyOf(protect('refs/heads/*'))
  const state = stateOf({
    'refs/heads/link': link('refs/other', a),
    'refs/heads/tag': { oid: b, type: 'tag', target: null },
    'refs/heads/tree': { oid: c, type: 'tree', target: null },
    'refs/heads/dangling': link('refs/other2', null),
  })
  assert.equal(walked(policy, update('refs/heads/new', e), state).walk, {
    tip: e,
    mode: 'all',
    histories: [],
    chains: [],
  })
})

test('what one push brings vouches for nothing else in it', () => {
  const policy = policyOf(protect('refs/heads/*'))
  const plans = planPush(
    policy,
    [update('refs/heads/x', b), update('refs/heads/y', c)],
    stateOf({ [main]: a }),
  )
  for (const planned of plans) assert.equal(planned.kind === 'walk' && planned.walk.histories, [a])
})

test('deletion is refused unless allowed, and then not judged', () => {
  assert.is(reason(all, update(main, null, a), stateOf({ [main]: a })), 'deletion')
  assert.is(reason(all, update(main, null, a)), 'deletion')
  assert.is(
    reason(policyOf(protect(main, { delete: true })), update(main, null, a), stateOf({ [main]: a })),
    'pass',
  )
  assert.is(
    reason(policyOf(protect(main, { rewind: true })), update(main, null, a), stateOf({ [main]: a })),
    'deletion',
  )
})

test('a branch that may be rewound need not come down to its old tip, and is verified by it all the same', () => {
  const policy = policyOf(protect(main, { rewind: true, mode: 'first-parent' }))
  const { onto, walk } = walked(policy, update(main, b, a), stateOf({ [main]: a }))
  assert.equal(onto, [])
  assert.equal(walk.chains, [a])
})

test('a protected tag is judged when it is new, and not moved', () => {
  const tags = policyOf(protect('refs/tags/v*'))
  const state = stateOf({ 'refs/tags/v1': { oid: a, type: 'tag', target: null } })
  assert.is(reason(tags, update('refs/tags/v2', b), state), 'tag')
  assert.is(reason(tags, update('refs/tags/v1', b, a), state), 'rewind')
  assert.is(reason(tags, update('refs/tags/v1', b), state), 'rewind', 'claimed to be new')
  assert.is(reason(tags, update('refs/tags/v1', null, a), state), 'deletion')
  assert.is(reason(tags, update('refs/tags/other', b), state), 'pass')
  assert.is(
    reason(policyOf(protect('refs/tags/v*', { rewind: true })), update('refs/tags/v1', b, a), state),
    'tag',
  )
  assert.is(
    reason(policyOf(protect('refs/tags/v*', { mode: 'first-parent' })), update('refs/tags/v1', b), state),
    'rewind',
  )
})

const aliases: readonly [what: string, pushed: string, refs: Refs, expected: string][] = [
  [
    'a link to a protected branch',
    'refs/heads/stable',
    { [main]: a, 'refs/heads/stable': link(main, a) },
    'symbolic-ref',
  ],
  [
    'a link to a protected branch that is not there yet',
    'refs/heads/stable',
    { 'refs/heads/stable': link(main, null) },
    'symbolic-ref',
  ],
  [
    'a protected branch that is a link',
    main,
    { 'refs/heads/real': a, [main]: link('refs/heads/real', a) },
    'symbolic-ref',
  ],
  [
    'what a protected branch is a link to',
    'refs/heads/real',
    { 'refs/heads/real': a, [main]: link('refs/heads/real', a) },
    'symbolic-ref',
  ],
  ['the same, not there yet', 'refs/heads/real', { [main]: link('refs/heads/real', null) }, 'symbolic-ref'],
  [
    'another link to the same',
    'refs/heads/other',
    {
      'refs/heads/real': a,
      [main]: link('refs/heads/real', a),
      'refs/heads/other': link('refs/heads/real', a),
    },
    'symbolic-ref',
  ],
  [
    'a link between unprotected branches',
    'refs/heads/x',
    { 'refs/heads/x': link('refs/heads/y', a), 'refs/heads/y': a },
    'pass',
  ],
  [
    'the target of an unprotected link',
    'refs/heads/y',
    { 'refs/heads/x': link('refs/heads/y', a), 'refs/heads/y': a },
    'pass',
  ],
  [
    'a protected branch that a link leads to',
    main,
    { [main]: a, 'refs/heads/stable': link(main, a) },
    'walk',
  ],
]

for (const [what, pushed, refs, expected] of aliases)
  test(`pushing to ${what}: ${expected}`, () => {
    assert.is(reason(all, update(pushed, b, a), stateOf(refs)), expected)
    if (expected === 'symbolic-ref') assert.is(reason(all, update(pushed, null, a), stateOf(refs)), expected)
  })

const synced: Policy = { ...policyOf(protect(main, { mode: 'first-parent' })), syncTag: 'verified/{branch}' }

function marked(state: SyncTagState): ServerState {
  return stateOf(
    { [main]: b, 'refs/tags/verified/main': { oid: e, type: 'tag', target: null } },
    new Map([[main, state]]),
  )
}

test('a branch is verified up to its sync tag, and must come down to that and to its old tip', () => {
  const { walk, onto } = walked(synced, update(main, c, b), marked({ kind: 'valid', oid: e, commit: a }))
  assert.equal(walk, { tip: c, mode: 'first-parent', histories: [], chains: [a] })
  assert.equal(onto, [b, a])
})

test('a sync tag that is not valid locks its branch', () => {
  assert.is(
    reason(synced, update(main, c, b), marked({ kind: 'invalid', oid: e, detail: 'x' })),
    'sync-tag-invalid',
  )
})

test('even where it may be rewound, not behind its sync tag', () => {
  const policy = { ...synced, protections: [protect(main, { rewind: true })] }
  const state = marked({ kind: 'valid', oid: e, commit: a })
  assert.equal(walked(policy, update(main, c, b), state).onto, [a])
})

test('a branch that was deleted comes back only on top of its sync tag', () => {
  const tags = new Map<string, SyncTagState>([[main, { kind: 'valid', oid: e, commit: a }]])
  const { walk, onto } = walked(synced, update(main, c), stateOf({}, tags))
  assert.equal([walk.chains, onto], [[a], [a]])
})

test('a sync tag is left to the server, and to recovery keys', () => {
  const state = marked({ kind: 'valid', oid: e, commit: a })
  assert.is(reason(synced, update('refs/tags/verified/main', c, e), state), 'sync-tag')
  assert.is(plan(synced, update('refs/tags/verified/main', c, e), state).kind, 'sync-tag')
  assert.is(plan(synced, update('refs/tags/verified/main', null, e), state).kind, 'refuse')
  for (const ref of ['refs/tags/verified/none', 'refs/tags/verified/main/x', 'refs/tags/verified'])
    assert.equal(plan(synced, update(ref, c), state).kind, 'refuse', ref)
})

test('each update has its plan, in order, and one bad plan does not hide another', () => {
  const state = stateOf({ [main]: a })
  const plans = planPush(
    all,
    [update('refs/heads/x', b), update(main, null, a), update(`refs/replace/${a}`, b)],
    state,
  )
  assert.equal(
    plans.map(({ ref, kind }) => [ref, kind]),
    [
      ['refs/heads/x', 'pass'],
      [main, 'refuse'],
      [`refs/replace/${a}`, 'refuse'],
    ],
  )
})

test('thousands of updates to a server with thousands of refs are planned in one go', () => {
  const refs = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`refs/heads/r${index}`, a]))
  const updates = Array.from({ length: 20_000 }, (_, index) => update(`refs/heads/n${index}`, b))
  assert.is(planPush(policyOf(protect('refs/heads/*')), updates, stateOf(refs)).length, 20_000)
})

test.run()
