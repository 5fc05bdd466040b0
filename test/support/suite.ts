/**
 * uvu without its silent passes. `const test = suite('name')`, `test('…', () => {…})`, hooks as in uvu, and
 * `test.run()` at the end. A file fails when it declares no test, forgets `run()`, leaves `.only` in, skips without
 * a reason, has a hook that throws, a test that asserts nothing, an assertion after its test's end or a rejection
 * that nobody handles. Each file ends with one line for test/run.ts, which fails a file that has none. With
 * REFWARDEN_FIRST_FAILURE set, nothing more is run behind the first test that fails; with REFWARDEN_TESTS, only tests
 * that have it in the names of suite and test.
 */
import type { Callback } from 'uvu'
import { suite as uvuSuite } from 'uvu'
import { late, running } from './assert.ts'
import type { Report } from './report.ts'
import { reportMark } from './report.ts'

type Hook<T> = { (hook: Callback<T>): void; each(hook: Callback<T>): void }

export type Suite<T> = {
  (name: string, test: Callback<T>): void
  /** Runs this test alone; the file fails all the same, so that none is left in. */
  only(name: string, test: Callback<T>): void
  /** `reason` is printed in the runner's summary. */
  skipBecause(name: string, reason: string): void
  /** Skips where `missing` says what the machine lacks; runs where it is null. */
  unless(missing: string | null, name: string, test: Callback<T>): void
  readonly before: Hook<T>
  readonly after: Hook<T>
  run(): void
}

const tests = { declared: 0, passed: 0, failed: 0 }
const failures: string[] = []
const skipped: { name: string; reason: string }[] = []
const problems: string[] = []
const unrun = new Set<string>()
let started = false

// biome-ignore lint/suspicious/noExplicitAny: uvu's own default for its context
export function suite<T = any>(title: string, context?: T): Suite<T> {
  const uvu = uvuSuite<T>(title, context)
  const id = `suite '${title}'`
  unrun.add(id)
  const declare = (name: string, handler: Callback<T>) => {
    tests.declared += 1
    return asserted(title, name, handler)
  }
  const test = (name: string, handler: Callback<T>) => {
    if (`${title}: ${name}`.includes(process.env['REFWARDEN_TESTS'] ?? '')) uvu(name, declare(name, handler))
  }
  const skipBecause = (name: string, reason: string) => {
    if (reason.trim() === '') problems.push(`${id}: '${name}' is skipped without a reason`)
    skipped.push({ name: `${title}: ${name}`, reason })
  }
  return Object.assign(test, {
    only(name: string, handler: Callback<T>) {
      problems.push(`${id}: .only is left in at '${name}'`)
      uvu.only(name, declare(name, handler))
    },
    skipBecause,
    unless: (missing: string | null, name: string, handler: Callback<T>) =>
      missing === null ? test(name, handler) : skipBecause(name, missing),
    before: hooks(`${id}: before`, uvu.before),
    after: hooks(`${id}: after`, uvu.after),
    run() {
      if (started) problems.push(`${id}: run() came after tests had begun: no await between two run()`)
      if (!unrun.delete(id)) problems.push(`${id}: run() twice`)
      setTimeout(() => {
        started = true
      })
      uvu.run()
    },
  })
}

/** `handler`, counted, in a tally of its own. */
function asserted<T>(title: string, name: string, handler: Callback<T>): Callback<T> {
  return async state => {
    const tally = { made: 0, pending: 0, ended: false }
    if (isOver()) return
    try {
      await running.run(tally, async () => handler(state))
      if (tally.pending > 0) throw new Error(`'${name}' ended before its assertion: await it`)
      if (tally.made === 0) throw new Error(`'${name}' asserts nothing`)
      tests.passed += 1
    } catch (error) {
      tests.failed += 1
      failures.push(`${title}: ${name}`)
      throw error instanceof Error ? error : new Error(`'${name}' threw ${String(error)}`)
    } finally {
      tally.ended = true
    }
  }
}

/** uvu swallows what `before` and `after.each` throw, together with the tests not run. */
function hooks<T>(where: string, hook: Hook<T> | ((hook: Callback<T>) => void)): Hook<T> {
  const noted = (place: string, handler: Callback<T>): Callback<T> => {
    return async state => {
      if (isOver()) return
      try {
        await handler(state)
      } catch (error) {
        problems.push(
          `${place} threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        )
        throw error
      }
    }
  }
  const each = 'each' in hook ? hook.each : hook
  return Object.assign((handler: Callback<T>) => hook(noted(where, handler)), {
    each: (handler: Callback<T>) => each(noted(`${where}.each`, handler)),
  })
}

/** Whether a test has failed and one is all that is asked for. */
function isOver(): boolean {
  return failures.length > 0 && process.env['REFWARDEN_FIRST_FAILURE'] !== undefined
}

late.report = () => problems.push('an assertion was made after its test had ended: an await is missing')

process.on('unhandledRejection', reason => {
  problems.push(
    `unhandled rejection: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`,
  )
})

process.on('exit', code => {
  for (const id of unrun) problems.push(`${id}: run() is missing`)
  if (tests.declared + skipped.length === 0) problems.push('no test is declared')
  const done = tests.passed + tests.failed
  if (done !== tests.declared) problems.push(`${tests.declared} tests are declared, ${done} were run`)
  const report: Report = { passed: tests.passed, failed: tests.failed, failures, skipped, problems }
  process.stdout.write(`\n${reportMark}${JSON.stringify(report)}\n`)
  if (code === 0 && tests.failed + problems.length > 0) process.exitCode = 1
})
