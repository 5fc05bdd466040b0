import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { Fault } from '../../src/core/fault.ts'
import type { Revocation, TrustedKey } from '../../src/core/keyring.ts'
import { readKeys } from '../../src/edge/openpgp.ts'
import { rejects } from '../support/assert.ts'
import { gpgHome } from '../support/gpg.ts'
import { makeKey } from '../support/keys.ts'
import { bytes, hex, packet, subpacket, subpackets, text } from '../support/packets.ts'
import { keyFrame, makeSecret, type Secret } from '../support/secret.ts'
import { now, type SignatureShape, signaturePacket } from '../support/signature-packet.ts'
import { suite } from '../support/suite.ts'

const day = 86_400
const present = now()

function read(...contents: readonly (string | Uint8Array)[]): Promise<readonly TrustedKey[]> {
  const files = contents.map((content, index) => ({
    path: `/keys/${index}`,
    bytes: typeof content === 'string' ? text(content) : content,
  }))
  return readKeys(files, { now: present, skew: 300 })
}

/** How the parts of the first key are revoked. */
async function revoked(
  ...contents: readonly (string | Uint8Array)[]
): Promise<readonly (Revocation | null)[]> {
  const [key] = await read(...contents)
  if (key === undefined || key.parts.length === 0) throw new Error(`no part: ${key?.unusable}`)
  return key.parts.map(part => part.revoked)
}

async function faultOf(...contents: readonly (string | Uint8Array)[]): Promise<string> {
  const error = await rejects(read(...contents))
  assert.instance(error, Fault, error.stack)
  return error.message
}

function frame({ version, publicBody }: Secret): Uint8Array {
  return keyFrame(version, publicBody)
}

/** A revocation of `key` by whom it may be. */
function revocation(key: Secret, shape: SignatureShape = {}, by = key): Uint8Array {
  return signaturePacket(by, frame(key), { type: 0x20, at: present - day, ...shape })
}

const alice = makeKey({ name: 'Alice' })
const bob = makeKey({ name: 'Bob' })
const withSubkeys = makeKey({ subkeys: [{}, { created: alice.created + 1 }] })

const test = suite('key revocations')

const reasons: readonly (readonly [reason: number | null, forAllTime: boolean])[] = [
  [null, true],
  [0, true],
  [1, false],
  [2, true],
  [3, false],
  [32, true],
  [99, true],
]
for (const [reason, forAllTime] of reasons)
  test(`reason ${reason}: bad ${forAllTime ? 'for all time' : 'from its date on'}`, async () => {
    const at = present - 3 * day
    const made = withSubkeys.with({ revoked: { at, reason } })
    assert.equal(await revoked(made.publicBinary), Array(3).fill({ at, forAllTime }))
    const subkey = makeKey({ subkeys: [{ revoked: { at, reason } }, {}] })
    assert.equal(await revoked(subkey.publicBinary), [null, { at, forAllTime }, null])
  })

test('a reason that is not signed is none', async () => {
  const made = revocation(alice.primary, {
    unhashed: [subpackets.issuer(alice.keyId), subpackets.revocationReason(1)],
  })
  assert.equal(await revoked(alice.publicBinary, made), [{ at: present - day, forAllTime: true }])
})

test('of several the worst reason and the first date count', async () => {
  const soft = alice.revocation({ at: present - 5 * day, reason: 3 })
  const hard = alice.revocation({ at: present - 2 * day, reason: 2 })
  assert.equal(await revoked(alice.publicBinary, hard, soft), [{ at: present - 5 * day, forAllTime: true }])
})

test('one that is dated in the future counts at once', async () => {
  for (const reason of [3, 2]) {
    const [part] = await revoked(alice.with({ revoked: { at: present + 99 * day, reason } }).publicBinary)
    assert.equal(part, { at: present, forAllTime: reason === 2 })
  }
})

