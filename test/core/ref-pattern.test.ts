import * as assert from 'uvu/assert'
import { unfitPattern } from '../../src/core/ref-pattern.ts'
import { suite } from '../support/suite.ts'

const test = suite('ref pattern')

const fit = [
  'refs/heads/main',
  'refs/heads/release/*',
  'refs/heads/*',
  'refs/heads/*/main',
  'refs/heads/v*.x',
  'refs/*',
  'refs/*/main',
  'refs/tags/v*',
  'refs/meta/config',
  'refs/heads/fix#12',
  'refs/heads/a;b',
  'refs/heads/a=b',
  'refs/heads/größe',
  'refs/heads/refs/replace/x',
  'refs/replacement',
  'refs/stash',
]

for (const pattern of fit)
  test(`${pattern} is fit`, () => {
    assert.is(unfitPattern(pattern), null)
  })

const unfit: readonly [pattern: string, what: string, remedy: string][] = [
  ['main', 'is not a full ref name', 'did you mean refs/heads/main?'],
  ['release/*', 'is not a full ref name', 'did you mean refs/heads/release/*?'],
  ['*', 'is not a full ref name', 'did you mean refs/heads/*?'],
  ['heads/main', 'is not a full ref name', 'did you mean refs/heads/main?'],
  ['tags/v*', 'is not a full ref name', 'did you mean refs/tags/v*?'],
  ['/refs/heads/main', 'is not a full ref name', 'did you mean refs/heads/main?'],
  ['ref/heads/main', 'is not a full ref name', 'did you mean refs/heads/main?'],
  ['Refs/heads/main', 'is not a full ref name', 'did you mean refs/heads/main?'],
  ['', 'is not a full ref name', 'did you mean refs/heads/main?'],
  ['a b', 'is not a full ref name', 'did you mean refs/heads/main?'],
  ['refs/head/main', 'is no place where git keeps branches or tags', 'did you mean refs/heads/main?'],
  ['refs/Heads/main', 'is no place where git keeps branches or tags', 'did you mean refs/heads/main?'],
  ['refs/tag/v*', 'is no place where git keeps branches or tags', 'did you mean refs/tags/v*?'],
  ['refs/heads', 'is a folder of refs', 'did you mean refs/heads/*?'],
  ['refs/tags', 'is a folder of refs', 'did you mean refs/tags/*?'],
  [
    'refs/replace/*',
    'cannot be protected',
    'remove the section: refs/replace/ is refused wherever a ref is protected',
  ],
  [
    'refs/replace',
    'cannot be protected',
    'remove the section: refs/replace/ is refused wherever a ref is protected',
  ],
]

for (const [pattern, what, remedy] of unfit)
  test(`'${pattern}' ${what}`, () => {
    assert.equal(unfitPattern(pattern), { what, remedy })
  })

const invalid = [
  'refs/',
  'refs//main',
  'refs/heads/',
  'refs/heads//main',
  'refs/heads/main/',
  'refs/heads/ma in',
  'refs/heads/m?in',
  'refs/heads/[ab]',
  'refs/heads/a\\b',
  'refs/heads/a~1',
  'refs/heads/a^',
  'refs/heads/a:b',
  'refs/heads/a\u0007',
  'refs/heads/a\u007f',
  'refs/heads/a..b',
  'refs/heads/a@{b',
  'refs/heads/main.lock',
  'refs/heads/x.lock/y',
  'refs/heads/*.lock',
  'refs/heads/.hidden',
  'refs/heads/.*',
  'refs/heads/main.',
]

for (const pattern of invalid)
  test(`${JSON.stringify(pattern)} is not a valid ref name`, () => {
    assert.is(unfitPattern(pattern)?.what, 'is not a valid ref name')
  })

test.run()
