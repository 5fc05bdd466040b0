/**
 * uvu's assertions, counted for the test that makes them. The runner puts this module in the place of `uvu/assert`
 * in every test file, so both names work.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import * as uvu from 'uvu/assert'

/** What one running test has asserted so far. */
export type Tally = { made: number; pending: number; ended: boolean }

export const running = new AsyncLocalStorage<Tally>()

/** Called when an assertion comes after its test has ended: somebody forgot an `await`. */
export const late: { report: () => void } = { report: () => {} }

export const Assertion = uvu.Assertion
export const ok: typeof uvu.ok = counted(uvu.ok)
export const equal: typeof uvu.equal = counted(uvu.equal)
export const unreachable: typeof uvu.unreachable = counted(uvu.unreachable)
export const type: typeof uvu.type = counted(uvu.type)
export const instance: typeof uvu.instance = counted(uvu.instance)
export const match: typeof uvu.match = counted(uvu.match)
export const snapshot: typeof uvu.snapshot = counted(uvu.snapshot)
export const fixture: typeof uvu.fixture = counted(uvu.fixture)
export const throws: typeof uvu.throws = counted(uvu.throws)
export const is: typeof uvu.is = Object.assign(counted(uvu.is), { not: counted(uvu.is.not) })
export const not: typeof uvu.not = Object.assign(counted(uvu.not), {
  ok: counted(uvu.not.ok),
  equal: counted(uvu.not.equal),
  type: counted(uvu.not.type),
  instance: counted(uvu.not.instance),
  snapshot: counted(uvu.not.snapshot),
  fixture: counted(uvu.not.fixture),
  match: counted(uvu.not.match),
  throws: counted(notThrows),
})

/** Resolves with the error that `promise` was rejected with; fails where it is not, or where the error does not fit. */
export async function rejects(
  promise: Promise<unknown>,
  expected?: RegExp | ((error: Error) => boolean),
): Promise<Error> {
  const tally = count()
  if (tally !== undefined) tally.pending += 1
  try {
    const error = await promise.then(
      () => null,
      (reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason))),
    )
    if (error === null) throw new Error('expected the promise to be rejected')
    if (expected instanceof RegExp) uvu.match(error.message, expected)
    else if (expected !== undefined) uvu.ok(expected(error), `the error does not fit: ${error.message}`)
    return error
  } finally {
    if (tally !== undefined) tally.pending -= 1
  }
}

/** uvu's passes for any function that returns a promise. */
function notThrows(
  block: () => unknown,
  expected?: uvu.Message | RegExp | ((error: Error) => boolean),
): void {
  let result: unknown
  uvu.not.throws(() => {
    result = block()
  }, expected)
  if (result instanceof Promise) throw new Error('a promise does not throw: await it instead')
}

function counted<F extends (...given: never[]) => unknown>(assertion: F): F {
  return ((...given: never[]) => {
    count()
    return assertion(...given)
  }) as F
}

function count(): Tally | undefined {
  const tally = running.getStore()
  if (tally === undefined) return undefined
  if (tally.ended) late.report()
  tally.made += 1
  return tally
}
