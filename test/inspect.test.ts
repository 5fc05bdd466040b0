import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import * as fc from 'fast-check'
import { Fault } from '../src/core/fault.ts'
import { keyringOf } from '../src/core/keyring.ts'
import type { Oid } from '../src/core/oid.ts'
import type { ObjectVerdict } from '../src/core/verdict.ts'
import type { Walk } from '../src/core/walk.ts'
import { readKeys } from '../src/edge/openpgp.ts'
import { inspect, type Trust } from '../src/inspect.ts'
import * as assert from './support/assert.ts'
import { branch, commit, type History, makeHistory, merge, orphan, type Step } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { type GitObject, gitObject, writeObjects } from './support/objects.ts'
import { makeServer, type Server } from './support/repository.ts'
import { now } from './support/signature-packet.ts'
import { commitObject, tagObject } from './support/signed-object.ts'
import { suite } from './support/suite.ts'

const test = suite('inspect')
const formats = ['sha1', 'sha256'] as const
const alice = makeKey({ name: 'Alice' })
const mallory = makeKey({ name: 'Mallory' })
const servers = new Map(formats.map(format => [format, null as Server | null]))
let trust: Trust

test.before(async () => {
  for (const format of formats) servers.set(format, makeServer({ format, hooks: false }))
  const clock = { rule: 'now', now: now(), skew: 300 } as const
  trust = {
    keyring: keyringOf(await readKeys([{ path: 'alice.asc', bytes: alice.publicBinary }], clock)),
    clock,
  }
})
test.after(() => {
  for (const server of servers.values()) server?.close()
})

function serverOf(format: (typeof formats)[number]): Server {
  const server = servers.get(format)
  if (server === undefined || server === null) throw new Error(`no ${format} server`)
  return server
}

type Seen = { readonly verdicts: readonly ObjectVerdict[]; readonly ends: readonly Oid[] }

async function inspected(gitDir: string, walk: Walk): Promise<Seen> {
  const verdicts: ObjectVerdict[] = []
  const commits = inspect(gitDir, walk, trust)
  let step = await commits.next()
  for (; step.done !== true; step = await commits.next()) verdicts.push(...step.value)
  return { verdicts, ends: step.value }
}

type Asked = {
  readonly tip: string
  readonly mode?: Walk['mode']
  readonly histories?: readonly string[]
  readonly chains?: readonly string[]
}

/** What is judged of a history, by the names of its commits, newest first; those refused with their code. */
async function judged(history: History, asked: Asked, gitDir?: string): Promise<readonly string[]> {
  const { verdicts } = await inspected(gitDir ?? write(history), walkOf(history, asked))
  return verdicts.map(({ oid, signature }) => {
    const name = [...history.commits].find(([, named]) => named === oid)?.[0] ?? oid
    return signature.ok ? name : `${name}: ${signature.reason}`
  })
}

function walkOf(history: History, { tip, mode = 'all', histories = [], chains = [] }: Asked): Walk {
  const oids = (names: readonly string[]) => names.map(name => history.oid(name))
  return { tip: history.oid(tip), mode, histories: oids(histories), chains: oids(chains) }
}

function write(history: History): string {
  const { gitDir, format } = serverOf(history.format)
  writeObjects(gitDir, format, history.objects)
  return gitDir
}

const line = [commit('one', alice), commit('two', alice), commit('three', alice)]
/** main: base, m1, merge-side (of the unsigned s1, s2), m2. */
const merged = [
  commit('base', alice),
  branch('side', [commit('s1'), commit('s2')]),
  commit('m1', alice),
  merge('side', alice),
  commit('m2', alice),
]

