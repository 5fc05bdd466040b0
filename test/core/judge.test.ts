import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import type { HashAlgorithm } from '../../src/core/hash-algorithm.ts'
import { type Clock, judge, type SignatureFacts } from '../../src/core/judge.ts'
import type { SigningPart } from '../../src/core/keyring.ts'
import { objectReasons } from '../../src/core/rejection.ts'
import { suite } from '../support/suite.ts'

const test = suite('judge')
const day = 86_400
const now = 1_700_000_000
const push: Clock = { rule: 'now', now, skew: 300 }
const audit: Clock = { rule: 'signature', now, skew: 300 }

const part: SigningPart = {
  fingerprint: 'B'.repeat(40),
  keyId: 'B'.repeat(16),
  primary: 'A'.repeat(40),
  version: 4,
  algorithm: 'ed25519',
  spki: new Uint8Array(),
  bits: 256,
  validFrom: now - 1000 * day,
  validUntil: null,
  revoked: null,
  forSigning: true,
  mailboxes: [],
  ssh: null,
}

function match(
  by: Partial<SigningPart> = {},
  signature: { readonly hash?: HashAlgorithm; readonly at?: number; readonly expires?: number | null } = {},
): SignatureFacts {
  return {
    kind: 'match',
    by: [{ ...part, ...by }],
    hash: 'sha256',
    at: now - day,
    expires: null,
    dated: null,
    token: null,
    ...signature,
  }
}

function code(facts: SignatureFacts, clock: Clock = push): string {
  const verdict = judge(facts, clock)
  return verdict.ok ? 'ok' : verdict.reason
}

test('a signature by a good key passes and says whose it is', () => {
  assert.equal(judge(match(), push), { ok: true, signer: part, at: now - day })
  assert.equal(judge(match(), audit), { ok: true, signer: part, at: now - day })
})

const others: readonly [facts: SignatureFacts, reason: string, key: string | null, detail: string | null][] =
  [
    [{ kind: 'unsigned' }, 'unsigned', null, null],
    [{ kind: 'several' }, 'several-signatures', null, null],
    [{ kind: 'unreadable', detail: 'cut off' }, 'unreadable-signature', null, 'cut off'],
    [{ kind: 'unsupported', detail: 'an SSH signature' }, 'unsupported-signature', null, 'an SSH signature'],
    [{ kind: 'unknown-key', issuer: 'C'.repeat(40) }, 'unknown-key', 'C'.repeat(40), null],
    [{ kind: 'mismatch', by: part }, 'bad-signature', part.fingerprint, null],
  ]

for (const [facts, reason, key, detail] of others)
  test(`${facts.kind}: ${reason}, by either clock`, () => {
    for (const clock of [push, audit]) {
      const verdict = judge(facts, clock)
      assert.is(verdict.ok, false)
      if (!verdict.ok) assert.equal([verdict.reason, verdict.key, verdict.detail], [reason, key, detail])
    }
  })

for (const hash of ['md5', 'sha1', 'ripemd160'] as const)
  test(`${hash} is weak`, () => assert.is(code(match({}, { hash })), 'weak-hash'))

for (const hash of ['sha256', 'sha384', 'sha512', 'sha3-256', 'sha3-512'] as const)
  test(`${hash} is strong`, () => assert.is(code(match({}, { hash })), 'ok'))

const shortest = [
  ['ecdsa', 256, 'sha256', 'sha224'],
  ['ecdsa', 384, 'sha384', 'sha3-256'],
  ['ecdsa', 512, 'sha512', 'sha384'],
  ['ecdsa', 521, 'sha3-512', 'sha384'],
  ['ed25519', 256, 'sha256', 'sha224'],
  ['ed448', 448, 'sha512', 'sha384'],
  ['eddsa', 256, 'sha224', 'sha1'],
  ['rsa', 4096, 'sha224', 'sha1'],
] as const
for (const [algorithm, bits, enough, less] of shortest)
  test(`${algorithm} of ${bits} bits takes ${enough}, but not ${less}`, () => {
    assert.is(code(match({ algorithm, bits }, { hash: enough })), 'ok')
    assert.is(code(match({ algorithm, bits }, { hash: less })), 'weak-hash')
  })

test('RSA has 2048 bits at the least; curves are not measured by that', () => {
  assert.is(code(match({ algorithm: 'rsa', bits: 2047 })), 'weak-key')
  assert.is(code(match({ algorithm: 'rsa', bits: 1024 })), 'weak-key')
  assert.is(code(match({ algorithm: 'rsa', bits: 2048 })), 'ok')
  assert.is(code(match({ algorithm: 'ecdsa', bits: 256 })), 'ok')
})

test('a key that is not for signing signs nothing', () => {
  assert.is(code(match({ forSigning: false })), 'key-not-for-signing')
  assert.is(code(match({ forSigning: false }), audit), 'key-not-for-signing')
})

