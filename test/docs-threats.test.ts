import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { root } from './support/paths.ts'
import { suite } from './support/suite.ts'

// docs/threats.md promises a test for each attack: that the tests are there by the names that it gives.
const test = suite('docs: threats')
const rows = readFileSync(join(root, 'docs/threats.md'), 'utf8')
  .split('\n')
  .filter(line => line.startsWith('| ') && !/^\| (attack|---) /.test(line))
  .map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  )

test('each attack has a rule in a file of the source, and a test; or says that there is none', () => {
  assert.ok(rows.length > 40)
  for (const [attack = '', rule = '', shown = ''] of rows) {
    const isAccepted = attack.includes('**To be accepted:**')
    const isInherent = rule.startsWith('inherent: ')
    assert.ok(isAccepted || isInherent || /`(src|hooks)\//.test(rule), `${attack}: no rule`)
    assert.ok(isInherent || /`test\/[^`]+` "/.test(shown), `${attack}: no test`)
  }
})

test('the tests have these names', () => {
  let found = 0
  for (const [, , shown = ''] of rows)
    for (const [, path = '', names = ''] of shown.matchAll(/`(test\/[^`]+)` ((?:"[^"]+"(?:, )?)+)/g)) {
      const text = readFileSync(join(root, path), 'utf8')
      for (const [, name = ''] of names.matchAll(/"([^"]+)"/g)) {
        found += 1
        assert.ok(text.includes(name), `${path}: no '${name}'`)
      }
    }
  assert.ok(found > 150, `${found}`)
})

test.run()
