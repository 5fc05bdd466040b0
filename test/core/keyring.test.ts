import * as assert from 'uvu/assert'
import { keyringOf, partsFor, type SigningPart, type TrustedKey } from '../../src/core/keyring.ts'
import { suite } from '../support/suite.ts'

const test = suite('keyring')

const keyId = '0123456789ABCDEF'
const first = `${'A'.repeat(24)}${keyId}`
const second = `${'B'.repeat(24)}${keyId}`
const other = 'C'.repeat(40)

function part(fingerprint: string, primary = fingerprint): SigningPart {
  return {
    fingerprint,
    keyId: fingerprint.slice(-16),
    primary,
    version: 4,
    algorithm: 'eddsa',
    spki: new Uint8Array(),
    bits: 256,
    validFrom: 0,
    validUntil: null,
    revoked: null,
    forSigning: true,
    mailboxes: [],
    ssh: null,
  }
}

function key(...parts: readonly SigningPart[]): TrustedKey {
  const fingerprint = parts[0]?.fingerprint ?? other
  return { fingerprint, files: [], userIds: [], parts, created: 0, algorithm: 'ed25519', unusable: null }
}

const keyring = keyringOf([key(part(first)), key(part(other), part(second, other))])

function found(issuer: { fingerprint: string | null; keyId: string | null }): readonly string[] {
  return partsFor(keyring, issuer).map(({ fingerprint }) => fingerprint)
}

test('a fingerprint decides alone, primary key or subkey, whatever key id stands beside it', () => {
  assert.equal(found({ fingerprint: first, keyId: null }), [first])
  assert.equal(found({ fingerprint: second, keyId: 'FFFFFFFFFFFFFFFF' }), [second])
  assert.equal(found({ fingerprint: `${'D'.repeat(24)}${keyId}`, keyId }), [])
})

test('a key id finds every part that has it: a collision hides none', () => {
  assert.equal(found({ fingerprint: null, keyId }), [first, second])
  assert.equal(found({ fingerprint: null, keyId: 'FFFFFFFFFFFFFFFF' }), [])
})

test('a signature that names nobody is by nobody', () => {
  assert.equal(found({ fingerprint: null, keyId: null }), [])
})

test('a key without parts is trusted for nothing', () => {
  assert.equal(partsFor(keyringOf([key()]), { fingerprint: other, keyId: null }), [])
})

test.run()