test('in one copy of the key and not in the other: revoked, in whatever order', async () => {
  const copy = alice.with({ revoked: { at: present - day, reason: 2 } })
  for (const copies of [
    [alice.publicArmored, copy.publicArmored],
    [copy.publicArmored, alice.publicArmored],
  ])
    assert.equal(await revoked(...copies), [{ at: present - day, forAllTime: true }])
})

const counting: readonly (readonly [name: string, shape: SignatureShape])[] = [
  ['over MD5', { hash: 1 }],
  ['older than its key', { at: present - 999 * day }],
  ['with an unknown critical subpacket', { alsoHashed: [subpackets.unknown(true)] }],
  ['with a critical notation', { alsoHashed: [subpackets.notation('a@example.org', 'b', true)] }],
  ['expired itself', { alsoHashed: [subpackets.signatureExpires(10)] }],
  ['with a wrong prefix of its hash', { prefix: hex('0000') }],
  ['of version 3, which is not read', { version: 3 }],
  ['without its time, which is not read', { hashed: [subpackets.issuer(alice.keyId)] }],
]
for (const [name, shape] of counting)
  test(`counts all the same: ${name}`, async () => {
    const [part] = await revoked(bytes(alice.publicBinary, revocation(alice.primary, shape)))
    assert.is(part?.forAllTime, true)
  })

test('one that names nobody counts where the arithmetic says so', async () => {
  const made = revocation(alice.primary, { hashed: [subpackets.created(present)], unhashed: [] })
  assert.ok((await revoked(bytes(alice.publicBinary, made)))[0])
})

test('alone in a file: armored, binary, between blocks, behind its key and behind another key', async () => {
  const made = revocation(alice.primary)
  const armored = alice.revocation({ at: present - day, reason: null })
  const expected = [{ at: present - day, forAllTime: true }]
  assert.equal(await revoked(alice.publicBinary, armored), expected)
  assert.equal(await revoked(alice.publicBinary, made), expected)
  assert.equal(
    await revoked(`${alice.publicArmored}a revocation certificate should follow\n${armored}`),
    expected,
  )
  assert.equal(await revoked(`${armored}${alice.publicArmored}`), expected)
  assert.equal(await revoked(bytes(alice.publicBinary, made)), expected)
  assert.equal(await revoked(bytes(alice.publicBinary, bob.publicBinary, made)), expected)
})

test('of a key that is not here: passed over', async () => {
  assert.equal(await revoked(alice.publicArmored, bob.revocation({ at: present, reason: 2 })), [null])
  assert.equal(await revoked(bytes(alice.publicBinary, revocation(bob.primary))), [null])
})

test('by a stranger: passed over', async () => {
  const over = revocation(alice.primary, {}, bob.primary)
  assert.equal(await revoked(bytes(alice.publicBinary, over), bob.publicBinary), [null])
})

const forge: SignatureShape = {
  fields: fields => fields.map((octet, at) => (at === fields.length - 1 ? octet ^ 1 : octet)),
}

test('one that names a key here and is not by it is a fault, alone and in the key', async () => {
  const forged = revocation(alice.primary, forge)
  assert.match(await faultOf(alice.publicBinary, forged), /^\/keys\/1: a revocation that is not by the key/)
  assert.match(
    await faultOf(bytes(alice.publicBinary, forged)),
    /^\/keys\/0: a revocation that is not by the key/,
  )
  const asAlice = {
    hashed: [subpackets.created(present), subpackets.issuerFingerprint(4, alice.fingerprint)],
    unhashed: [],
  }
  assert.match(
    await faultOf(alice.publicBinary, revocation(alice.primary, asAlice, bob.primary)),
    /not by the key/,
  )
})

test('alone: one that cannot be read, one that names nobody, and no key beside it are faults', async () => {
  assert.match(await faultOf(alice.publicBinary, revocation(alice.primary, { version: 3 })), /cannot be read/)
  const nobody = revocation(alice.primary, { hashed: [subpackets.created(present)], unhashed: [] })
  assert.match(await faultOf(alice.publicBinary, nobody), /does not say of which key/)
  assert.match(await faultOf(revocation(alice.primary)), /no usable key/)
})