for (const format of formats) {
  const check = (name: string, steps: readonly Step[], asked: Asked, expected: readonly string[]) =>
    test(`${format}: ${name}`, async () => {
      assert.equal(await judged(makeHistory(steps, format), asked), expected)
    })

  check('with nothing verified the whole history is judged', line, { tip: 'three' }, ['three', 'two', 'one'])
  check('down to what is verified', line, { tip: 'three', histories: ['one'] }, ['three', 'two'])
  check('nothing, where the tip is verified', line, { tip: 'two', histories: ['three'] }, [])
  check(
    'an unsigned commit in the middle is found',
    [commit('a', alice), commit('b'), commit('c', alice)],
    { tip: 'c' },
    ['c', 'b: unsigned', 'a'],
  )
  check('a key that nobody trusts', [commit('a', mallory)], { tip: 'a' }, ['a: unknown-key'])
  check('all that a merge brings in, in mode all', merged, { tip: 'merge-side', histories: ['m1'] }, [
    'merge-side',
    's2: unsigned',
    's1: unsigned',
  ])
  check(
    'the chain alone, in mode first-parent',
    merged,
    { tip: 'm2', mode: 'first-parent', chains: ['base'] },
    ['m2', 'merge-side', 'm1'],
  )
  check(
    'nothing, where the tip is on a verified chain',
    merged,
    { tip: 'm1', mode: 'first-parent', chains: ['m2'] },
    [],
  )
  check(
    'what was merged is on no chain: as a tip it is judged',
    merged,
    { tip: 's2', mode: 'first-parent', chains: ['m2'] },
    ['s2: unsigned', 's1: unsigned'],
  )
  check(
    'and as a tip in mode all, beside a branch in mode first-parent',
    merged,
    { tip: 's2', chains: ['m2'] },
    ['s2: unsigned', 's1: unsigned'],
  )
  check(
    'and below a signed tip',
    [...merged, branch('new', []), branch('side', [commit('n', alice)])],
    { tip: 'n', mode: 'first-parent', chains: ['m2'] },
    ['n', 's2: unsigned', 's1: unsigned'],
  )
  check('what a verified history brought in is verified', merged, { tip: 's2', histories: ['m2'] }, [])
  check(
    'a new branch off a chain',
    [...merged, branch('new', [commit('n', alice)])],
    { tip: 'n', mode: 'first-parent', chains: ['m2'] },
    ['n'],
  )
  check('in mode all too', [...merged, branch('new', [commit('n', alice)])], { tip: 'n', chains: ['m2'] }, [
    'n',
  ])
  check('nothing, where the tip is on the chain', merged, { tip: 'm2', chains: ['m2'] }, [])
}

test('an octopus: every arm in mode all, the first in mode first-parent', async () => {
  const arms = ['x', 'y', 'z'].map(name => branch(name, [commit(`${name}1`)]))
  const history = makeHistory([
    commit('base', alice),
    ...arms,
    commit('m', alice),
    merge(['x', 'y', 'z'], alice, { name: 'octopus' }),
  ])
  assert.equal([...(await judged(history, { tip: 'octopus', histories: ['m'] }))].sort(), [
    'octopus',
    'x1: unsigned',
    'y1: unsigned',
    'z1: unsigned',
  ])
  assert.equal(await judged(history, { tip: 'octopus', mode: 'first-parent', chains: ['m'] }), ['octopus'])
})

test('a criss-cross: each commit once', async () => {
  const history = makeHistory([
    commit('base', alice),
    branch('side', [commit('s1')]),
    commit('m1', alice),
    branch('old', []),
    merge('side', alice, { name: 'cross' }),
    branch('side', [merge('old', alice, { name: 'criss' })]),
    merge('side', alice, { name: 'both' }),
  ])
  assert.equal([...(await judged(history, { tip: 'both', histories: ['base'] }))].sort(), [
    'both',
    'criss',
    'cross',
    'm1',
    's1: unsigned',
  ])
})

test('roots without a common history are judged too', async () => {
  const history = makeHistory([
    commit('base', alice),
    orphan('other', [commit('o1'), commit('o2', alice)]),
    merge('other', alice),
  ])
  assert.equal(await judged(history, { tip: 'merge-other', histories: ['base'] }), [
    'merge-other',
    'o2',
    'o1: unsigned',
  ])
})

test('the walk ends at what is verified, or at the tip where that is no commit', async () => {
  const history = makeHistory(merged)
  const gitDir = write(history)
  const ends = async (asked: Asked) => (await inspected(gitDir, walkOf(history, asked))).ends
  assert.equal(await ends({ tip: 'm2', mode: 'first-parent', chains: ['m1'] }), [history.oid('m1')])
  assert.equal(await ends({ tip: 'm1', mode: 'first-parent', chains: ['m2'] }), [history.oid('m1')])
  assert.equal(await ends({ tip: 'm2' }), [])
  const blob = gitObject('sha1', 'blob', 'x')
  const tag = tagObject('sha1', history.oid('m2'), { name: 'v1' }, alice)
  writeObjects(gitDir, 'sha1', [blob, tag])
  for (const { oid } of [blob, tag]) {
    const seen = await inspected(gitDir, {
      tip: oid,
      mode: 'all',
      histories: [history.oid('m2')],
      chains: [],
    })
    assert.equal([seen.verdicts, seen.ends.includes(oid)], [[], true])
  }
})

/** A graph of commits with committer dates in any order; commit n has parents among those before it. */
const graph = fc.array(
  fc.record({
    parents: fc.array(fc.nat(), { maxLength: 3 }),
    at: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(0, 2_000_000_000, 4_000_000_000)),
  }),
  { minLength: 2, maxLength: 14 },
)

