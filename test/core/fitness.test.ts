// How far up a chain everything is as it should be, against what the same says who looks at the whole history at once.
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import type { Fitness } from '../../src/core/fitness.ts'
import { fitnessAccount } from '../../src/core/fitness.ts'
import type { Oid } from '../../src/core/oid.ts'
import type { ObjectVerdict } from '../../src/core/verdict.ts'
import { followed, type Walk } from '../../src/core/walk.ts'
import { suite } from '../support/suite.ts'

const test = suite('core/fitness')

/** Commits by number, the tip first; each has parents of higher numbers, and one that nobody names is not listed. */
type Commit = { readonly parents: readonly number[]; readonly isRejected: boolean }
type History = readonly Commit[]

const histories: fc.Arbitrary<History> = fc
  .array(
    fc.record({
      steps: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 3 }),
      isRejected: fc.boolean(),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map(list =>
    list.map(({ steps, isRejected }, number) => ({
      parents: [...new Set(steps.map(step => number + step).filter(parent => parent < list.length))],
      isRejected,
    })),
  )

test('as one who looks at the whole history says', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(histories, fc.constantFrom('all', 'first-parent'), (history, mode) => {
      const account = fitnessAccount({ tip: name(0), mode })
      for (const number of reached(history, 0, mode)) account.pass(verdict(history, number))
      const expected = fitnessOf(history, mode)
      seen.add(`${expected.fit === null} ${expected.fit === name(0)}`)
      assert.equal(account.fitness(), expected)
      assert.equal(account.open(), [])
    }),
    { numRuns: 3000 },
  )
  assert.is(seen.size, 3)
})

test('where the walk ends at verified commits', () => {
  const account = fitnessAccount({ tip: name(0), mode: 'all' })
  const history = [
    { parents: [1], isRejected: false },
    { parents: [2], isRejected: true },
  ]
  for (const number of [0, 1]) account.pass(verdict(history, number))
  assert.equal(account.fitness(), { fit: null, below: name(2) })
  assert.equal(account.open(), [name(2)])
  const empty = fitnessAccount({ tip: name(0), mode: 'all' })
  assert.equal(empty.fitness(), { fit: null, below: null })
})

test('a parent that passed before a child is open again; below one that could not be read nothing is known', () => {
  const history = [1, 2, 2].map((_, number) => ({
    parents: number === 0 ? [1, 2] : number === 1 ? [2] : [],
    isRejected: number === 2,
  }))
  const late = fitnessAccount({ tip: name(0), mode: 'all' })
  for (const number of [0, 2, 1]) late.pass(verdict(history, number))
  assert.equal(late.open(), [name(2)])
  const unread = fitnessAccount({ tip: name(0), mode: 'all' })
  unread.pass({ ...verdict(history, 0), parents: null })
  assert.is(unread.fitness(), null)
})

function fitnessOf(history: History, mode: Walk['mode']): Fitness {
  const chain = reached(history, 0, 'first-parent')
  const fit = chain.find(number => reached(history, number, mode).every(found => !history[found]?.isRejected))
  return { fit: fit === undefined ? null : name(fit), below: null }
}

/** In order of their numbers, which is one of children before parents. */
function reached(history: History, from: number, mode: Walk['mode']): readonly number[] {
  const found = new Set([from])
  for (const [number, { parents }] of history.entries())
    if (found.has(number)) for (const parent of followed(mode, parents as never)) found.add(parent as never)
  return [...found].sort((a, b) => a - b)
}

function verdict(history: History, number: number): ObjectVerdict {
  const { parents, isRejected } = history[number] ?? { parents: [], isRejected: false }
  const signature = isRejected
    ? ({ ok: false, reason: 'unsigned', key: null, signer: null, at: null, detail: null } as const)
    : ({ ok: true } as never)
  return { oid: name(number), parents: parents.map(name), author: '', subject: '', signature }
}

function name(number: number): Oid {
  return String(number) as Oid
}

test.run()
