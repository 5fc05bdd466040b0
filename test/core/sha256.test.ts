import { createHash, randomBytes } from 'node:crypto'
import * as assert from 'uvu/assert'
import { sha256 } from '../../src/core/sha256.ts'
import { suite } from '../support/suite.ts'

const test = suite('sha256')

test('the hash of every length around the block, and of long ones, is that of OpenSSL', () => {
  for (const length of [...Array(200).keys(), 1000, 65_536, 100_001]) {
    const bytes = randomBytes(length)
    assert.is(sha256(bytes), createHash('sha256').update(bytes).digest('hex'), `${length} bytes`)
  }
})

test('FIPS 180-4: abc', () => {
  assert.is(
    sha256(new TextEncoder().encode('abc')),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
})

test.run()
