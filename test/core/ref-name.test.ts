import { spawnSync } from 'node:child_process'
import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import { isRefName, shortRefName } from '../../src/core/ref-name.ts'
import { suite } from '../support/suite.ts'

const test = suite('ref-name')

const good = [
  'refs/heads/main',
  'refs/heads/a/b/c',
  'refs/heads/@',
  'refs/heads/-x',
  'refs/heads/ümläut',
  'refs/heads/日本語',
  'refs/heads/a.b',
  'refs/heads/a.lockx',
  'refs/heads/$(id)',
  'refs/heads/a;b',
  "refs/heads/a'b",
  'refs/heads/a|b`c"d',
  'refs/tags/v1.0',
  'refs/replace/0123',
  `refs/heads/${'x'.repeat(200)}`,
]

const bad = [
  '',
  'refs',
  'refs/',
  'main',
  'HEAD',
  'heads/main',
  'Refs/heads/main',
  'xrefs/heads/main',
  '-refs/heads/main',
  'refs//main',
  'refs/heads/',
  'refs/heads//main',
  '/refs/heads/main',
  'refs/heads/main/',
  'refs/heads/..',
  'refs/heads/a..b',
  'refs/heads/../../x',
  'refs/heads/.hidden',
  'refs/.heads/main',
  'refs/heads/a.lock',
  'refs/heads/a.lock/b',
  'refs/heads/a.',
  'refs/heads/a@{1}',
  'refs/heads/a b',
  'refs/heads/a\tb',
  'refs/heads/a\nb',
  'refs/heads/a\n',
  'refs/heads/a\rb',
  'refs/heads/a\0b',
  'refs/heads/\u001b[31m',
  'refs/heads/a\u007f',
  'refs/heads/a~1',
  'refs/heads/a^',
  'refs/heads/a:b',
  'refs/heads/a?',
  'refs/heads/a*',
  'refs/heads/a[b]',
  'refs/heads/a\\b',
]

for (const name of good)
  test(`${JSON.stringify(name.slice(0, 60))} is a ref name, for git too`, () => {
    assert.is(isRefName(name), true)
    assert.is(gitTakes(name), true)
  })

for (const name of bad) test(`${JSON.stringify(name)} is none`, () => assert.is(isRefName(name), false))

test('what git takes, and is refused here: C1 controls, lone surrogates, names that no file could have', () => {
  assert.is(isRefName('refs/heads/a\u009bb'), false)
  assert.is(isRefName('refs/heads/a\u0080b'), false)
  assert.is(isRefName('refs/heads/a\ud800b'), false)
  assert.is(isRefName('refs/heads/a\udc00'), false)
  assert.is(isRefName(`refs/heads/${'x'.repeat(1024 - 10)}`), false)
})

test('characters beyond the first plane are no surrogates', () => {
  assert.is(isRefName('refs/heads/🙂'), true)
})

test('whatever is taken here git takes', () => {
  const piece = fc.constantFrom(
    'a',
    'heads',
    '.',
    '/',
    '@',
    '{',
    '-',
    '.lock',
    '~',
    ' ',
    '\\',
    '*',
    'ü',
    '\u007f',
  )
  const name = fc.array(piece, { maxLength: 8 }).map(pieces => `refs/${pieces.join('')}`)
  const taken = fc.sample(name, { numRuns: 3000, seed: 7 }).filter(isRefName)
  assert.ok(taken.length > 50)
  for (const each of new Set(taken.slice(0, 150))) assert.is(gitTakes(each), true, each)
})

test('never throws, and no control character gets through', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), text => {
      const name = `refs/heads/${text}`
      if (isRefName(name)) assert.not.match(name, /[\u0000-\u0020\u007f-\u009f]/)
      else assert.ok(true)
    }),
    { numRuns: 3000 },
  )
})

test('a branch has a short name; other refs keep theirs', () => {
  assert.is(shortRefName('refs/heads/main'), 'main')
  assert.is(shortRefName('refs/heads/refs/heads/x'), 'refs/heads/x')
  assert.is(shortRefName('refs/tags/v1'), 'refs/tags/v1')
  assert.is(shortRefName('x/refs/heads/y'), 'x/refs/heads/y')
})

function gitTakes(name: string): boolean {
  return spawnSync('git', ['check-ref-format', name]).status === 0
}

test.run()
