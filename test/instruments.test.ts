// What the tests make keys and signatures with, held against GnuPG and OpenPGP.js, which had no part in it.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as openpgp from 'openpgp'
import * as assert from 'uvu/assert'
import { gpgHome } from './support/gpg.ts'
import type { Algorithm } from './support/key-material.ts'
import type { Key } from './support/keys.ts'
import { makeKey } from './support/keys.ts'
import type { PacketHeader } from './support/packets.ts'
import { armor, packet, text, unarmor } from './support/packets.ts'
import { now, signaturePacket } from './support/signature-packet.ts'
import { suite } from './support/suite.ts'

const test = suite('instruments')
const payload = text('tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nwords\n')

const forGpg: readonly Algorithm[] = [
  'rsa1024',
  'rsa2048',
  'dsa2048',
  'p256',
  'p384',
  'p521',
  'secp256k1',
  'brainpoolP256r1',
  'brainpoolP384r1',
  'brainpoolP512r1',
  'eddsa',
]

for (const algorithm of forGpg)
  test(`gpg takes a key and a signature of ${algorithm}`, () => {
    const key = makeKey({ algorithm, subkeys: [{}] })
    const gpg = gpgHome(key.publicArmored)
    try {
      assert.is(gpgStatus(gpg, key.sign(payload)), `GOODSIG ${key.keyId}`)
      assert.is(gpgStatus(gpg, key.sign(payload, { by: 0 })), `GOODSIG ${key.subkeys[0]?.keyId}`)
      assert.is(gpgStatus(gpg, key.sign(text('other'))), `BADSIG ${key.keyId}`)
    } finally {
      gpg.close()
    }
  })

test('gpg signs with a secret key made here', () => {
  for (const algorithm of ['rsa2048', 'p256', 'eddsa', 'dsa2048'] as const) {
    const key = makeKey({ algorithm })
    const gpg = gpgHome(key.secretArmored)
    try {
      const { stdout } = gpg.run(['--armor', '--detach-sign', `--local-user=${key.fingerprint}`], payload)
      assert.is(gpgStatus(gpg, stdout), `GOODSIG ${key.keyId}`)
    } finally {
      gpg.close()
    }
  }
})

for (const [version, algorithm] of [
  [4, 'eddsa'],
  [4, 'ed25519'],
  [4, 'rsa3072'],
  [6, 'ed25519'],
  [6, 'ed448'],
  [6, 'rsa2048'],
  [6, 'p256'],
  [6, 'p521'],
] as const)
  test(`OpenPGP.js takes a version ${version} key and signature of ${algorithm}`, async () => {
    const key = makeKey({ algorithm, version, subkeys: [{}] })
    assert.is(await openpgpVerdict(key, key.sign(payload)), key.keyId)
    assert.is(await openpgpVerdict(key, key.sign(payload, { by: 0 })), key.subkeys[0]?.keyId)
    assert.is(await openpgpVerdict(key, key.sign(text('other'))), 'bad')
    const secret = await openpgp.readPrivateKey({ armoredKey: key.secretArmored })
    const message = await openpgp.createMessage({ binary: payload })
    const armored = await openpgp.sign({ message, signingKeys: secret, detached: true })
    assert.is(await openpgpVerdict(key, armored), key.subkeys[0]?.keyId)
  })

test('gpg reads dates, flags and revocations as they were asked for', () => {
  const created = now() - 1000 * 86400
  const day = (count: number) => created + count * 86400
  const key = makeKey({
    created,
    expires: day(2000),
    subkeys: [{ expires: day(500) }, { flags: 0x04 }, { backSignature: 'none' }],
  })
  const listed = listing(key.publicArmored)
  assert.equal(
    listed.map(([kind, validity, , , id, at, end, , , , , flags]) => [kind, validity, id, at, end, flags]),
    [
      ['pub', '-', key.keyId, `${created}`, `${day(2000)}`, 'scSC'],
      ['sub', 'e', key.subkeys[0]?.keyId, `${created}`, `${day(500)}`, 's'],
      ['sub', '-', key.subkeys[1]?.keyId, `${created}`, '', ''],
      ['sub', '-', key.subkeys[2]?.keyId, `${created}`, '', 's'],
    ],
  )
  const revoked = key.with({ revoked: { at: day(3), reason: 2 } })
  assert.is(revoked.fingerprint, key.fingerprint)
  assert.is(listing(revoked.publicArmored)[0]?.[1], 'r')
  assert.is(listing(key.publicArmored, key.revocation({ at: day(3), reason: null }))[0]?.[1], 'r')
  assert.is(
    listing(key.with({ subkeys: [{ revoked: { at: day(3), reason: 1 } }] }).publicArmored)[1]?.[1],
    'r',
  )
  assert.equal(listing(key.with({ expires: day(4) }).publicArmored)[0]?.[1], 'e')
})

