import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import { matchesPattern, type Policy, protectionFor } from '../../src/core/policy.ts'
import { suite } from '../support/suite.ts'

const test = suite('policy')

function policyOf(...patterns: readonly string[]): Policy {
  return {
    protections: patterns.map(pattern => ({
      pattern,
      mode: 'all',
      keys: ['/k'],
      revokedKeys: [],
      trustRoots: [],
      rewind: false,
      delete: false,
      signerIsCommitter: false,
      signerIsPusher: null,
    })),
    clockSkew: 300,
    strictModes: true,
    log: null,
    logCommand: [],
    syncTag: null,
    signingKey: null,
    signingKeys: [],
    recoveryKeys: [],
    revokedKeys: [],
  }
}

const matches: readonly [pattern: string, ref: string, expected: boolean][] = [
  ['refs/heads/main', 'refs/heads/main', true],
  ['refs/heads/main', 'refs/heads/main2', false],
  ['refs/heads/main', 'refs/heads/Main', false],
  ['refs/heads/main', 'xrefs/heads/main', false],
  ['refs/heads/*', 'refs/heads/a', true],
  ['refs/heads/*', 'refs/heads/a/b/c', true],
  ['refs/heads/*', 'refs/tags/a', false],
  ['refs/heads/release/*', 'refs/heads/release', false],
  ['refs/heads/a*a', 'refs/heads/a', false],
  ['refs/heads/a*a', 'refs/heads/aa', true],
  ['refs/heads/*b*b', 'refs/heads/b', false],
  ['refs/heads/*b*b', 'refs/heads/abcb', true],
  ['refs/heads/*.x', 'refs/heads/1.x.y', false],
  ['refs/heads/a.c', 'refs/heads/abc', false],
  ['refs/heads/**', 'refs/heads/a', true],
]

for (const [pattern, ref, expected] of matches)
  test(`${pattern} ${expected ? 'matches' : 'does not match'} ${ref}`, () => {
    assert.is(matchesPattern(pattern, ref), expected)
  })

test('a pattern matches what the same regular expression matches', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*'), maxLength: 12 })
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 12 })
  fc.assert(
    fc.property(text, name, (pattern, ref) => {
      const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(ref)
      assert.is(matchesPattern(pattern, ref), expected)
    }),
    { numRuns: 2000 },
  )
})

test('an exact name beats a pattern, the longer pattern the shorter one, in any order', () => {
  const patterns = ['refs/heads/*', 'refs/heads/release/*', 'refs/heads/release/1', 'refs/*']
  for (const policy of [policyOf(...patterns), policyOf(...patterns.toReversed())]) {
    assert.is(protectionFor(policy, 'refs/heads/release/1')?.pattern, 'refs/heads/release/1')
    assert.is(protectionFor(policy, 'refs/heads/release/2')?.pattern, 'refs/heads/release/*')
    assert.is(protectionFor(policy, 'refs/heads/main')?.pattern, 'refs/heads/*')
    assert.is(protectionFor(policy, 'refs/tags/v1')?.pattern, 'refs/*')
  }
})

test('an exact name beats a pattern with as many literal characters', () => {
  assert.is(
    protectionFor(policyOf('refs/heads/main*', 'refs/heads/main'), 'refs/heads/main')?.pattern,
    'refs/heads/main',
  )
})

test('no section, no protection', () => {
  assert.is(protectionFor(policyOf(), 'refs/heads/main'), null)
  assert.is(protectionFor(policyOf('refs/heads/main'), 'refs/heads/other'), null)
})

test('two equal patterns are a fault, unless a third one decides', () => {
  assert.throws(
    () => protectionFor(policyOf('refs/heads/a*', 'refs/heads/*a'), 'refs/heads/aa'),
    (error: Error) =>
      error.name === 'Fault' &&
      error.message ===
        'refs/heads/aa: [protect "refs/heads/a*"] and [protect "refs/heads/*a"] match it equally',
  )
  assert.is(
    protectionFor(policyOf('refs/heads/a*', 'refs/heads/*a', 'refs/heads/aa'), 'refs/heads/aa')?.pattern,
    'refs/heads/aa',
  )
})

test.run()