test('whatever the dates say, exactly the commits that nothing verified are judged', async () => {
  const { gitDir } = serverOf('sha1')
  const tree = gitObject('sha1', 'tree', '')
  const picks = fc.array(fc.nat(), { maxLength: 2 })
  await fc.assert(
    fc.asyncProperty(
      graph,
      fc.constantFrom('all', 'first-parent'),
      picks,
      picks,
      async (nodes, mode, history, chain) => {
        const objects: GitObject[] = []
        const parentsOf = new Map<Oid, readonly Oid[]>()
        for (const [index, { parents, at }] of nodes.entries()) {
          const names =
            index === 0 ? [] : [...new Set(parents.map(parent => objects[parent % index]?.oid as Oid))]
          const object = commitObject('sha1', tree.oid, names, { at, message: `${index}` })
          objects.push(object)
          parentsOf.set(object.oid, names)
        }
        writeObjects(gitDir, 'sha1', [tree, ...objects])
        const pick = (indexes: readonly number[]) => [
          ...new Set(indexes.map(index => objects[index % objects.length]?.oid as Oid)),
        ]
        const walk: Walk = {
          tip: objects.at(-1)?.oid as Oid,
          mode,
          histories: pick(history),
          chains: pick(chain),
        }
        const { verdicts, ends } = await inspected(gitDir, walk)
        const seen = verdicts.map(({ oid }) => oid)
        const { unverified, verified } = modelOf(walk, parentsOf)
        assert.equal([...new Set(seen)].sort(), [...unverified].sort())
        assert.is(new Set(seen).size, seen.length, 'each once')
        assert.ok(ends.every(oid => verified.has(oid) || unverified.has(oid)))
      },
    ),
    { numRuns: 60 },
  )
})

/**
 * The rules of the walk once more, without git: from the tip down to what is verified.
 */
function modelOf(walk: Walk, parentsOf: ReadonlyMap<Oid, readonly Oid[]>) {
  const reach = (starts: readonly Oid[], firstParent: boolean, stop: ReadonlySet<Oid>) => {
    const found = new Set<Oid>()
    const open = [...starts]
    for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
      if (found.has(oid) || stop.has(oid)) continue
      found.add(oid)
      const parents = parentsOf.get(oid) ?? []
      open.push(...(firstParent ? parents.slice(0, 1) : parents))
    }
    return found
  }
  const history = reach(walk.histories, false, new Set())
  const chain = reach(walk.chains, true, new Set())
  const verified = new Set([...history, ...chain])
  const walked = reach([walk.tip], walk.mode === 'first-parent', verified)
  return { verified, unverified: new Set([...walked].filter(oid => !verified.has(oid))) }
}

test('parents that are dated after their children do not hide from the walk', async () => {
  const at = now() - 86_400
  const history = makeHistory([
    commit('base', alice, { at: at + 900 }),
    branch('side', [commit('s1', null, { at: at + 800 }), commit('s2', alice, { at: at - 800 })]),
    commit('m1', alice, { at: at - 900 }),
    merge('side', alice, { at }),
    commit('m2', alice, { at: at - 5000 }),
  ])
  assert.equal([...(await judged(history, { tip: 'm2', histories: ['base'] }))].sort(), [
    'm1',
    'm2',
    'merge-side',
    's1: unsigned',
    's2',
  ])
  assert.equal(await judged(history, { tip: 'm2', mode: 'first-parent', chains: ['base'] }), [
    'm2',
    'merge-side',
    'm1',
  ])
})

/** A repository of its own, which a test may spoil. */
async function spoiled(
  action: (gitDir: string, history: History, server: Server) => Promise<void>,
): Promise<void> {
  const server = makeServer({ hooks: false })
  try {
    await action(server.gitDir, server.seed(line), server)
  } finally {
    server.close()
  }
}

test('replacements, grafts and shallow boundaries hide nothing', () =>
  spoiled(async (gitDir, history, server) => {
    const forged = server.seed([orphan('forged', [commit('good', alice)])], history)
    server.git('replace', forged.oid('two'), forged.oid('good'))
    mkdirSync(join(gitDir, 'info'), { recursive: true })
    writeFileSync(join(gitDir, 'info/grafts'), `${history.oid('three')}\n`)
    writeFileSync(join(gitDir, 'shallow'), `${history.oid('three')}\n`)
    assert.equal(await judged(forged, { tip: 'three' }, gitDir), ['three', 'two', 'one'])
  }))

