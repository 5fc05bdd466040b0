import * as assert from 'uvu/assert'
import { longestDecision, renderDecision, renderPushDecision } from '../../src/core/decision.ts'
import type { Oid } from '../../src/core/oid.ts'
import type { RefVerdict } from '../../src/core/verdict.ts'
import { suite } from '../support/suite.ts'

const test = suite('decision')
const oid = 'a'.repeat(64) as Oid
const about = { id: '0123456789ab', verdict: 'rejected' }

function verdict(ref: string, changes: Partial<RefVerdict> = {}): RefVerdict {
  return {
    ...{ ref, before: null, after: oid, reason: null, detail: null, judged: 1, rejected: 0 },
    ...{ rejections: [], lastFit: null, onto: null, signers: [] },
    ...changes,
  }
}

const rejection = {
  ...{ oid, parents: [], author: 'A', subject: 's' },
  signature: { ok: false, reason: 'unsigned', key: 'K', signer: null, at: null, detail: null },
} as const

test('a push: one line, every ref in its order with its codes', () => {
  const line = renderPushDecision(about, [
    verdict('refs/heads/a', { signers: ['S'] }),
    verdict('refs/heads/b', { rejected: 1, rejections: [rejection] }),
  ])
  assert.is(line.indexOf('\n'), line.length - 1)
  const { refs, ...rest } = JSON.parse(line)
  assert.equal(rest, { ...about, refsOmitted: 0, refusedOmitted: 0 })
  assert.equal(
    refs.map((ref: RefVerdict) => ref.ref),
    ['refs/heads/a', 'refs/heads/b'],
  )
  assert.equal(refs[0].signers, ['S'])
  assert.equal(refs[1].commits, [{ oid, code: 'unsigned', key: 'K' }])
})

test('of too many refs the refused ones stay, and the line says how many are left out', () => {
  const accepted = Array.from({ length: 3000 }, (_, index) => verdict(`refs/heads/${index}`))
  const line = renderPushDecision(about, [...accepted, verdict('refs/heads/bad', { reason: 'rewind' })])
  assert.ok(Buffer.byteLength(line) <= longestDecision)
  assert.ok(Buffer.byteLength(line) > longestDecision - 1000)
  const { refs, refsOmitted, refusedOmitted } = JSON.parse(line)
  assert.is(refs.length + refsOmitted, 3001)
  assert.is(refusedOmitted, 0)
  assert.is(refs.at(-1).ref, 'refs/heads/bad')
})

test('of too many refused refs the number is there', () => {
  const refused = Array.from({ length: 1000 }, (_, index) =>
    verdict(`refs/heads/${index}`, { rejected: 10, rejections: Array.from({ length: 10 }, () => rejection) }),
  )
  const line = renderPushDecision(about, refused)
  assert.ok(Buffer.byteLength(line) <= longestDecision)
  const { refs, refsOmitted, refusedOmitted } = JSON.parse(line)
  assert.ok(refs.length > 10)
  assert.is(refs.length + refusedOmitted, 1000)
  assert.is(refsOmitted, refusedOmitted)
})

test('the largest of refs and texts fit', () => {
  const large = verdict(`refs/heads/${'\u20ac'.repeat(70_000)}`, {
    detail: 'd'.repeat(70_000),
    signers: Array.from({ length: 5000 }, () => 'F'.repeat(64)),
    rejected: 10,
    rejections: Array.from({ length: 10 }, () => rejection),
  })
  const line = renderPushDecision(about, [large])
  assert.ok(Buffer.byteLength(line) <= longestDecision)
  const [ref] = JSON.parse(line).refs
  assert.is(ref.ref.length, 2000)
  assert.ok(ref.ref.endsWith('\u20ac\u2026'))
  assert.is(ref.signers.length + ref.signersOmitted, 5000)
  assert.ok(Buffer.byteLength(renderDecision({ fault: '\u20ac'.repeat(70_000) })) < longestDecision)
})

test('what is cut in the middle of a character is JSON all the same', () => {
  const { fault } = JSON.parse(renderDecision({ fault: `${'x'.repeat(1998)}\u{1f511}${'x'.repeat(9)}` }))
  assert.is(fault.length, 2000)
})

test.run()
