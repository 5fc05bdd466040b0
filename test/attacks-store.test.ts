import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { branch, commit, merge, orphan } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { misbehavingGit } from './support/misbehaving-git.ts'
import type { GitObject } from './support/objects.ts'
import { packOf } from './support/objects.ts'
import { receivePack } from './support/receive-pack.ts'
import type { Server } from './support/repository.ts'
import { suite } from './support/suite.ts'
import { assertAccepted, assertFault, assertRefused, declareOn } from './support/verdicts.ts'

/*
 * What stands in the repository beside the objects that were judged, and is believed by a git that is asked in another
 * way: a commit-graph that leaves parents out, an object under a name that is not its own.
 */
const alice = makeKey()
const test = suite('attacks: the store')
const options = { trusted: [alice] }

declareOn(test, 'a commit-graph that leaves a parent out', options, async on => {
  const base = on.seed([commit('base', alice), branch('free', [commit('u'), commit('s', alice)])])
  graph(on, commits => commits.map(() => none))
  assert.is(on.git('rev-list', base.oid('s')), `${base.oid('s')}\n`, 'git believes it')
  const history = on.write([branch('good', [commit('t', alice)])], base)
  assertRefused(on, await on.push(['free:main']), { 'refs/heads/main': ['u: unsigned'] }, history)
  assertAccepted(on, await on.push(['good:main']))
})

declareOn(test, 'a commit-graph that gives a commit another history', options, async on => {
  const base = on.seed([commit('base', alice), orphan('free', [commit('elsewhere', alice)])])
  const [old, other] = [base.oid('base'), base.oid('elsewhere')]
  graph(on, commits => commits.map(oid => (oid === other ? commits.indexOf(old) : none)))
  assert.is(on.git('rev-list', old, `^${other}`), '', 'git believes it')
  const history = on.write([branch('good', [commit('t', alice)])], base)
  assertRefused(on, await on.push(['+free:main']), { 'refs/heads/main': ['rewind'] }, history)
  assertAccepted(on, await on.push(['good:main']))
})

declareOn(test, 'a graft that gives a commit another history', options, async on => {
  const base = on.seed([commit('base', alice), orphan('free', [commit('elsewhere', alice)])])
  const [old, other] = [base.oid('base'), base.oid('elsewhere')]
  mkdirSync(join(on.gitDir, 'info'), { recursive: true })
  writeFileSync(join(on.gitDir, 'info/grafts'), `${other} ${old}\n`)
  assert.is(on.git('rev-list', old, `^${other}`), '', 'git believes it')
  const history = on.write([branch('good', [commit('t', alice)])], base)
  assertRefused(on, await on.push(['+free:main']), { 'refs/heads/main': ['rewind'] }, history)
  assertAccepted(on, await on.push(['good:main']))
})

declareOn(test, 'a shallow boundary hides neither what is pushed nor what is verified', options, async on => {
  const base = on.seed([
    commit('old'),
    branch('side', []),
    commit('one', alice),
    commit('two', alice),
    branch('bad', [commit('u'), commit('v', alice)]),
  ])
  const [one, two, v] = ['one', 'two', 'v'].map(name => base.oid(name))
  writeFileSync(join(on.gitDir, 'shallow'), `${[one, v].sort().join('\n')}\n`)
  assert.is(on.git('rev-list', v ?? '', `^${two}`), `${v}\n`, 'git believes it')
  assert.is(on.git('rev-list', two ?? ''), `${two}\n${one}\n`, 'git believes it')
  const history = on.write([branch('side', [commit('x', alice)]), merge('side', alice, { name: 'm' })], base)
  assertRefused(on, await on.push(['bad:main']), { 'refs/heads/main': ['u: unsigned'] }, history)
  assertAccepted(on, await on.push([`${history.oid('m')}:main`]))
})

/** "No parent". */
const none = 0x70000000

/** Writes a commit-graph in which each commit's first parent is what `parentsOf` says of all, in order; gitformat-commit-graph. */
function graph({ git, gitDir }: Server, parentsOf: (commits: readonly string[]) => readonly number[]): void {
  git('commit-graph', 'write', '--reachable')
  const path = join(gitDir, 'objects/info/commit-graph')
  const bytes = readFileSync(path)
  const chunks = new Map<string, number>()
  for (let at = 8; at < 8 + 12 * (bytes[6] ?? 0); at += 12)
    chunks.set(bytes.toString('latin1', at, at + 4), bytes.readUInt32BE(at + 8))
  const [names = 0, data = 0] = [chunks.get('OIDL'), chunks.get('CDAT')]
  const commits = Array.from({ length: (data - names) / 20 }, (_, index) =>
    bytes.toString('hex', names + 20 * index, names + 20 * (index + 1)),
  )
  for (const [index, parent] of parentsOf(commits).entries())
    bytes.writeUInt32BE(parent, data + 36 * index + 20)
  const body = bytes.subarray(0, -20)
  chmodSync(path, 0o644)
  writeFileSync(path, Buffer.concat([body, createHash('sha1').update(body).digest()]))
}

