import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { mutants } from './mutants/all.ts'
import { mutated, testsMeant } from './mutants/mutant.ts'
import { root } from './support/paths.ts'
import { suite } from './support/suite.ts'

// That each of them is caught takes minutes, and is for `npm run test:mutants`; that each can be tried is seen at once.
const test = suite('mutants')

test('each defence stands where its mutant takes it out, exactly once', () => {
  for (const mutant of mutants) {
    const text = readFileSync(join(root, mutant.file), 'utf8')
    assert.is.not(
      mutated(text, mutant),
      null,
      `${mutant.name}: look for it in ${mutant.file}, and name it anew`,
    )
    assert.is.not(mutated(text, mutant), text, `${mutant.name}: it changes nothing`)
  }
})

test('each has a name of its own, and tests that are there', () => {
  assert.is(new Set(mutants.map(({ name }) => name)).size, mutants.length)
  assert.ok(mutants.length > 100)
  for (const { name, tests } of mutants) {
    assert.ok(tests.length > 0, name)
    for (const entry of tests) assert.ok(existsSync(join(root, testsMeant(entry).file)), `${name}: ${entry}`)
  }
})

test.run()
