import { spawnSync } from 'node:child_process'
import { chmodSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Attack } from './support/attacks.ts'
import { declareAttacks } from './support/attacks.ts'
import { branch, commit } from './support/history.ts'
import type { Key, KeyOptions } from './support/keys.ts'
import { makeKey } from './support/keys.ts'
import { armor, bytes, packet, subpackets } from './support/packets.ts'
import { keyFrame } from './support/secret.ts'
import type { SignatureShape } from './support/signature-packet.ts'
import { now, signatureBody, signaturePacket } from './support/signature-packet.ts'
import { claiming } from './support/stolen-subkey.ts'
import { suite } from './support/suite.ts'
import { assertAccepted, assertFault, declareOn } from './support/verdicts.ts'

/*
 * Keys in the key directory that do not say what they seem to say, and what stands there in the place of a key. Each
 * by way of a real push.
 */
const alice = makeKey()
const day = 86400
const mayEverything = subpackets.keyFlags(0x03)

/** A key in the key folder, and a commit by it. */
function by(name: string, selfSignature: SignatureShape, options: KeyOptions = {}): Key {
  return makeKey({ name, selfSignature, ...options })
}

type Pair = readonly [name: string, code: Attack['code'], refused: Key, accepted: Key]
const pairs: readonly Pair[] = [
  [
    'a self-signature with a critical subpacket that nobody knows',
    'unknown-key',
    by('Ada', { alsoHashed: [mayEverything, subpackets.unknown(true)] }),
    by('Ann', { alsoHashed: [mayEverything, subpackets.unknown(false)] }),
  ],
  [
    'a self-signature with a critical notation',
    'unknown-key',
    by('Bea', { alsoHashed: [mayEverything, subpackets.notation('a@example.org', 'b', true)] }),
    by('Ben', { alsoHashed: [mayEverything, subpackets.notation('a@example.org', 'b')] }),
  ],
  ['a self-signature over MD5', 'unknown-key', by('Cem', { hash: 1 }), by('Cid', { hash: 2 })],
  [
    'a self-signature that has expired',
    'unknown-key',
    by('Dan', { alsoHashed: [mayEverything, subpackets.signatureExpires(3600)] }),
    by('Deb', { alsoHashed: [mayEverything, subpackets.signatureExpires(60 * day)] }),
  ],
  [
    'a self-signature of tomorrow',
    'unknown-key',
    by('Eve', {}, { selfSignedAt: now() + day }),
    by('Eli', {}, { selfSignedAt: now() - day }),
  ],
  [
    'a self-signature older than its key',
    'unknown-key',
    by('Fay', {}, { selfSignedAt: now() - 40 * day }),
    by('Fin', {}, { selfSignedAt: now() - 30 * day, created: now() - 30 * day }),
  ],
  [
    'a revocation of version 3, which nobody reads',
    'key-revoked',
    revokedBy(makeKey({ name: 'Gil' }), { version: 3 }),
    makeKey({ name: 'Gus' }),
  ],
  [
    'a revocation over MD5, with a critical subpacket that nobody knows',
    'key-revoked',
    revokedBy(makeKey({ name: 'Hal' }), { hash: 1, alsoHashed: [subpackets.unknown(true)] }),
    makeKey({ name: 'Hob' }),
  ],
]

/** With a revocation of this shape in it. */
function revokedBy(key: Key, shape: SignatureShape): Key {
  const frame = keyFrame(4, key.primary.publicBody)
  const made = signaturePacket(key.primary, frame, { type: 0x20, ...shape })
  const head = packet(6, key.primary.publicBody)
  const publicBinary = bytes(head, made, key.publicBinary.subarray(head.length))
  return { ...key, publicBinary, publicArmored: armor(publicBinary, { type: 'PUBLIC KEY BLOCK' }) }
}

const names = (keyId: string, fingerprint: string) => ({
  hashed: [subpackets.created(now()), subpackets.issuerFingerprint(4, fingerprint)],
  unhashed: [subpackets.issuer(keyId)],
})

