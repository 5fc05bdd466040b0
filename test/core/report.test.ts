import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import type { SignatureVerdict } from '../../src/core/judge.ts'
import type { Oid } from '../../src/core/oid.ts'
import { columnsOf } from '../../src/core/printable.ts'
import { objectReasons, type RefReason, refReasons } from '../../src/core/rejection.ts'
import { renderFault, renderPush, renderSyncFailure } from '../../src/core/report.ts'
import type { ObjectVerdict, RefVerdict } from '../../src/core/verdict.ts'
import { suite } from '../support/suite.ts'

const test = suite('report')
const [before, after, fit] = ['b', 'a', 'f'].map(digit => digit.repeat(40) as Oid) as [Oid, Oid, Oid]
const key = 'D3FF72813F36A25E39D1630BE54A03B60D8460FA'

function refused(changes: Partial<SignatureVerdict & { ok: false }> = {}): SignatureVerdict {
  return { ok: false, reason: 'unsigned', key: null, signer: null, at: null, detail: null, ...changes }
}

function object(changes: Partial<ObjectVerdict> = {}): ObjectVerdict {
  return {
    oid: 'c'.repeat(40) as Oid,
    parents: [],
    author: 'Ann <ann@example.org>',
    subject: 'fix it',
    signature: refused(),
    ...changes,
  }
}

function verdict(changes: Partial<RefVerdict> = {}): RefVerdict {
  return {
    ref: 'refs/heads/main',
    before,
    after,
    reason: null,
    detail: null,
    judged: 1,
    rejected: 1,
    rejections: [object()],
    lastFit: null,
    onto: before,
    signers: [],
    ...changes,
  }
}

test('an accepted push is not commented', () => {
  assert.equal(renderPush([], 'id'), [])
  assert.equal(renderPush([verdict({ rejected: 0, rejections: [], judged: 9 })], 'id'), [])
})

test('a failing commit with its code, author and subject, what mends it, and the log', () => {
  assert.equal(renderPush([verdict()], '0123456789ab'), [
    'error: main: 1 of 1 commit refused',
    'error:   cccccccccc unsigned: it has no signature',
    'error:     by Ann <ann@example.org>',
    'error:     "fix it"',
    'hint: unsigned: sign the new commits, then push again:',
    "hint:   git rebase --exec 'git commit --amend --no-edit -S' bbbbbbbbbbbb",
    'hint: none of the new commits is fit to push as it is',
    'hint: nothing was changed on the server; push 0123456789ab in its log',
  ])
})

test('the key that made it, or that it names', () => {
  const lines = renderPush(
    [verdict({ rejections: [object({ signature: refused({ reason: 'unknown-key', key }) })] })],
    'i',
  )
  assert.ok(lines.includes(`error:     key ${key}`))
  assert.ok(lines.some(line => line.includes('unknown-key: no trusted key made its signature')))
})

test('the last revision that is fit to push, as the exact command', () => {
  const lines = renderPush([verdict({ lastFit: fit })], 'i')
  assert.ok(lines.includes(`hint:   git push origin ${fit}:main`), lines.join('\n'))
})

test('a longer name shortens the revision, and still names a command that works', () => {
  const ref = `refs/heads/${'x'.repeat(30)}`
  const lines = renderPush([verdict({ ref, lastFit: fit })], 'i')
  assert.ok(lines.includes(`hint:   git push origin ${fit.slice(0, 12)}:${'x'.repeat(30)}`), lines.join('\n'))
})

test('a name with shell syntax in it is quoted, one that cannot be typed is left out', () => {
  const command = (name: string) =>
    renderPush([verdict({ ref: `refs/heads/${name}`, lastFit: fit })], 'i').find(line =>
      line.includes(fit.slice(0, 12)),
    )
  assert.is(command('$(id)'), `hint:   git push origin '${fit}:$(id)'`)
  assert.is(command('a;b'), `hint:   git push origin '${fit}:a;b'`)
  assert.is(command('a\u202eb'), `hint:   ${fit}`)
})

test('each code is worded once, however many commits have it', () => {
  const rejections = Array.from({ length: 10 }, (_, index) => object({ oid: `${index}`.repeat(40) as Oid }))
  const lines = renderPush([verdict({ judged: 25, rejected: 12, rejections })], 'i')
  assert.ok(lines.includes('error: main: 12 of 25 commits refused'))
  assert.ok(lines.includes('error:   and 2 more'))
  assert.is(lines.filter(line => line.startsWith('hint: unsigned: ')).length, 1)
})