const revocations: readonly [
  what: string,
  revoked: SigningPart['revoked'],
  atPush: string,
  atAudit: string,
][] = [
  ['compromised, long before', { at: now - 10 * day, forAllTime: true }, 'key-revoked', 'key-revoked'],
  ['compromised, after the signature', { at: now - 3600, forAllTime: true }, 'key-revoked', 'key-revoked'],
  ['retired before the signature', { at: now - 10 * day, forAllTime: false }, 'key-revoked', 'key-revoked'],
  [
    'retired in the second of the signature',
    { at: now - day, forAllTime: false },
    'key-revoked',
    'key-revoked',
  ],
  ['retired one second after the signature', { at: now - day + 1, forAllTime: false }, 'key-revoked', 'ok'],
  ['retired after the signature', { at: now - 3600, forAllTime: false }, 'key-revoked', 'ok'],
]

for (const [what, revoked, atPush, atAudit] of revocations)
  test(`a key that was ${what}: ${atPush} at a push, ${atAudit} in an audit`, () => {
    assert.is(code(match({ revoked }), push), atPush)
    assert.is(code(match({ revoked }), audit), atAudit)
  })

const times: readonly [
  what: string,
  by: Partial<SigningPart>,
  signature: { readonly at?: number; readonly expires?: number | null },
  atPush: string,
  atAudit: string,
][] = [
  ['made as late as the skew allows', {}, { at: now + 300 }, 'ok', 'ok'],
  ['made a second later', {}, { at: now + 301 }, 'signed-in-future', 'signed-in-future'],
  ['made in the key’s first second', { validFrom: now - day }, {}, 'ok', 'ok'],
  [
    'made a second before the key',
    { validFrom: now - day + 1 },
    {},
    'signed-before-key',
    'signed-before-key',
  ],
  ['by a key in its last second', { validUntil: now + 1 }, {}, 'ok', 'ok'],
  ['by a key that ends now', { validUntil: now }, {}, 'key-expired', 'ok'],
  ['backdated into the life of an expired key', { validUntil: now - 3600 }, {}, 'key-expired', 'ok'],
  ['made in the last second of its key', { validUntil: now - day + 1 }, {}, 'key-expired', 'ok'],
  ['made when its key had expired', { validUntil: now - day }, {}, 'key-expired', 'key-expired'],
  [
    'dated behind the end of a key that lives now',
    { validUntil: now + 100 },
    { at: now + 200 },
    'key-expired',
    'key-expired',
  ],
  ['expired itself now', {}, { expires: now }, 'key-expired', 'ok'],
  ['expiring itself in a second', {}, { expires: now + 1 }, 'ok', 'ok'],
]

for (const [what, by, signature, atPush, atAudit] of times)
  test(`a signature ${what}: ${atPush} at a push, ${atAudit} in an audit`, () => {
    assert.is(code(match(by, signature), push), atPush)
    assert.is(code(match(by, signature), audit), atAudit)
  })

test('a rejection names the key, the signer and the time that the signature claims', () => {
  const verdict = judge(match({ forSigning: false }), push)
  if (verdict.ok) throw new Error('it passed')
  assert.is(verdict.key, part.fingerprint)
  assert.is(verdict.signer?.primary, part.primary)
  assert.is(verdict.at, now - day)
})

test('nothing passes but a match by a sound key, whatever the times', () => {
  const time = fc.integer({ min: now - 3 * day, max: now + 3 * day })
  const maybe = fc.option(time, { nil: null, freq: 1 })
  const revoked = fc.option(fc.record({ at: time, forAllTime: fc.boolean() }), { nil: null, freq: 1 })
  const facts = fc.record({
    kind: fc.constant('match' as const),
    by: fc
      .record({
        validFrom: time,
        validUntil: maybe,
        revoked,
        forSigning: fc.boolean(),
        bits: fc.constantFrom(1024, 2048),
      })
      .map(by => [{ ...part, algorithm: 'rsa' as const, ...by }] as const),
    hash: fc.constantFrom<HashAlgorithm>('sha1', 'sha256', 'sha512'),
    at: time,
    expires: maybe,
    dated: maybe,
    token: fc.constant(null),
  })
  let passed = 0
  fc.assert(
    fc.property(facts, given => {
      const { at, hash, expires } = given
      const [by] = given.by
      const verdict = judge(given, push)
      if (!verdict.ok) return assert.ok(objectReasons.some(reason => reason === verdict.reason))
      passed += 1
      assert.is(by.revoked, null)
      assert.ok(by.forSigning && by.bits >= 2048 && hash !== 'sha1')
      assert.ok(at >= by.validFrom && at <= now + 300)
      assert.ok(by.validUntil === null || (now < by.validUntil && at < by.validUntil))
      assert.ok(expires === null || now < expires)
      assert.is(judge(given, audit).ok, true, 'an audit is never stricter than a push')
    }),
    { numRuns: 10_000 },
  )
  assert.ok(passed > 20, `${passed} passed`)
})

test.run()
