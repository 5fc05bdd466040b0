import * as assert from 'uvu/assert'
import { refReasons } from '../../src/core/rejection.ts'
import { isAccepted, type RefVerdict } from '../../src/core/verdict.ts'
import { suite } from '../support/suite.ts'

const test = suite('verdict')
const verdict: RefVerdict = {
  ref: 'refs/heads/main',
  before: null,
  after: null,
  reason: null,
  detail: null,
  judged: 0,
  rejected: 0,
  rejections: [],
  lastFit: null,
  onto: null,
  signers: [],
}

test('a ref is accepted where nothing speaks against it', () => {
  assert.is(isAccepted(verdict), true)
  assert.is(isAccepted({ ...verdict, judged: 7 }), true)
})

test('one rejected commit refuses it, reported in full or only counted', () => {
  assert.is(isAccepted({ ...verdict, judged: 7, rejected: 1 }), false)
})

test('any reason refuses it, however good its commits are', () => {
  for (const reason of refReasons) assert.is(isAccepted({ ...verdict, judged: 7, reason }), false)
})

test.run()