/** Alice's key with a subkey of Mallory's, bound by Mallory in the name of Alice. */
function appended(mallory: Key): Key {
  const [subkey] = mallory.subkeys
  if (subkey === undefined) throw new Error('no subkey')
  const data = bytes(keyFrame(4, victim.primary.publicBody), keyFrame(4, subkey.publicBody))
  const back = subpackets.embedded(signatureBody(subkey, data, { type: 0x19 }))
  const { hashed, unhashed } = names(victim.keyId, victim.fingerprint)
  const bound = signaturePacket(mallory.primary, data, {
    type: 0x18,
    hashed: [...hashed, subpackets.keyFlags(0x02), back],
    unhashed,
  })
  const publicBinary = bytes(victim.publicBinary, packet(14, subkey.publicBody), bound)
  return { ...victim, publicBinary, publicArmored: armor(publicBinary, { type: 'PUBLIC KEY BLOCK' }) }
}

/** A key whose subkey is said to vouch for it, in a signature that another made in the subkey's name. */
function unwilling(): Key {
  const key = makeKey({ name: 'Ida', subkeys: [{}] })
  const [subkey] = key.subkeys
  if (subkey === undefined) throw new Error('no subkey')
  const data = bytes(keyFrame(4, key.primary.publicBody), keyFrame(4, subkey.publicBody))
  const shape = { type: 0x19, ...names(subkey.keyId, subkey.fingerprint) }
  const back = subpackets.embedded(signatureBody(key.primary, data, shape))
  return key.with({ subkeys: [{ binding: { alsoHashed: [subpackets.keyFlags(0x02), back] } }] })
}

const victim = makeKey({ name: 'Vic' })
const mallory = makeKey({ name: 'Mallory', subkeys: [{}] })
const [withSubkey, ida, jan] = [appended(mallory), unwilling(), makeKey({ name: 'Jan', subkeys: [{}] })]
const bySubkey = { shape: { by: 0 } }
const subkeys: readonly Attack[] = [
  {
    name: 'a stranger’s subkey, bound by him in the name of the key',
    code: 'unknown-key',
    refused: commit('by the subkey', mallory, bySubkey),
    accepted: commit('by the key that it was appended to', victim),
  },
  {
    name: 'a subkey that another vouches for in its name',
    code: 'key-not-for-signing',
    refused: commit('by the unwilling subkey', ida, bySubkey),
    accepted: commit('by a subkey that vouches itself', jan, bySubkey),
  },
]

const shaped = suite('attacks: keys that do not say what they seem to')
declareAttacks(
  shaped,
  [alice, withSubkey, ida, jan, ...pairs.flatMap(([, , refused, accepted]) => [refused, accepted])],
  [
    ...subkeys,
    ...pairs.map(([name, code, refused, accepted]) => ({
      name,
      code,
      refused: commit(`by ${refused.name}`, refused),
      accepted: commit(`by ${accepted.name}`, accepted),
    })),
  ],
)
shaped.run()

const folder = suite('attacks: what stands among the keys')