test('every refused ref is named, an accepted one is not', () => {
  const lines = renderPush(
    [
      verdict({ ref: 'refs/heads/one', reason: 'deletion', judged: 0, rejected: 0, rejections: [] }),
      verdict({ ref: 'refs/heads/good', rejected: 0, rejections: [] }),
      verdict({ ref: 'refs/tags/v1', reason: 'tag-name', judged: 1, rejected: 0, rejections: [] }),
    ],
    'i',
  )
  assert.ok(lines.some(line => line.startsWith('error: one: deletion: ')))
  assert.ok(lines.some(line => line.startsWith('error: refs/tags/v1: tag-name: ')))
  assert.not.ok(lines.some(line => line.includes('good')))
})

test('of very many refs the first are shown and the rest counted', () => {
  const refs = Array.from({ length: 5000 }, (_, index) => verdict({ ref: `refs/heads/r${index}` }))
  const lines = renderPush(refs, 'i')
  assert.ok(lines.length < 250)
  assert.ok(lines.some(line => /^error: and \d+ more refs are refused$/.test(line)))
})

test('every reason has a line of its own for refs and for commits, none cut off, with a hint', () => {
  for (const reason of refReasons)
    whole(renderPush([verdict({ reason, judged: 0, rejected: 0, rejections: [] })], 'i'), reason)
  for (const reason of objectReasons)
    whole(
      renderPush([verdict({ rejections: [object({ signature: refused({ reason, key }) })] })], 'i'),
      reason,
    )
  whole(renderFault('0123456789ab'))
  for (const line of renderSyncFailure('0123456789ab')) fits(line)
})

test('the same for a new branch', () => {
  for (const reason of objectReasons)
    whole(
      renderPush(
        [verdict({ before: null, onto: null, rejections: [object({ signature: refused({ reason }) })] })],
        'i',
      ),
      reason,
    )
})

function whole(lines: readonly string[], reason?: string): void {
  for (const line of lines) {
    assert.not.match(line, /…|ONTO|REF\b/, line)
    fits(line)
  }
  if (reason === undefined) return
  assert.ok(
    lines.some(line => line.startsWith('error:') && line.includes(` ${reason}`)),
    reason,
  )
  assert.ok(
    lines.some(line => line.startsWith(`hint: ${reason}: `)),
    reason,
  )
}

function fits(line: string): void {
  assert.match(line, /^(error|hint): /)
  assert.ok(columnsOf(line) <= 72, `${columnsOf(line)} columns: ${line}`)
  assert.not.match(line, /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u)
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.constantFrom(
    '\u001b[2J\u001b]0;x\u0007',
    'x\nremote: error: nothing is wrong\nhint: push again',
    '\rerror: accepted',
    "$& $1 $` $' $$",
    'ONTO REF ONTO',
    '日'.repeat(100),
    '🙂'.repeat(60),
    '\u202egnp.exe',
    '\\'.repeat(90),
    '',
  ),
)
const anyOid = fc
  .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 40, maxLength: 40 })
  .map(text => text as Oid)
const anyObject: fc.Arbitrary<ObjectVerdict> = fc.record({
  oid: anyOid,
  parents: fc.constant([]),
  author: hostile,
  subject: hostile,
  signature: fc.oneof(
    fc.record({
      ok: fc.constant(false as const),
      reason: fc.constantFrom(...objectReasons),
      key: fc.option(fc.constant(key), { nil: null }),
      signer: fc.constant(null),
      at: fc.constant(null),
      detail: fc.option(hostile, { nil: null }),
    }),
  ),
})
const anyVerdict: fc.Arbitrary<RefVerdict> = fc.record({
  ref: hostile.map(name => `refs/heads/${name}`),
  before: fc.option(anyOid, { nil: null }),
  after: fc.option(anyOid, { nil: null }),
  reason: fc.option(fc.constantFrom<RefReason>(...refReasons), { nil: null }),
  detail: fc.option(hostile, { nil: null }),
  judged: fc.nat(1e9),
  rejected: fc.nat(1e9),
  rejections: fc.array(anyObject, { maxLength: 3 }),
  lastFit: fc.option(anyOid, { nil: null }),
  onto: fc.option(anyOid, { nil: null }),
  signers: fc.constant([]),
})

test('whatever a pusher put into names, authors and subjects: short, printable lines that begin as ours do', () => {
  fc.assert(
    fc.property(fc.array(anyVerdict, { maxLength: 3 }), refs => {
      const lines = renderPush(refs, '0123456789ab')
      for (const line of lines) fits(line)
      const bad = refs.some(({ reason, rejected }) => reason !== null || rejected > 0)
      assert.is(lines.length > 0, bad)
    }),
    { numRuns: 1500 },
  )
})

test.run()
