// `refwarden metrics` on real pushes: what is counted, over rotation too, in a form that Prometheus takes.
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { countDecisions, countsNamed, parseDecision } from '../src/core/decision-count.ts'
import { renderMetrics } from '../src/core/exposition.ts'
import { parseState, renderState } from '../src/core/metrics-state.ts'
import { commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import type { Server } from './support/repository.ts'
import { makeServer } from './support/repository.ts'
import { now } from './support/signature-packet.ts'
import { suite } from './support/suite.ts'

const test = suite('metrics')
const end = now() + 10 * 86_400
const alice = makeKey({ name: 'Alice', expires: end })

test('decisions, reasons, time, keys and findings of real pushes', async () => {
  await withServer(async ({ server, measured, pushed }) => {
    assert.is(await pushed('good'), true)
    assert.is(await pushed('bad', null), false)
    assert.is(await pushed('worse', null), false)
    rmSync(join(server.keys, `${alice.fingerprint}.asc`))
    assert.is(await pushed('unlucky'), false)
    server.trust(alice)
    const repo = server.gitDir
    const { samples, text } = await measured()
    assert.equal(
      Object.fromEntries(Object.entries(samples).filter(([name]) => /^(decisions|reasons)_/.test(name))),
      {
        [`decisions_total{repo="${repo}",verdict="accepted"}`]: 1,
        [`decisions_total{repo="${repo}",verdict="rejected"}`]: 2,
        [`decisions_total{repo="${repo}",verdict="fault"}`]: 1,
        [`reasons_total{repo="${repo}",code="unsigned"}`]: 2,
      },
    )
    assert.is(samples[`decision_seconds_count{repo="${repo}"}`], 4)
    assert.ok((samples[`decision_seconds_sum{repo="${repo}"}`] ?? -1) >= 0)
    const last = samples[`last_decision_timestamp_seconds{repo="${repo}"}`] ?? 0
    assert.ok(Math.abs(last - now()) < 600)
    assert.is(samples[`key_expiry_timestamp_seconds{fingerprint="${alice.fingerprint}"}`], end)
    assert.is(samples[`findings{repo="${repo}",severity="warning",code="key-expiring"}`], 1)
    assert.is(samples['repositories'], 1)
    assert.match(text, /^refwarden_build_info\{version=".+",commit=".+"\} 1$/m)
  })
})

test('counters go on over each way of rotation, and count no line twice', async () => {
  await withServer(async ({ server, measured, pushed }) => {
    const log = join(server.gitDir, 'refwarden.jsonl')
    const accepted = async () =>
      (await measured()).samples[`decisions_total{repo="${server.gitDir}",verdict="accepted"}`]
    await pushed('one')
    assert.is(await accepted(), 1)
    assert.is(await accepted(), 1)
    await pushed('two') // not seen before the log is moved away
    renameSync(log, `${log}.1`)
    await pushed('three')
    assert.is(await accepted(), 3)
    renameSync(`${log}.1`, `${log}.2`)
    renameSync(log, `${log}.1`)
    assert.is(await accepted(), 3) // no log at all
    await pushed('four')
    assert.is(await accepted(), 4)
    copyFileSync(log, `${log}.copy`) // copytruncate
    truncateSync(log)
    await pushed('five')
    assert.is(await accepted(), 5)
    const [whole] = readFileSync(log, 'utf8').split('\n')
    appendFileSync(log, whole?.slice(0, 40) ?? '') // being written just now
    assert.is(await accepted(), 5)
    appendFileSync(log, `${whole?.slice(40)}\n`)
    assert.is(await accepted(), 6)
  })
})

test('what is no decision is counted as that; a damaged state begins anew', async () => {
  await withServer(async ({ server, folder, measured, pushed }) => {
    const log = join(server.gitDir, 'refwarden.jsonl')
    await pushed('one')
    appendFileSync(log, 'no json\n{"repo":1}\nnull\n')
    const { samples } = await measured()
    assert.is(samples[`log_bad_lines_total{log="${log}"}`], 3)
    for (const state of ['', '{', '{"version":1}', '{"version":1,"positions":[["x"]],"counts":[]}']) {
      writeFileSync(join(folder, 'r.prom.state'), state)
      assert.is((await measured()).samples[`log_bad_lines_total{log="${log}"}`], 3)
    }
  })
})

test('the file is replaced whole, for all to read, with nothing else beside it that the collector would take', async () => {
  await withServer(async ({ server, folder, measured, pushed }) => {
    await pushed('one')
    await measured()
    const { ino, mode } = statSync(join(folder, 'r.prom'))
    assert.is(mode & 0o777, 0o644)
    await measured()
    assert.is.not(statSync(join(folder, 'r.prom')).ino, ino)
    assert.equal(readdirSync(folder).sort(), ['r.prom', 'r.prom.state'])
    const args = ['metrics', '--textfile', '/nowhere/r.prom', server.gitDir]
    assert.match((await server.refwarden(args)).stderr, '/nowhere/r.prom.state: cannot be written (ENOENT)')
    assert.is((await server.refwarden(['metrics', server.gitDir])).exit, 2)
  })
})

test('a log for several repositories, and one that is named', async () => {
  await withServer(async ({ server, folder, measured, pushed }) => {
    const [one, other] = [join(server.folder, 'one.jsonl'), join(server.folder, 'other.jsonl')]
    server.configure(`keys = @KEYS@\nlog = ${one}\n[protect "refs/heads/*"]\n`)
    await pushed('one')
    writeFileSync(other, readFileSync(one, 'utf8').replace(server.gitDir, '/gone\\"\\\\.git'))
    const { text } = await measured('--log', other, '--log', one)
    assert.match(text, `refwarden_decisions_total{repo="${server.gitDir}",verdict="accepted"} 1\n`)
    assert.match(text, 'refwarden_decisions_total{repo="/gone\\"\\\\.git",verdict="accepted"} 1\n')
    mkdirSync(join(folder, 'log'))
    const args = [
      'metrics',
      '--textfile',
      join(folder, 'x.prom'),
      '--log',
      join(folder, 'log'),
      server.gitDir,
    ]
    assert.match((await server.refwarden(args)).stderr, 'not a file')
  })
})

const promtool = spawnSync('promtool', ['--version']).status === 0 ? null : 'promtool is not installed'
test.unless(promtool, 'promtool takes it', async () => {
  await withServer(async ({ measured, pushed }) => {
    await pushed('one')
    await pushed('bad', null)
    const { text } = await measured()
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    })
    assert.is(status, 0, stdout + stderr)
  })
})

