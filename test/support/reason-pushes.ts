import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { ObjectFormat, Oid } from '../../src/core/oid.ts'
import { objectReasons } from '../../src/core/rejection.ts'
import { makeCast } from './cast.ts'
import type { History, Step } from './history.ts'
import { branch, commit } from './history.ts'
import type { ReasonCase } from './reasons.ts'
import { reasonCases } from './reasons.ts'
import type { Server } from './repository.ts'
import { makeServer } from './repository.ts'
import type { Suite } from './suite.ts'

const configuration = `\
keys = @KEYS@

[protect "refs/heads/all/*"]
mode = all

[protect "refs/heads/first/*"]
mode = first-parent

[protect "refs/heads/none/*"]
mode = none
`

/** As many as a refused ref names in full. */
const commitsInPush = 10

/**
 * Declares a test for each reason code: a push of its refused commits to a branch in mode `all` and to one in mode
 * `first-parent` is refused for each commit by just that code, in mode `none` it is accepted; the neighbours are
 * accepted everywhere.
 */
export function declareReasonTests(test: Suite<unknown>, format: ObjectFormat): void {
  const cast = makeCast()
  const cases = reasonCases(cast, format)
  const runs = cases.flatMap(({ code, refused, accepted }) => [
    ...chunks(refused).map((steps, index) => ({ name: `${code}-${index}`, code, steps })),
    ...chunks(accepted).map((steps, index) => ({ name: `not-${code}-${index}`, code: null, steps })),
  ])
  let server: Server
  let history: History

  test.before(() => {
    server = makeServer({ format, configuration, trusted: cast.trusted })
    for (const [name, content] of Object.entries(cast.folder)) writeFileSync(join(server.keys, name), content)
    const base = server.seed([commit('base', cast.alice)])
    const start = base.oid('base')
    for (const mode of ['all', 'first', 'none'])
      for (const { name } of runs) server.setRef(`refs/heads/${mode}/${name}`, start)
    history = server.write(
      runs.map(({ name, steps }) => branch(name, steps)),
      base,
    )
  })
  test.after(() => server.close())

  test('every code has commits that are refused for it and neighbours that are not', () => {
    const complete = cases.filter(({ refused, accepted }) => refused.length > 0 && accepted.length > 0)
    assert.equal(complete.map(({ code }) => code).sort(), [...objectReasons].sort())
  })

  for (const { name, code, steps } of runs)
    test(`${code === null ? 'accepted' : 'refused'}: ${name} (${steps.length})`, async () => {
      const oids = steps.map(step => history.oid(step.name)).reverse()
      const [tip = ''] = oids
      const before = server.refs()
      if (code === null) {
        const { accepted, output } = await server.push(modes(tip, name, ['all', 'first', 'none']))
        const decision = server.decisions().at(-1)
        assert.is(accepted, true, `${output}${JSON.stringify(decision)}`)
        assert.equal(decision.verdict, 'accepted')
        for (const mode of ['all', 'first', 'none'])
          assert.is(server.refs().get(`refs/heads/${mode}/${name}`), tip)
        return
      }
      const { accepted, remote, codes, output } = await server.push(modes(tip, name, ['all', 'first']))
      const decision = server.decisions().at(-1)
      assert.is(accepted, false, output)
      assert.equal(codes, [code], `${output}${JSON.stringify(decision)}`)
      assert.is(decision.verdict, 'rejected')
      for (const ref of decision.refs) assert.equal(logged(ref, history), expected(steps, code))
      for (const oid of oids)
        assert.ok(
          remote.some(line => `${line}: `.startsWith(`error:   ${oid.slice(0, 10)} ${code}: `)),
          output,
        )
      assert.equal(server.refs(), before)

      const unverified = await server.push(modes(tip, name, ['none']))
      assert.is(unverified.accepted, true, unverified.output)
    })
}

function modes(tip: string, name: string, names: readonly string[]): string[] {
  return names.map(mode => `${tip}:refs/heads/${mode}/${name}`)
}

function chunks(steps: readonly Step[]): readonly (readonly Step[])[] {
  const starts = steps.flatMap((_, index) => (index % commitsInPush === 0 ? [index] : []))
  return starts.map(start => steps.slice(start, start + commitsInPush))
}

type Logged = {
  readonly reason: string | null
  readonly judged: number
  readonly commits: readonly LoggedCommit[]
}
type LoggedCommit = { readonly oid: Oid; readonly code: string }

/** What the decision log has of a ref, with the commits' names. */
function logged({ reason, judged, commits }: Logged, history: History) {
  const names = new Map([...history.commits].map(([name, oid]) => [oid, name]))
  return { reason, judged, commits: commits.map(({ oid, code }) => `${names.get(oid)}: ${code}`) }
}

function expected(steps: readonly Step[], code: ReasonCase['code']) {
  return {
    reason: null,
    judged: steps.length,
    commits: steps.map(({ name }) => `${name}: ${code}`).reverse(),
  }
}