/** By the path of a file in the key folder that is not there yet. */
const strangers: Readonly<Record<string, readonly [put: (path: string) => void, says: RegExp]>> = {
  'a pipe': [path => void spawnSync('mkfifo', [path]), /bob\.asc: not a file/],
  'a link to /dev/zero': [path => symlinkSync('/dev/zero', path), /bob\.asc: not a file/],
  'a link to itself': [path => symlinkSync('bob.asc', path), /bob\.asc: too many symbolic links/],
  'a folder': [path => symlinkSync('/tmp', path), /bob\.asc: a folder/],
  'a file of 200 MB': [
    path => {
      writeFileSync(path, alice.publicArmored, { mode: 0o644 })
      truncateSync(path, 200 << 20)
    },
    /bob\.asc: larger than/,
  ],
  'a key cut in half': [
    path => writeFileSync(path, alice.publicBinary.subarray(0, 40), { mode: 0o644 }),
    /bob\.asc: cut off or damaged/,
  ],
  'a secret key, binary': [
    path => writeFileSync(path, packet(5, alice.primary.secretBody), { mode: 0o644 }),
    /bob\.asc: a secret key/,
  ],
  'a signature that revokes nothing': [
    path => writeFileSync(path, signaturePacket(alice.primary, bytes()), { mode: 0o644 }),
    /bob\.asc: a signature in it that is no revocation/,
  ],
  'a marker and nothing else': [
    path => writeFileSync(path, packet(10, bytes(0x50, 0x47, 0x50)), { mode: 0o644 }),
    /bob\.asc: no public key in it/,
  ],
  'a key with another’s signing subkey': [
    path => writeFileSync(path, claiming(makeKey({ name: 'Mallory' }), sam), { mode: 0o644 }),
    /the subkey [0-9A-F]{40} is in both/,
  ],
}

const sam = makeKey({ name: 'Sam', subkeys: [{}] })

for (const [name, [put, says]] of Object.entries(strangers))
  declareOn(folder, `${name}: a fault that names it, at once`, { trusted: [alice, sam] }, async on => {
    const base = on.seed([commit('base', alice)])
    on.write([branch('good', [commit('s', alice)])], base)
    const path = join(on.keys, 'bob.asc')
    put(path)
    assertFault(on, await on.push(['good:main']), says)
    assertAccepted(on, await on.push(['good:free']))
    rmSync(path)
    assertAccepted(on, await on.push(['good:main']))
  })

declareOn(folder, 'an escape sequence in a file’s name', { trusted: [alice] }, async on => {
  const base = on.seed([commit('base', alice)])
  on.write([branch('good', [commit('s', alice)])], base)
  const path = join(on.keys, 'b\x1b[2Job\u202e.asc')
  writeFileSync(path, 'no key')
  const { accepted, output } = await on.push(['good:main'])
  assert.is(accepted, false)
  assert.not.match(`${output}${JSON.stringify(on.decisions())}`, /[\x1b\u202e]/u)
  assert.match(on.decisions().at(-1).fault, /b\\x1b\[2Job\\u\{202e\}\.asc/)
  rmSync(path)
  assertAccepted(on, await on.push(['good:main']))
})

declareOn(folder, 'a folder that others may write', { trusted: [alice] }, async on => {
  const base = on.seed([commit('base', alice)])
  on.write([branch('good', [commit('s', alice)])], base)
  for (const mode of [0o775, 0o757, 0o777, 0o1777]) {
    chmodSync(on.keys, mode)
    assertFault(on, await on.push(['good:main']), /keys: others may write it/)
  }
  chmodSync(on.keys, 0o755)
  assertAccepted(on, await on.push(['good:main']))
})

declareOn(folder, 'nobody’s key is usable', { trusted: [alice] }, async on => {
  const base = on.seed([commit('base', alice)])
  on.write([branch('good', [commit('s', alice)])], base)
  on.distrust(alice)
  const weak = by('Cem', { hash: 1 })
  on.trust(weak)
  assertFault(on, await on.push(['good:main']), /no usable key \(no self-signature but over MD5/)
  on.trust(alice)
  assertAccepted(on, await on.push(['good:main']))
})

declareOn(
  folder,
  'a configuration in the repository that others may write',
  { trusted: [alice] },
  async on => {
    const base = on.seed([commit('base', alice)])
    on.write([branch('good', [commit('s', alice)])], base)
    const own = join(on.gitDir, 'refwarden.ini')
    writeFileSync(own, 'strict-modes = no\n[protect "refs/heads/main"]\nmode = none\n')
    chmodSync(own, 0o666)
    assertFault(on, await on.push(['good:main']), /refwarden\.ini: others may write it/)
    chmodSync(own, 0o644)
    assertAccepted(on, await on.push(['good:main']))
  },
)

folder.run()
