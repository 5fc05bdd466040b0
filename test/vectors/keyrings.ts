import type { Algorithm } from '../support/key-material.ts'
import type { Key } from '../support/keys.ts'
import { bytes, subpackets } from '../support/packets.ts'
import { type Add, at, day, keysMade, newKey, verified } from './maker.ts'

const algorithms: readonly [algorithm: Algorithm, version: 4 | 6][] = [
  ['rsa2048', 4],
  ['rsa3072', 4],
  ['p256', 4],
  ['p384', 4],
  ['p521', 4],
  ['brainpoolP256r1', 4],
  ['brainpoolP384r1', 4],
  ['brainpoolP512r1', 4],
  ['ed25519', 4],
  ['ed448', 4],
  ['rsa2048', 6],
  ['p256', 6],
  ['ed25519', 6],
  ['ed448', 6],
]

/** Who made it: algorithms, subkeys, ends and revocations. */
export function addKeyrings(add: Add, alice: Key): void {
  const trusted = (name: string, key: Key) => ({ by: key, keys: { [`${name}.asc`]: key.publicArmored } })
  for (const [algorithm, version] of algorithms) {
    const name = `${algorithm}-v${version}`.toLowerCase()
    const key = newKey({ algorithm, version })
    add(`good-${name}`, verified(key), `${algorithm}, version ${version}`, trusted(name, key))
  }
  const rsa = newKey({ algorithm: 'rsa2048' })
  const zeros = { fields: (fields: Uint8Array) => bytes(0x08, 0x10, 0, 0, fields.subarray(2)) }
  add('good-rsa-zeros', verified(rsa), 'an RSA number with leading zeros', {
    ...trusted('rsa', rsa),
    shape: zeros,
  })
  const weak = newKey({ algorithm: 'rsa1024' })
  add('weak-rsa1024', 'weak-key', 'RSA of 1024 bits', trusted('rsa1024', weak))
  const dsa = newKey({ algorithm: 'dsa2048' })
  add('dsa', 'unsupported-signature', 'DSA', {
    by: dsa,
    keys: { 'alice.asc': alice.publicArmored, 'dsa.asc': dsa.publicArmored },
  })

  const sub = newKey({ subkeys: [{}] })
  add('good-subkey', verified(sub), 'by a subkey', { ...trusted('subkey', sub), shape: { by: 0 } })
  const subkey = (name: string, expect: string, comment: string, options: Parameters<typeof newKey>[0]) => {
    const key = newKey(options)
    add(name, expect === 'verified' ? verified(key) : expect, comment, {
      ...trusted(name, key),
      shape: { by: 0 },
    })
  }
  subkey('subkey-encrypts', 'key-not-for-signing', 'by a subkey for encryption', {
    subkeys: [{ flags: 0x0c }],
  })
  subkey(
    'subkey-no-back-signature',
    'key-not-for-signing',
    'by a subkey that does not vouch for its primary key',
    { subkeys: [{ backSignature: 'none' }] },
  )
  subkey(
    'subkey-foreign-back-signature',
    'key-not-for-signing',
    'by a subkey with a stranger’s back-signature',
    { subkeys: [{ backSignature: 'foreign' }] },
  )
  subkey('subkey-expired', 'key-expired', 'by a subkey that has expired', {
    subkeys: [{ expires: at - day }],
  })
  subkey('subkey-revoked', 'key-revoked', 'by a subkey that is revoked', {
    subkeys: [{ revoked: { at: at - day, reason: 3 } }],
  })
  subkey('subkey-of-expired', 'key-expired', 'by a subkey whose primary key has expired', {
    expires: at - day,
    subkeys: [{}],
  })
  subkey('subkey-of-revoked', 'key-revoked', 'by a subkey whose primary key is revoked', {
    revoked: { at: at - day, reason: 2 },
    subkeys: [{}],
  })

  const encrypts = newKey({ flags: 0x0c, subkeys: [{}] })
  add(
    'not-for-signing',
    'key-not-for-signing',
    'by a primary key that is not for signing',
    trusted('encrypts', encrypts),
  )
  const expired = newKey({ expires: at - day })
  add('expired', 'key-expired', 'by a key that has expired', trusted('expired', expired))
  add('backdated', 'key-expired', 'dated back into the life of a key that has expired', {
    ...trusted('expired', expired),
    at: at - 2 * day,
  })
  add('before-the-end', verified(expired), 'the same, judged while the key lived', {
    ...trusted('expired', expired),
    at: at - 2 * day,
    now: at - 2 * day,
  })
  add('expired-signature', 'key-expired', 'a signature that has expired itself', {
    shape: { alsoHashed: [subpackets.signatureExpires(3600)] },
    at: at - day,
  })
  add('in-future', 'signed-in-future', 'dated an hour ahead', { at: at + 3600 })
  add('good-skew', verified(alice), 'dated four minutes ahead', { at: at + 240 })
  add('before-key', 'signed-before-key', 'dated before the key was made', { at: keysMade - day })
  for (const [reason, name] of [
    [null, 'no-reason'],
    [0, 'reason-0'],
    [1, 'superseded'],
    [2, 'compromised'],
    [3, 'retired'],
  ] as const) {
    const key = newKey({ revoked: { at: at - day, reason } })
    add(
      `revoked-${name}`,
      'key-revoked',
      `by a key that was revoked a day ago (${name.replace('-', ' ')}), dated before that`,
      { ...trusted(`revoked-${name}`, key), at: at - 10 * day },
    )
  }
  const lone = newKey()
  add('revoked-by-certificate', 'key-revoked', 'a revocation certificate in a file of its own', {
    by: lone,
    keys: {
      'lone.asc': lone.publicArmored,
      'lone.rev': lone.revocation({ at: at - day, reason: 2 }),
      'alice.asc': alice.publicArmored,
    },
  })
  const twice = newKey()
  add('revoked-in-one-copy', 'key-revoked', 'revoked in one copy of the key, not in the other', {
    by: twice,
    keys: {
      'copy.asc': twice.publicArmored,
      'copy-revoked.asc': twice.with({ revoked: { at: at - day, reason: 3 } }).publicArmored,
      'alice.asc': alice.publicArmored,
    },
  })
  const renewed = newKey({ expires: at - 100 * day })
  const again = renewed.with({ expires: at + 100 * day, selfSignedAt: at - day })
  add('good-renewed', verified(again), 'by a key whose self-signature was made anew after the commit', {
    ...trusted('renewed', again),
    at: at - 50 * day,
  })
}