test('gpg finds a signature in packets with every kind of length', () => {
  const key = makeKey()
  const gpg = gpgHome(key.publicArmored)
  const long = 'x'.repeat(2000)
  try {
    for (const header of ['new', 'new5', 'old', 'partial'] as const satisfies readonly PacketHeader[]) {
      const made = signaturePacket(key.primary, payload, { header })
      assert.is(gpgStatus(gpg, armor(made)), `GOODSIG ${key.keyId}`, header)
    }
    // a partial length is for data packets alone: gpg reads it there
    const literal = packet(11, text(`b\0\0\0\0\0${long}`), 'partial')
    assert.match(gpg.run(['--decrypt'], literal).stdout, long)
  } finally {
    gpg.close()
  }
})

test('armor is undone by unarmor, and both gpg and OpenPGP.js read it', async () => {
  const key = makeKey()
  const signature = signaturePacket(key.primary, payload)
  for (const options of [
    {},
    { headers: ['Version: 1', 'Comment: two'] },
    { crc: false },
    { newline: '\r\n', width: 76 },
  ]) {
    const armored = armor(signature, options)
    assert.equal(Buffer.from(unarmor(armored)), Buffer.from(signature))
    assert.is(await openpgpVerdict(key, armored), key.keyId)
  }
})

test('gpg rejects what is made wrong on purpose', () => {
  const key = makeKey()
  const gpg = gpgHome(key.publicArmored)
  try {
    assert.is(gpgStatus(gpg, key.sign(payload, { type: 0x01 })), `BADSIG ${key.keyId}`)
    assert.is(
      gpgStatus(
        gpg,
        key.sign(payload, { fields: fields => fields.map((octet, at) => (at === 9 ? octet ^ 1 : octet)) }),
      ),
      `BADSIG ${key.keyId}`,
    )
    assert.is(gpgStatus(gpg, makeKey().sign(payload)).split(' ')[0], 'ERRSIG')
    assert.is(gpgStatus(gpg, key.sign(payload, { hash: 1 })).split(' ')[0], 'ERRSIG')
  } finally {
    gpg.close()
  }
})

test.run()

function gpgStatus(gpg: ReturnType<typeof gpgHome>, armored: string): string {
  const file = join(gpg.path, 'signature.asc')
  writeFileSync(file, armored)
  const { status } = gpg.run(['--verify', file, '-'], payload, true)
  const verdict = status.find(line => /^(GOOD|BAD|ERR|EXP|REVKEY|EXPKEY)SIG /.test(line)) ?? 'none'
  return verdict.split(' ', 2).join(' ')
}

function listing(...armored: readonly string[]): string[][] {
  const gpg = gpgHome(...armored)
  try {
    const { stdout } = gpg.run(['--with-colons', '--fixed-list-mode', '--list-keys'])
    const lines = stdout.split('\n').map(line => line.split(':'))
    return lines.filter(([kind]) => kind === 'pub' || kind === 'sub')
  } finally {
    gpg.close()
  }
}

async function openpgpVerdict(key: Key, armoredSignature: string): Promise<string> {
  const verificationKeys = await openpgp.readKey({ armoredKey: key.publicArmored })
  const signature = await openpgp.readSignature({ armoredSignature })
  const message = await openpgp.createMessage({ binary: payload })
  const { signatures } = await openpgp.verify({ message, signature, verificationKeys })
  const [only] = signatures
  if (only === undefined || signatures.length !== 1) return `${signatures.length} signatures`
  return only.verified.then(
    () => only.keyID.toHex().toUpperCase(),
    () => 'bad',
  )
}