for (const type of [0x00, 0x10, 0x18, 0x1f, 0x28, 0x30])
  test(`alone: a signature of type 0x${type.toString(16)} is a fault`, async () => {
    assert.match(
      await faultOf(alice.publicBinary, revocation(alice.primary, { type })),
      /no revocation of a key/,
    )
  })

test('of a key that cannot be used anyway: no matter', async () => {
  const dsa = makeKey({ algorithm: 'dsa2048', revoked: { at: present, reason: 2 } })
  const [, key] = await read(alice.publicBinary, dsa.publicBinary)
  assert.is(key?.unusable, 'dsa2048 is not supported')
})

test('version 6', async () => {
  const six = makeKey({ version: 6, algorithm: 'ed25519' })
  const made = six.revocation({ at: present - day, reason: 3 })
  assert.equal(await revoked(six.publicArmored, made), [{ at: present - day, forAllTime: false }])
})

function subkeyRevocation(index: number, shape: SignatureShape = {}): Uint8Array {
  const { primary, subkeys } = withSubkeys
  const data = bytes(frame(primary), frame(subkeys[index] ?? primary))
  return signaturePacket(primary, data, { type: 0x28, at: present - day, ...shape })
}

test('of a subkey: it alone, also where the revocation stands behind another subkey', async () => {
  const hard = { at: present - day, forAllTime: true }
  assert.equal(await revoked(bytes(withSubkeys.publicBinary, subkeyRevocation(1))), [null, null, hard])
  assert.equal(await revoked(bytes(withSubkeys.publicBinary, subkeyRevocation(0))), [null, hard, null])
  assert.equal(
    await revoked(bytes(withSubkeys.publicBinary, subkeyRevocation(1, { version: 3 })), bob.publicBinary),
    [null, null, { at: 0, forAllTime: true }],
  )
})

test('of a subkey, bound again afterwards: revoked all the same', async () => {
  const subkeys = [{ boundAt: present - 1, revoked: { at: present - day, reason: 1 } }]
  assert.equal(await revoked(makeKey({ subkeys }).publicBinary), [
    null,
    { at: present - day, forAllTime: false },
  ])
})

test('of a subkey, forged: a fault; by a stranger: passed over', async () => {
  assert.match(await faultOf(bytes(withSubkeys.publicBinary, subkeyRevocation(1, forge))), /not by the key/)
  const data = bytes(frame(withSubkeys.primary), frame(withSubkeys.subkeys[1] ?? withSubkeys.primary))
  const stranger = signaturePacket(bob.primary, data, { type: 0x28 })
  assert.equal(await revoked(bytes(withSubkeys.publicBinary, stranger), bob.publicBinary), [null, null, null])
})

/** Alice's key, in which she lets `revoker` revoke it. */
function appointing(revoker: Secret, shape: SignatureShape = {}): Uint8Array {
  const appointment = subpacket(12, bytes(0x80, revoker.algorithmId, hex(revoker.fingerprint)))
  const signature = signaturePacket(alice.primary, frame(alice.primary), {
    type: 0x1f,
    at: alice.created,
    alsoHashed: [appointment, subpacket(12, bytes(0x80, 22, new Uint8Array(20)))],
    ...shape,
  })
  return bytes(
    packet(6, alice.primary.publicBody),
    signature,
    alice.publicBinary.subarray(packet(6, alice.primary.publicBody).length),
  )
}

test('a designated revoker: counts where it is by him, and where his key is not here to prove it', async () => {
  const made = revocation(alice.primary, {}, bob.primary)
  const key = appointing(bob.primary)
  const hard = [{ at: present - day, forAllTime: true }]
  assert.equal(await revoked(key, bob.publicBinary), [null])
  assert.equal(await revoked(bytes(key, made), bob.publicBinary), hard)
  assert.equal(await revoked(bytes(key, made)), hard)
  assert.equal(await revoked(key, made, bob.publicBinary), hard)
  assert.match(await faultOf(key, made), /not by the key/)
  assert.match(
    await faultOf(bytes(key, revocation(alice.primary, forge, bob.primary)), bob.publicBinary),
    /not by the key/,
  )
})