test('a commit-graph that leaves a parent out is not believed', () =>
  spoiled(async (gitDir, history, server) => {
    server.git('commit-graph', 'write', '--reachable')
    const path = join(gitDir, 'objects/info/commit-graph')
    chmodSync(path, 0o644)
    writeFileSync(path, withoutParents(readFileSync(path)))
    const tip = history.oid('three')
    assert.is(server.git('rev-list', tip), `${tip}\n`, 'git believes it')
    assert.equal(await judged(history, { tip: 'three' }, gitDir), ['three', 'two', 'one'])
  }))

/** gitformat-commit-graph: the first parent of each commit in CDAT is set to "none", and the checksum made good. */
function withoutParents(graph: Buffer): Buffer {
  const chunks = graph[6] ?? 0
  for (let at = 8; at < 8 + 12 * chunks; at += 12) {
    if (graph.toString('latin1', at, at + 4) !== 'CDAT') continue
    const [start, end] = [graph.readUInt32BE(at + 8), graph.readUInt32BE(at + 20)]
    for (let entry = start; entry < end; entry += 36) graph.writeUInt32BE(0x70000000, entry + 20)
  }
  const body = graph.subarray(0, -20)
  return Buffer.concat([body, createHash('sha1').update(body).digest()])
}

function faulty(promise: Promise<unknown>, words: RegExp): Promise<Error> {
  return assert.rejects(promise, error => error instanceof Fault && words.test(error.message))
}

test('a commit that is missing, or holds other bytes than its name says, is a fault', () =>
  spoiled(async (_, history) => {
    for (const [what, words] of [
      ['missing', /rev-list failed|git has no object/],
      ['other', /other bytes than its name|failed/],
    ] as const) {
      const folder = mkdtempSync(join(tmpdir(), 'l-'))
      try {
        for (const { oid, type, body } of history.objects) {
          if (oid === history.oid('two') && what === 'missing') continue
          const bytes = oid === history.oid('two') ? Buffer.concat([body, Buffer.from('!')]) : body
          const path = join(folder, 'objects', oid.slice(0, 2))
          mkdirSync(path, { recursive: true })
          const loose = deflateSync(Buffer.concat([Buffer.from(`${type} ${bytes.length}\0`), bytes]))
          writeFileSync(join(path, oid.slice(2)), loose)
        }
        mkdirSync(join(folder, 'refs'))
        writeFileSync(join(folder, 'HEAD'), 'ref: refs/heads/main\n')
        await faulty(judged(history, { tip: 'three' }, folder), words)
      } finally {
        rmSync(folder, { recursive: true })
      }
    }
  }))

test('a tip that is not there is a fault', () =>
  spoiled(async gitDir => {
    await faulty(
      inspected(gitDir, { tip: 'f'.repeat(40) as Oid, mode: 'all', histories: [], chains: [] }),
      /rev-list failed/,
    )
  }))

test('objects too large or too odd are refused by name, and the walk goes on below them', async () => {
  const history = makeHistory([
    commit('one'),
    commit('large', alice, { message: 'x'.repeat(1024 * 1024) }),
    commit('nul', alice, { message: 'a\0b' }),
    commit('twice', alice, {
      rewrite: object =>
        Buffer.from(
          Buffer.from(object)
            .toString('latin1')
            .replace(/^author (.*)$/m, 'author $1\nauthor $1'),
          'latin1',
        ),
    }),
  ])
  assert.equal(await judged(history, { tip: 'twice' }), [
    'twice: malformed-commit',
    'nul: malformed-commit',
    'large: too-large',
    'one: unsigned',
  ])
})

test('a long history is judged whole, newest first', async () => {
  const count = 3000
  const history = makeHistory(
    Array.from({ length: count }, (_, index) => commit(`${index}`, index % 100 === 7 ? null : alice)),
  )
  const names = await judged(history, { tip: `${count - 1}` })
  assert.is(names.length, count)
  assert.equal(
    names,
    Array.from({ length: count }, (_, index) => count - 1 - index).map(index =>
      index % 100 === 7 ? `${index}: unsigned` : `${index}`,
    ),
  )
})

test('many merged commits below a chain are judged in several batches', async () => {
  const side = Array.from({ length: 1200 }, (_, index) => commit(`s${index}`, alice))
  const history = makeHistory([
    commit('base', alice),
    branch('side', side),
    commit('m1', alice),
    merge('side', alice),
  ])
  const names = await judged(history, { tip: 's1199', mode: 'first-parent', chains: ['merge-side'] })
  assert.equal(
    names,
    side.map((_, index) => `s${1199 - index}`),
  )
})

test.run()
