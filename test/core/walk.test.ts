import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import type { Oid } from '../../src/core/oid.ts'
import { followed, frontier } from '../../src/core/walk.ts'
import { suite } from '../support/suite.ts'

const test = suite('walk')
const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(digit => digit.repeat(40) as Oid) as [Oid, Oid, Oid, Oid]

test('all parents are followed, or the first alone', () => {
  assert.equal(followed('all', [a, b, c]), [a, b, c])
  assert.equal(followed('first-parent', [a, b, c]), [a])
  assert.equal(followed('all', []), [])
  assert.equal(followed('first-parent', []), [])
})

test('before anything is judged the tip is open: an empty walk is no success', () => {
  assert.equal(frontier(a, 'all').open(), [a])
  assert.equal(frontier(a, 'first-parent').open(), [a])
})

test('what a judged commit names is open until it is judged', () => {
  const account = frontier(a, 'all')
  account.pass(a, [b, c])
  assert.equal(account.open(), [b, c])
  account.pass(b, [d])
  assert.equal(account.open(), [c, d])
  account.pass(c, [d])
  account.pass(d, [])
  assert.equal(account.open(), [])
})

test('on the first-parent chain the other parents stay out', () => {
  const account = frontier(a, 'first-parent')
  account.pass(a, [b, c])
  assert.equal(account.open(), [b])
  account.pass(b, [])
  assert.equal(account.open(), [])
})

test('an object that could not be read names nothing', () => {
  const account = frontier(a, 'all')
  account.pass(a, null)
  assert.equal(account.open(), [])
})

test('a commit that nobody asked for does not stand for one that somebody did', () => {
  const account = frontier(a, 'all')
  account.pass(b, [])
  assert.equal(account.open(), [a])
})

test('children first, nothing is open in the end but what was left out and is still named', () => {
  const graph = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 2, maxLength: 12 })
  fc.assert(
    fc.property(graph, fc.nat(), (links, pick) => {
      // commit n has parents among the commits behind it
      const name = (index: number) => index.toString(16).padStart(40, '0') as Oid
      const parentsOf = (index: number) =>
        (links[index] ?? [])
          .map(link => index + 1 + (link % links.length))
          .filter(parent => parent < links.length)
          .map(name)
      const reached = new Set<Oid>([name(0)])
      for (let index = 0; index < links.length; index++)
        if (reached.has(name(index))) for (const parent of parentsOf(index)) reached.add(parent)
      const left = name(pick % links.length)
      const whole = frontier(name(0), 'all')
      const account = frontier(name(0), 'all')
      for (let index = 0; index < links.length; index++) {
        if (!reached.has(name(index))) continue
        whole.pass(name(index), parentsOf(index))
        if (name(index) !== left) account.pass(name(index), parentsOf(index))
      }
      assert.equal(whole.open(), [])
      assert.equal(account.open(), reached.has(left) ? [left] : [])
    }),
  )
})

test.run()
