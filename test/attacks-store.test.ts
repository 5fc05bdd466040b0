import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { branch, commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
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
  on.git('commit-graph', 'write', '--reachable')
  const path = join(on.gitDir, 'objects/info/commit-graph')
  chmodSync(path, 0o644)
  writeFileSync(path, withoutParents(readFileSync(path)))
  assert.is(on.git('rev-list', base.oid('s')), `${base.oid('s')}\n`, 'git believes it')
  const history = on.write([branch('good', [commit('t', alice)])], base)
  assertRefused(on, await on.push(['free:main']), { 'refs/heads/main': ['u: unsigned'] }, history)
  assertAccepted(on, await on.push(['good:main']))
})

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

declareOn(test, 'a signed commit under the name of an unsigned one', options, async on => {
  const base = on.seed([commit('base', alice)])
  const history = on.write(
    [branch('forged', [commit('u'), commit('s', alice)]), branch('genuine', [commit('v', alice)])],
    base,
  )
  const object = (name: string) => history.objects.find(({ oid }) => oid === history.oid(name)) as GitObject
  const tree = history.objects.filter(({ type }) => type !== 'commit')
  store(on, history.oid('u'), object('v'))
  const update = { before: base.oid('base'), after: history.oid('s'), ref: 'refs/heads/main' }
  const pack = packOf('sha1', [object('s'), ...tree])
  const forged = await receivePack(on.gitDir, { commands: [update], pack })
  assert.is(forged.refs.get(update.ref), 'pre-receive hook declined', forged.remote.join('\n'))
  const result = { accepted: false, output: forged.remote.join('\n'), remote: forged.remote }
  assertFault(on, result as Parameters<typeof assertFault>[1], /other bytes than its name stands for/)
  assertAccepted(on, await on.push(['genuine:main']))
})

/** As a loose object. gitrepository-layout(5). */
function store({ gitDir }: Server, name: string, { type, body }: GitObject): void {
  const folder = join(gitDir, 'objects', name.slice(0, 2))
  mkdirSync(folder, { recursive: true })
  const loose = Buffer.concat([Buffer.from(`${type} ${body.length}\0`), body])
  writeFileSync(join(folder, name.slice(2)), deflateSync(loose))
}

test.run()
