import { parseLooseObject } from '../../src/core/loose-object.ts'
import type { Oid } from '../../src/core/oid.ts'
import * as assert from '../support/assert.ts'
import { suite } from '../support/suite.ts'

const test = suite('loose object')
const oid = 'a'.repeat(40) as Oid

function parsed(text: string) {
  const found = parseLooseObject(oid, Buffer.from(text, 'latin1'))
  return found === null ? null : [found.type, found.size, Buffer.from(found.bytes ?? []).toString('latin1')]
}

test('type, size and bytes', () => {
  assert.equal(parsed('commit 3\0abc'), ['commit', 3, 'abc'])
  assert.equal(parsed('tree 4\0a\0\xffb'), ['tree', 4, 'a\0\xffb'])
  assert.equal(parsed('blob 0\0'), ['blob', 0, ''])
  assert.is(parseLooseObject(oid, Buffer.from('tag 1\0x'))?.oid, oid)
})

const broken = ['', '\0', 'commit 3', 'commit 3\0', 'commit 3\0ab', 'commit 3\0abcd', 'commit 03\0abc']
const strange = ['commit  3\0abc', 'commit 3 \0abc', ' commit 3\0abc', 'commit -3\0abc', 'commit 3\n\0abc']
for (const text of [...broken, ...strange, 'note 3\0abc', 'Commit 3\0abc', `commit ${'0'.repeat(40)}3\0abc`])
  test(`${JSON.stringify(text)} is none`, () => assert.is(parsed(text), null))

test.run()
