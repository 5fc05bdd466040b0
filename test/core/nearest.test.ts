import * as assert from 'uvu/assert'
import { nearest } from '../../src/core/nearest.ts'
import { suite } from '../support/suite.ts'

const test = suite('nearest')

const words = ['keys', 'log', 'clock-skew', 'strict-modes', 'signing-key', 'signing-keys']

const cases: readonly [typed: string, meant: string | null][] = [
  ['key', 'keys'],
  ['kyes', 'keys'],
  ['KEYS', 'keys'],
  ['Log', 'log'],
  ['clockskew', 'clock-skew'],
  ['clock_skew', 'clock-skew'],
  ['strict-mode', 'strict-modes'],
  ['StrictModes', 'strict-modes'],
  ['signing-keyz', 'signing-key'],
  ['signingkeys', 'signing-keys'],
  ['colour', null],
  ['', null],
  ['x', null],
  ['__proto__', null],
  ['k'.repeat(100_000), null],
]

for (const [typed, meant] of cases)
  test(`'${typed.slice(0, 20)}' is ${meant}`, () => {
    assert.is(nearest(typed, words), meant)
  })

test('the nearer of two is taken', () => {
  assert.is(nearest('signing-keys', ['signing-key', 'signing-keys']), 'signing-keys')
})

test.run()
