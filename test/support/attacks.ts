import * as assert from 'uvu/assert'
import type { Reason } from '../../src/core/rejection.ts'
import type { History, Step } from './history.ts'
import { branch, commit } from './history.ts'
import type { Key } from './keys.ts'
import type { PushResult } from './push.ts'
import type { Server } from './repository.ts'
import { makeServer } from './repository.ts'
import type { Suite } from './suite.ts'

/** One commit that must not get in, and one that differs in just that and must. */
export type Attack = {
  readonly name: string
  readonly code: Reason
  readonly refused: Step
  readonly accepted: Step
}

/** As `refwarden.ini` of a server whose branches `kept/…` are protected. */
const configuration = 'keys = @KEYS@\n[protect "refs/heads/kept/*"]\n'

/**
 * Declares a test for each attack. All are pushed at once, each to a protected branch of its own: refused, each by
 * its own code. Then all neighbours to the same branches: accepted.
 */
export function declareAttacks(
  test: Suite<unknown>,
  trusted: readonly [Key, ...Key[]],
  attacks: readonly Attack[],
): void {
  let server: Server
  let history: History
  let refusal: PushResult
  const ref = (index: number) => `refs/heads/kept/${index}`

  test.before(async () => {
    server = makeServer({ trusted, configuration })
    const base = server.seed([commit('base', trusted[0])])
    for (const index of attacks.keys()) server.setRef(ref(index), base.oid('base'))
    const steps = attacks.flatMap(({ refused, accepted }, index) => [
      branch(`bad-${index}`, [refused]),
      branch(`good-${index}`, [accepted]),
    ])
    history = server.write(steps, base)
    const push = (kind: string) =>
      server.push([...attacks.keys()].map(index => `+${kind}-${index}:${ref(index)}`))
    refusal = await push('bad')
    await push('good')
  })
  test.after(() => server.close())

  for (const [index, { name, code }] of attacks.entries())
    test(`${name}: ${code}`, () => {
      const [refused, accepted] = server.decisions()
      assert.is(refusal.accepted, false)
      assert.equal(codesOf(refused, ref(index)), [code], refused?.fault)
      assert.equal(codesOf(accepted, ref(index)), [], accepted?.fault)
      assert.is(accepted?.verdict, 'accepted', 'a neighbour is refused')
      assert.is(server.refs().get(ref(index)), history.tips.get(`good-${index}`))
    })
}

type Decision = {
  readonly fault?: string
  readonly refs?: readonly { readonly ref: string; readonly commits: readonly { readonly code: string }[] }[]
}

function codesOf(decision: Decision | undefined, ref: string): readonly string[] {
  const found = decision?.refs?.find(each => each.ref === ref)
  return (found?.commits ?? []).map(({ code }) => code)
}
