import * as assert from 'uvu/assert'
import type { ObjectFormat, Oid } from '../../src/core/oid.ts'
import { refReasons } from '../../src/core/rejection.ts'
import type { History } from './history.ts'
import { makeKey } from './keys.ts'
import type { GitObject } from './objects.ts'
import { gitObject, writeObjects } from './objects.ts'
import type { RefMode, RefPlan } from './ref-rules.ts'
import { clientSteps, refCases, serverSteps } from './ref-rules.ts'
import type { Server } from './repository.ts'
import { makeServer } from './repository.ts'
import { tagObject } from './signed-object.ts'
import type { Suite } from './suite.ts'

const modes: readonly RefMode[] = ['all', 'first', 'none']
const verifying: readonly RefMode[] = ['all', 'first']

/** Branches and tags of each mode in a folder of their own; `refs/heads/free-…` matches nothing. */
const configuration = `keys = @KEYS@\n${modes
  .flatMap(mode =>
    ['heads', 'tags'].map(
      kind => `\n[protect "refs/${kind}/${mode}/*"]\nmode = ${mode === 'first' ? 'first-parent' : mode}\n`,
    ),
  )
  .join('')}`

/**
 * Declares a test for each rule of refs: one push breaks it in each mode in which it holds and is refused by just
 * that code; a second one keeps it, and breaks it where nothing is verified, and is accepted.
 */
export function declareRefTests(test: Suite<unknown>, format: ObjectFormat): void {
  const alice = makeKey()
  const cases = refCases(alice)
  const plans = new Map<string, RefPlan>()
  let server: Server
  let history: History

  test.before(() => {
    server = makeServer({ format, configuration, trusted: [alice] })
    const seeded = server.seed(serverSteps(alice))
    history = server.write(clientSteps(alice), seeded)
    const objects: GitObject[] = [gitObject(format, 'blob', 'file')]
    for (const [index, rule] of cases.entries())
      for (const mode of modes)
        plans.set(
          `${mode}-${index}`,
          rule.plan({
            branch: `refs/heads/${mode}/${index}`,
            tag: `refs/tags/${mode}/${index}`,
            oid: name => history.oid(name),
            add(object) {
              objects.push(object)
              return object.oid
            },
            file: gitObject(format, 'blob', 'file'),
            tagOf: (ref, target, signer) =>
              tagObject(format, target, { name: ref.replace('refs/tags/', '') }, signer),
          }),
        )
    writeObjects(server.client, format, [...history.objects, ...objects])
    for (const { has = {} } of plans.values())
      for (const [ref, value] of Object.entries(has)) {
        if (value.startsWith('refs/')) server.git('symbolic-ref', ref, value)
        else server.setRef(ref, value as Oid)
      }
  })
  test.after(() => server.close())

  test('every code but those of the sync tag and of replacements has a rule here', () => {
    const codes = new Set([...cases.map(({ code }) => code), 'replace-ref', 'sync-tag', 'sync-tag-invalid'])
    assert.equal([...codes].sort(), [...refReasons].sort())
  })

  for (const [index, { code, name, refusedIn = verifying, gitRefuses = false }] of cases.entries())
    test(`${code}: ${name}`, async () => {
      const planned = (mode: RefMode) => plans.get(`${mode}-${index}`) as RefPlan
      const elsewhere = modes.filter(mode => !refusedIn.includes(mode))
      const before = server.refs()
      const refused = await server.push(refusedIn.map(mode => planned(mode).refused))
      const decision = server.decisions().at(-1)
      assert.is(refused.accepted, false, refused.output)
      assert.is(decision.verdict, 'rejected', decision.fault)
      assert.equal(
        decision.refs.map((ref: { ref: string; reason: string }) => `${ref.ref}: ${ref.reason}`).sort(),
        refusedIn.map(mode => `${planned(mode).refused.split(':')[1]}: ${code}`).sort(),
      )
      assert.equal(refused.codes, [code], refused.output)
      assert.equal(server.refs(), before)

      const accepted = await server.push([
        ...refusedIn.map(mode => planned(mode).accepted),
        ...elsewhere.filter(() => !gitRefuses).map(mode => planned(mode).refused),
      ])
      assert.is(accepted.accepted, true, `${accepted.output}${server.decisions().at(-1)?.fault}`)
      assert.not.equal(server.refs(), before)
    })
}