declareOn(test, 'a signed commit under the name of an unsigned one', options, async on => {
  const base = on.seed([commit('base', alice)])
  const history = on.write(
    [branch('forged', [commit('u'), commit('s', alice)]), branch('genuine', [commit('v', alice)])],
    base,
  )
  const object = (name: string) => history.objects.find(({ oid }) => oid === history.oid(name)) as GitObject
  const tree = history.objects.filter(({ type }) => type !== 'commit')
  store(join(on.gitDir, 'objects'), history.oid('u'), object('v'))
  const update = { before: base.oid('base'), after: history.oid('s'), ref: 'refs/heads/main' }
  const pack = packOf('sha1', [object('s'), ...tree])
  const forged = await receivePack(on.gitDir, { commands: [update], pack })
  assert.is(forged.refs.get(update.ref), 'pre-receive hook declined', forged.remote.join('\n'))
  const result = { accepted: false, output: forged.remote.join('\n'), remote: forged.remote }
  assertFault(on, result as Parameters<typeof assertFault>[1], /other bytes than its name stands for/)
  assertAccepted(on, await on.push(['genuine:main']))
})

declareOn(
  test,
  'a signed tip under the name of an unsigned one, which no git is asked for',
  options,
  async on => {
    const base = on.seed([commit('base', alice)])
    const history = on.write([branch('bad', [commit('u')]), branch('good', [commit('v', alice)])], base)
    const object = (name: string) => history.objects.find(({ oid }) => oid === history.oid(name)) as GitObject
    const quarantine = join(on.folder, 'quarantine')
    const judged = (name: string) =>
      on.refwarden(['pre-receive', '--config', on.config], {
        input: `${base.oid('base')} ${history.oid(name)} refs/heads/main\n`,
        env: { GIT_DIR: on.gitDir, GIT_OBJECT_DIRECTORY: quarantine, PATH: join(on.folder, 'nowhere') },
      })
    const fault = () => on.decisions().at(-1).fault
    for (const folder of [quarantine, join(on.gitDir, 'objects')]) {
      store(folder, history.oid('v'), object('v'))
      assert.is((await judged('v')).exit, 0)
      store(folder, history.oid('u'), object('v'))
      assert.is((await judged('u')).exit, 2)
      assert.match(fault(), /other bytes than its name stands for/)
      store(folder, history.oid('u'), object('u'))
      assert.is((await judged('u')).exit, 1)
      rmSync(join(folder, history.oid('u').slice(0, 2), history.oid('u').slice(2)))
    }
    assert.is((await judged('u')).exit, 2)
    assert.match(fault(), /git .* failed/)
  },
)

/** What a git does that is asked for a list of commits, in shell; `hide` takes one out of it. */
const lies: Readonly<Record<string, readonly [deed: (tip: string) => string, says: RegExp]>> = {
  'in no list': [() => 'real "$@" | hide; exit 0', /git left this commit out of two lists/],
  'in no list of those to be judged': [
    tip => `input=$(cat; echo .)
case "$* $input" in
  *topo-order* | *${tip}*) printf %s "\${input%.}" | real "$@" | hide ;;
  *) printf %s "\${input%.}" | real "$@" ;;
esac
exit 0`,
    /git left this commit out of the walk/,
  ],
}
for (const [name, [deed, says]] of Object.entries(lies))
  declareOn(test, `a git that has one of the commits ${name}`, options, async on => {
    const base = on.seed([commit('base', alice)])
    const six = (signer: typeof alice, name: string) =>
      [1, 2, 3, 4, 5, 6].map(number => commit(`${name}${number}`, signer))
    const history = on.write(
      [branch('bad', [commit('u'), ...six(alice, 's')]), branch('good', six(alice, 't'))],
      base,
    )
    const wrapped = misbehavingGit(on)
    const hide = `hide() { grep -v '^${history.oid('u')}'; }\n`
    wrapped.spoil('rev-list-*', hide + deed(history.oid('s6')))
    assertFault(on, await on.push(['bad:main']), says)
    assertAccepted(on, await on.push(['good:main']))
  })

/** As a loose object in this folder of objects. gitrepository-layout(5). */
function store(objects: string, name: string, { type, body }: GitObject): void {
  const folder = join(objects, name.slice(0, 2))
  mkdirSync(folder, { recursive: true })
  const loose = Buffer.concat([Buffer.from(`${type} ${body.length}\0`), body])
  writeFileSync(join(folder, name.slice(2)), deflateSync(loose))
}

test.run()