test('of two lines about one push the last one counts', () => {
  const line = (verdict: string, id = 'a') =>
    parseDecision(JSON.stringify({ time: '2026-01-01T00:00:00Z', id, repo: '/r', verdict })) ??
    assert.unreachable()
  const counts = new Map()
  const lines = [line('accepted'), line('fault'), line('accepted', 'b'), line('sync-tag moved', 'b')]
  countDecisions(counts, lines as never)
  assert.equal(countsNamed(counts, 'decisions'), [
    [['/r', 'accepted'], 1],
    [['/r', 'fault'], 1],
    [['/r', 'sync-tag moved'], 1],
  ])
})

test('a label holds whatever a path or a code does, on one line', () => {
  const value = 'a"b\\c\nd\u001b\u202e'
  const text = renderMetrics([
    { name: 'x', type: 'gauge', help: 'h', samples: [{ labels: { value }, value: 1 }] },
  ])
  assert.is(text.split('\n').length, 4)
  assert.match(text, 'refwarden_x{value="a\\"b\\\\c\\\\x0ad\\\\x1b\\\\u{202e}"} 1\n')
  strictly(text)
})

test('a state comes back as it was', () => {
  const state = {
    positions: new Map([['/l', { file: '1:2', offset: 3, mark: 'm' }]]),
    counts: new Map([['["bad","/l"]', 4]]),
  }
  assert.equal(parseState(renderState(state)), state)
})

test.run()

type Measured = { readonly samples: Readonly<Record<string, number>>; readonly text: string }
type Scene = {
  readonly server: Server
  /** Where the file is written. */
  readonly folder: string
  measured(...options: readonly string[]): Promise<Measured>
  /** Whether a push of a new branch of this name was accepted. */
  pushed(name: string, signer?: typeof alice | null): Promise<boolean>
}

async function withServer(action: (scene: Scene) => Promise<void>): Promise<void> {
  const server = makeServer({ trusted: [alice], configuration: 'keys = @KEYS@\n[protect "refs/heads/*"]\n' })
  const folder = join(server.folder, 'textfile')
  mkdirSync(folder)
  try {
    await action({
      ...{ server, folder },
      async measured(...options) {
        const args = ['metrics', '--textfile', join(folder, 'r.prom'), ...options, server.gitDir]
        const { exit, stderr, stdout } = await server.refwarden(args)
        assert.equal([exit, stdout], [0, ''], stderr)
        const text = readFileSync(join(folder, 'r.prom'), 'utf8')
        return { text, samples: strictly(text) }
      },
      async pushed(name, signer = alice) {
        const history = server.write([commit(name, signer)])
        const { accepted } = await server.push([`${history.oid(name)}:refs/heads/${name}`])
        return accepted
      },
    })
  } finally {
    server.close()
  }
}

/**
 * The samples by name and labels, as the text format 0.0.4 has them: HELP and TYPE once before all samples of a metric,
 * no sample twice, names and labels well formed. Throws at anything else.
 */
function strictly(text: string): Readonly<Record<string, number>> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const samples: Record<string, number> = {}
  const seen = new Set<string>()
  let [helped, current, type] = ['', '', '']
  for (const line of text.slice(0, -1).split('\n')) {
    const help = /^# HELP (refwarden_[a-z_]+) [^\n]+$/.exec(line)?.[1]
    const typed = /^# TYPE (refwarden_[a-z_]+) (counter|gauge|summary)$/.exec(line)
    const sample =
      /^(refwarden_[a-z_]+)(\{[a-z]+="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z]+="(?:[^"\\\n]|\\[\\"n])*")*\})? ([0-9.e+-]+)$/.exec(
        line,
      )
    if (help !== undefined) helped = help
    else if (typed !== null) {
      if (typed[1] !== helped || seen.has(helped)) throw new Error(`no HELP, or twice: ${line}`)
      ;[current, type] = [helped, typed[2] ?? '']
      seen.add(current)
    } else if (sample !== null) {
      const [, name = '', labels = '', value] = sample
      const names = type === 'summary' ? [`${current}_sum`, `${current}_count`] : [current]
      if (!names.includes(name)) throw new Error(`not below its TYPE: ${line}`)
      if (type === 'counter' && !name.endsWith('_total')) throw new Error(`a counter without _total: ${line}`)
      const key = name.replace('refwarden_', '') + labels
      if (key in samples || !Number.isFinite(Number(value))) throw new Error(`twice, or no number: ${line}`)
      samples[key] = Number(value)
    } else throw new Error(`neither comment nor sample: ${line}`)
  }
  return samples
}