test('a designated revoker may revoke a subkey', async () => {
  const subkey = makeSecret('eddsa', 4, alice.created)
  const data = bytes(frame(alice.primary), frame(subkey))
  const bound = signaturePacket(alice.primary, data, { type: 0x18, alsoHashed: [subpackets.keyFlags(2)] })
  const made = signaturePacket(bob.primary, data, { type: 0x28, at: present - day })
  const key = bytes(appointing(bob.primary), packet(14, subkey.publicBody), bound, made)
  assert.equal(await revoked(key, bob.publicBinary), [null, { at: present - day, forAllTime: true }])
})

test('nobody appoints himself: the appointment must be by the key', async () => {
  const made = revocation(alice.primary, {}, bob.primary)
  const forged = appointing(bob.primary, forge)
  assert.equal(await revoked(bytes(forged, made), bob.publicBinary), [null])
})

test.run()

const withGpg = suite('key revocations that GnuPG made')

withGpg('its openpgp-revocs.d/*.rev: a fault that says so, and revoked without the colon', async () => {
  const gpg = gpgHome()
  try {
    gpg.run(['--passphrase=', '--quick-generate-key', 'A <a@example.org>', 'ed25519', 'sign', 'never'])
    const folder = join(gpg.path, 'openpgp-revocs.d')
    const certificate = readFileSync(join(folder, readdirSync(folder)[0] ?? ''), 'utf8')
    const key = gpg.run(['--armor', '--export']).stdout
    assert.match(await faultOf(key, certificate), /^\/keys\/1:\d+: .*remove the colon/)
    const [part] = await revoked(key, certificate.replace(/^:/m, ''))
    assert.is(part?.forAllTime, true)
  } finally {
    gpg.close()
  }
})

withGpg('gpg --gen-revoke with the reason retired, alone and imported into the key', async () => {
  const gpg = gpgHome(alice.secretArmored)
  try {
    const before = gpg.run(['--armor', '--export', alice.fingerprint]).stdout
    const answers = 'y\n3\nretired\n\ny\n'
    const revoke = ['--no-batch', '--command-fd=0', '--armor', '--gen-revoke', alice.fingerprint]
    const certificate = gpg.run(revoke, answers).stdout
    const [soft] = await revoked(before, certificate)
    assert.is(soft?.forAllTime, false)
    assert.ok(Math.abs((soft?.at ?? 0) - present) < 3_600)
    gpg.run(['--import'], certificate)
    assert.equal(await revoked(gpg.run(['--armor', '--export', alice.fingerprint]).stdout), [soft])
  } finally {
    gpg.close()
  }
})

withGpg('gpg --desig-revoke by an appointed key', async () => {
  const gpg = gpgHome(alice.secretArmored, bob.secretArmored)
  try {
    const appoint = ['--no-batch', '--command-fd=0', '--edit-key', alice.fingerprint, 'addrevoker', 'save']
    gpg.run(appoint, `${bob.fingerprint}\ny\n`)
    const [key, revoker] = [alice, bob].map(
      ({ fingerprint }) => gpg.run(['--armor', '--export', fingerprint]).stdout,
    )
    assert.equal(await revoked(key ?? '', revoker ?? ''), [null])
    const revoke = ['--no-batch', '--command-fd=0', '--armor', '--desig-revoke', alice.fingerprint]
    const made = gpg.run(revoke, 'y\n1\ngone\n\ny\n').stdout
    const [hard] = await revoked(key ?? '', revoker ?? '', made)
    assert.is(hard?.forAllTime, true)
  } finally {
    gpg.close()
  }
})

withGpg.run()
