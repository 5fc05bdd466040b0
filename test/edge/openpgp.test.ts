import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKey } from 'openpgp'
import * as assert from 'uvu/assert'
import { Fault } from '../../src/core/fault.ts'
import type { TrustedKey } from '../../src/core/keyring.ts'
import { readPacket } from '../../src/core/packet.ts'
import { readKeyFiles } from '../../src/edge/key-directory.ts'
import { readKeys } from '../../src/edge/openpgp.ts'
import { rejects } from '../support/assert.ts'
import { gpgHome } from '../support/gpg.ts'
import type { Algorithm } from '../support/key-material.ts'
import { makeKey } from '../support/keys.ts'
import { armor, bytes, hex, packet, subpackets, text, uint16, uint32, unarmor } from '../support/packets.ts'
import { makeSecret } from '../support/secret.ts'
import { now, signaturePacket } from '../support/signature-packet.ts'
import { suite } from '../support/suite.ts'

const test = suite('openpgp: what is read')

/** The keys of these files, which are called `0.asc`, `1.asc` and so on. */
function read(...contents: readonly (string | Uint8Array)[]): Promise<readonly TrustedKey[]> {
  const files = contents.map((content, index) => ({
    path: `/keys/${index}.asc`,
    bytes: typeof content === 'string' ? text(content) : content,
  }))
  return readKeys(files, { now: now(), skew: 300 })
}

async function faultOf(...contents: readonly (string | Uint8Array)[]): Promise<Fault> {
  const error = await rejects(read(...contents))
  assert.instance(error, Fault, error.stack)
  assert.match(error.message, /^\/keys\/\d\.asc/)
  return error as Fault
}

const alice = makeKey({ name: 'Alice' })
const bob = makeKey({ name: 'Bob', subkeys: [{}] })

const algorithms: readonly (readonly [algorithm: Algorithm, version: 4 | 6, kind: string, bits: number])[] = [
  ['rsa1024', 4, 'rsa', 1024],
  ['rsa2048', 4, 'rsa', 2048],
  ['rsa4096', 4, 'rsa', 4096],
  ['p256', 4, 'ecdsa', 256],
  ['p384', 4, 'ecdsa', 384],
  ['p521', 4, 'ecdsa', 521],
  ['brainpoolP256r1', 4, 'ecdsa', 256],
  ['brainpoolP384r1', 4, 'ecdsa', 384],
  ['brainpoolP512r1', 4, 'ecdsa', 512],
  ['eddsa', 4, 'eddsa', 256],
  ['ed25519', 4, 'ed25519', 256],
  ['ed25519', 6, 'ed25519', 256],
  ['ed448', 6, 'ed448', 448],
  ['p256', 6, 'ecdsa', 256],
  ['rsa3072', 6, 'rsa', 3072],
]
for (const [algorithm, version, kind, bits] of algorithms)
  test(`${algorithm}, version ${version}: a primary key and a subkey as plain data`, async () => {
    const made = makeKey({ algorithm, version, subkeys: [{}] })
    const [key] = await read(made.publicArmored)
    assert.is(key?.unusable, null)
    assert.equal(key?.userIds, ['Alice <alice@example.org>'])
    const parts = [made.primary, ...made.subkeys].map(secret => ({
      fingerprint: secret.fingerprint,
      keyId: secret.keyId,
      primary: made.fingerprint,
      version,
      algorithm: kind,
      bits,
      validFrom: made.created,
      validUntil: null,
      revoked: null,
      forSigning: bits !== 1024 || secret === made.primary,
      mailboxes: ['alice@example.org'],
      ssh: null,
    }))
    assert.equal(
      key?.parts.map(({ spki: _spki, ...part }) => part),
      parts,
    )
    for (const [index, secret] of [made.primary, ...made.subkeys].entries())
      assert.ok(
        secret.publicKey.export({ type: 'spki', format: 'der' }).equals(key?.parts[index]?.spki ?? hex('')),
      )
  })

for (const algorithm of ['rsa3072', 'nistp256', 'brainpoolP256r1', 'ed25519'])
  test(`a key that GnuPG made: ${algorithm}, with a subkey that expires`, async () => {
    const gpg = gpgHome()
    try {
      gpg.run(['--passphrase=', '--quick-generate-key', 'Älice <a@example.org>', algorithm, 'sign', '2y'])
      const listed = () => gpg.run(['--with-colons', '--fixed-list-mode', '--with-subkey-fingerprint', '-k'])
      const fields = () =>
        listed()
          .stdout.split('\n')
          .map(line => line.split(':'))
      const fingerprint = fields().find(([kind]) => kind === 'fpr')?.[9] ?? ''
      const subkey = /nist|brainpool/.test(algorithm) ? `${algorithm}/ecdsa` : algorithm
      gpg.run(['--passphrase=', '--quick-add-key', fingerprint, subkey, 'sign', '1y'])
      const fingerprints = fields().flatMap(([kind, ...rest]) => (kind === 'fpr' ? [rest[8]] : []))
      const ends = fields().flatMap(([kind, ...rest]) =>
        ['pub', 'sub'].includes(kind ?? '') ? [Number(rest[5])] : [],
      )
      const [key] = await read(gpg.run(['--armor', '--export']).stdout)
      assert.equal(
        key?.parts.map(part => part.fingerprint),
        fingerprints,
      )
      assert.equal(
        key?.parts.map(part => part.validUntil),
        ends,
      )
      assert.equal(
        key?.parts.map(part => part.forSigning),
        [true, true],
      )
      assert.equal(key?.userIds, ['Älice <a@example.org>'])
      assert.is(key?.algorithm, algorithm)
    } finally {
      gpg.close()
    }
  })

test('a version 6 key that OpenPGP.js made', async () => {
  const made = await generateKey({
    userIDs: [{ name: 'Carol', email: 'carol@example.org' }],
    type: 'curve25519',
    subkeys: [{ sign: true }, {}],
    keyExpirationTime: 86_400,
    config: { v6Keys: true },
    format: 'object',
  })
  const [key] = await read(made.publicKey.armor())
  const created = made.publicKey.getCreationTime().getTime() / 1000
  assert.is(key?.fingerprint, made.publicKey.getFingerprint().toUpperCase())
  assert.is(key?.parts.length, 2, 'the encryption subkey is none that signs')
  assert.equal(
    key?.parts.map(part => [part.version, part.forSigning]),
    [
      [6, true],
      [6, true],
    ],
  )
  assert.equal(
    key?.parts.map(part => part.validUntil),
    [created + 86_400, created + 86_400],
  )
  assert.is(key?.parts[0]?.keyId, key?.fingerprint.slice(0, 16))
})

test('binary, several keys in a file, several in a block, several blocks with comments', async () => {
  const fingerprints = async (...contents: readonly (string | Uint8Array)[]) =>
    (await read(...contents)).map(key => key.fingerprint)
  const both = [alice.fingerprint, bob.fingerprint]
  const together = bytes(alice.publicBinary, bob.publicBinary)
  assert.equal(await fingerprints(alice.publicBinary, bob.publicBinary), both)
  assert.equal(await fingerprints(together), both)
  assert.equal(await fingerprints(armor(together, { type: 'PUBLIC KEY BLOCK' })), both)
  assert.equal(await fingerprints(`alice\n${alice.publicArmored}\nbob\n${bob.publicArmored}`), both)
  assert.equal(await fingerprints(alice.publicArmored.replaceAll('\n', '\r\n')), [alice.fingerprint])
})

test('copies of a key are one key, with the subkeys and files of all', async () => {
  const one = makeKey({ subkeys: [{}] })
  const two = one.with({ subkeys: [{}, { created: one.created + 10 }] })
  const [key, ...others] = await read(one.publicArmored, bob.publicArmored, two.publicBinary)
  assert.is(others.length, 1)
  assert.equal(key?.files, ['/keys/0.asc', '/keys/2.asc'])
  assert.equal(
    key?.parts.map(part => part.fingerprint),
    [two.fingerprint, ...two.subkeys.map(subkey => subkey.fingerprint)],
  )
})

const secrets: readonly (readonly [name: string, content: string | Uint8Array])[] = [
  ['armored', alice.secretArmored],
  ['binary', unarmor(alice.secretArmored)],
  ['armored as if it were public', alice.secretArmored.replaceAll('PRIVATE', 'PUBLIC')],
  ['behind a public one', `${bob.publicArmored}${alice.secretArmored}`],
  ['a secret subkey alone', bytes(alice.publicBinary, packet(7, bob.primary.secretBody))],
  ['cut off', alice.secretArmored.slice(0, 80)],
]
for (const [name, content] of secrets)
  test(`a secret key is a fault that calls it a leak: ${name}`, async () => {
    const fault = await faultOf(content)
    assert.match(fault.message, /a secret key/)
    assert.match(fault.remedy ?? '', /leaked/)
  })

const document = text('a document')
const faults: readonly (readonly [name: string, content: string | Uint8Array])[] = [
  ['garbage', hex('ffffffffffffffff')],
  ['text', 'alice\n'],
  ['an OpenSSH key', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHh4 alice\n'],
  ['a GnuPG keybox', bytes(hex('0000002001010002'), text('KBXf'), new Uint8Array(20))],
  ['a byte order mark', `\ufeff${alice.publicArmored}`],
  ['what PowerShell makes of an export', Buffer.from(`\ufeff${alice.publicArmored}`, 'utf16le')],
  ['a message', packet(11, bytes(hex('620000000000'), document))],
  ['a message behind a key', bytes(alice.publicBinary, packet(11, bytes(hex('620000000000'), document)))],
  ['a signature over a document', alice.sign(document)],
  [
    'such a signature as a key block',
    armor(signaturePacket(alice.primary, document), { type: 'PUBLIC KEY BLOCK' }),
  ],
  ['such a signature, binary', signaturePacket(alice.primary, document)],
  ['a certification alone', signaturePacket(alice.primary, document, { type: 0x13 })],
  ['a user id alone', packet(13, text('Alice'))],
  ['a subkey alone', packet(14, alice.primary.publicBody)],
  ['a critical packet of a kind that is not known', bytes(alice.publicBinary, packet(39, document))],
  ['a packet of kind 0', bytes(alice.publicBinary, packet(0, document))],
  ['padding alone', packet(21, document)],
  ['bytes behind the key', bytes(alice.publicBinary, hex('00'))],
  [
    'a packet of partial lengths',
    packet(6, bytes(alice.primary.publicBody, new Uint8Array(2000)), 'partial'),
  ],
  ['a packet without a length', packet(6, alice.primary.publicBody, 'indeterminate')],
  ['a key packet with bytes behind its numbers', packet(6, bytes(alice.primary.publicBody, 0))],
  ['a key packet that is too short', packet(6, alice.primary.publicBody.subarray(0, -1))],
  ['a key packet of three bytes', packet(6, hex('046000'))],
]
for (const [name, content] of faults)
  test(`a fault that names the file: ${name}`, async () => {
    const fault = await faultOf(content, alice.publicArmored)
    assert.match(fault.message, /^\/keys\/0\.asc/)
    assert.ok(fault.remedy)
  })

test('a file that was cut off anywhere is a fault', async () => {
  const { publicBinary, publicArmored } = bob
  const ends = new Set<number>() // of a packet: there the file holds less, but nothing that is not whole
  for (let found = readPacket(publicBinary); found !== null; found = readPacket(found.rest))
    ends.add(publicBinary.length - found.rest.length)
  assert.ok(ends.has(publicBinary.length))
  for (let length = 1; length < publicBinary.length; length += 1)
    if (!ends.has(length)) await faultOf(publicBinary.subarray(0, length))
  for (let length = 0; length < publicArmored.trimEnd().length; length += 1)
    await faultOf(publicArmored.slice(0, length))
})

test('what is not critical is passed over: trust packets, markers, padding, photos, unknown kinds', async () => {
  const { publicBinary } = alice
  const odd = bytes(
    packet(10, text('PGP')),
    publicBinary,
    packet(12, hex('0000')),
    packet(17, document),
    signaturePacket(alice.primary, document, { type: 0x13 }),
    packet(60, document),
    packet(21, document),
  )
  const [key] = await read(odd)
  assert.is(key?.unusable, null)
  assert.equal(key?.userIds, ['Alice <alice@example.org>'])
})

test('keys that cannot be used are listed with the reason and trusted for nothing', async () => {
  const version3 = packet(6, bytes(3, uint32(now()), uint16(0), 1, uint16(8), 0xff, uint16(2), 3))
  const unknown = packet(6, bytes(4, uint32(now()), 99, document))
  const keys = await read(
    alice.publicArmored,
    makeKey({ algorithm: 'dsa2048' }).publicArmored,
    makeKey({ algorithm: 'secp256k1', subkeys: [{ algorithm: 'eddsa' }] }).publicArmored,
    version3,
    unknown,
    makeKey({ selfSignature: null }).publicArmored,
    makeKey({ flags: 0x01 }).publicArmored,
  )
  assert.equal(
    keys.map(key => key.unusable),
    [
      null,
      'dsa2048 is not supported',
      'secp256k1 is not supported',
      'version 3 is not supported',
      'algorithm 99 is not supported',
      'no self-signature that counts',
      'no part of it is for signing',
    ],
  )
  assert.equal(
    keys.map(key => key.parts.filter(part => part.forSigning).length),
    [1, 0, 0, 0, 0, 0, 0],
  )
})

test('no usable key in the whole directory is a fault that says why', async () => {
  const fault = await faultOf(makeKey({ algorithm: 'dsa2048' }).publicArmored)
  assert.match(fault.message, /0\.asc: no usable key \(dsa2048 is not supported\)/)
})

test('a subkey of an algorithm that cannot be used is no part, and the key goes on', async () => {
  const made = makeKey({ subkeys: [{ algorithm: 'dsa2048' }, { algorithm: 'secp256k1' }, {}] })
  const [key] = await read(made.publicArmored)
  assert.equal(
    key?.parts.map(part => part.fingerprint),
    [made.fingerprint, made.subkeys[2]?.fingerprint],
  )
})

test('a point that is not on its curve, and RSA that anybody could sign for, are not used', async () => {
  const mangled = (body: Uint8Array, at: number, value: number) => {
    const copy = Uint8Array.from(body)
    copy[copy.length + at] = value
    return packet(6, copy)
  }
  const point = makeSecret('p256', 4, now()).publicBody
  const rsa = makeSecret('rsa2048', 4, now()).publicBody
  // with the exponent 1 what is to be signed is its own signature
  const one = packet(6, bytes(rsa.subarray(0, -5), 0, 1, 1))
  const [, offCurve, evenExponent, exponentOne] = await read(
    alice.publicArmored,
    mangled(point, -1, (point.at(-1) ?? 0) ^ 1),
    mangled(rsa, -1, 2),
    one,
  )
  assert.is(offCurve?.unusable, 'nistp256 is not supported')
  assert.is(evenExponent?.unusable, 'rsa2048 is not supported')
  assert.is(exponentOne?.unusable, 'rsa2048 is not supported')
})

test('a user id that is not UTF-8 is read byte for byte', async () => {
  const latin1 = bytes(text('Andr'), 0xe9)
  const { primary } = alice
  const frame = bytes(0x99, uint16(primary.publicBody.length), primary.publicBody)
  const data = bytes(frame, 0xb4, uint32(latin1.length), latin1)
  const [key] = await read(
    bytes(
      packet(6, primary.publicBody),
      packet(13, latin1),
      signaturePacket(primary, data, { type: 0x13, alsoHashed: [hex('021b03')] }),
    ),
  )
  assert.equal(key?.userIds, ['André'])
})

test('a user id without the self-signature of its key is not shown as its name', async () => {
  const [key] = await read(bytes(alice.publicBinary, packet(13, text('Linus Torvalds'))))
  assert.equal(key?.userIds, ['Alice <alice@example.org>'])
})

test('a key flooded with certifications is a fault, not a wait', async () => {
  const stranger = signaturePacket(bob.primary, document, { type: 0x10 })
  const [key] = await read(bytes(alice.publicBinary, ...Array<Uint8Array>(9_000).fill(stranger)))
  assert.is(key?.unusable, null)
  const fault = await faultOf(bytes(alice.publicBinary, ...Array<Uint8Array>(100_000).fill(stranger)))
  assert.match(fault.message, /too many signatures/)
  const spread = ['A', 'B', 'C'].map(name =>
    bytes(packet(13, text(name)), ...Array<Uint8Array>(4_000).fill(stranger)),
  )
  assert.match((await faultOf(bytes(alice.publicBinary, ...spread))).message, /too many signatures/)
})

test('a key flooded with forgeries of its own self-signature is a fault, not a wait', async () => {
  const forged = signaturePacket(alice.primary, document, { type: 0x13 })
  const fault = await faultOf(bytes(alice.publicBinary, ...Array<Uint8Array>(5_000).fill(forged)))
  assert.match(fault.message, /too many signatures by itself/)
})

test('a subkey that two primary keys claim is a fault that names both', async () => {
  const one = makeKey({ subkeys: [{}] })
  const subkey = one.subkeys[0]
  if (subkey === undefined) throw new Error('no subkey')
  const { primary } = bob
  const frame = (body: Uint8Array) => bytes(0x99, uint16(body.length), body)
  const data = bytes(frame(primary.publicBody), frame(subkey.publicBody))
  const claimed = bytes(
    packet(14, subkey.publicBody),
    signaturePacket(primary, data, { type: 0x18, alsoHashed: [subpackets.keyFlags(2)] }),
  )
  const fault = await faultOf(one.publicArmored, bytes(bob.publicBinary, claimed))
  assert.ok(fault.message.includes(one.fingerprint) && fault.message.includes(bob.fingerprint))
  assert.is((await read(one.publicArmored, bytes(bob.publicBinary, packet(14, subkey.publicBody)))).length, 2)
})

const keyrings = ['debian-keyring', 'debian-maintainers'].flatMap(name =>
  ['gpg', 'pgp'].map(suffix => `/usr/share/keyrings/${name}.${suffix}`).filter(path => existsSync(path)),
)

/** Each key of a binary key ring by itself. */
function* keysOf(ring: Uint8Array): Generator<Uint8Array> {
  let [start, at] = [0, 0]
  for (let packet = readPacket(ring); packet !== null; packet = readPacket(packet.rest)) {
    if (packet.tag === 6 && at > start) {
      yield ring.subarray(start, at)
      start = at
    }
    at = ring.length - packet.rest.length
  }
  yield ring.subarray(start, at)
}

type Listed = {
  readonly fingerprint: string
  readonly end: number
  readonly revoked: boolean
  readonly signs: boolean
}

/** What GnuPG says of each key and subkey that may be a part of ours. */
function gpgList(path: string): Listed[] {
  const gpg = gpgHome()
  try {
    const options = ['--no-default-keyring', `--keyring=${path}`, '--with-colons', '--fixed-list-mode']
    const lines = gpg.run([...options, '--with-subkey-fingerprint', '--list-keys']).stdout.split('\n')
    let primary = { end: Number.POSITIVE_INFINITY, revoked: false }
    return lines.flatMap((line, index) => {
      const [kind = '', validity = '', , algorithm = '', , , expires = '', , , , , uses = ''] =
        line.split(':')
      if (kind !== 'pub' && kind !== 'sub') return []
      const own = {
        end: expires === '' ? Number.POSITIVE_INFINITY : Number(expires),
        revoked: validity === 'r',
      }
      if (kind === 'pub') primary = own
      const fingerprint =
        lines
          .slice(index)
          .find(later => later.startsWith('fpr:'))
          ?.split(':')[9] ?? ''
      if (!['1', '19', '22'].includes(algorithm) || validity === 'i') return []
      const revoked = own.revoked || primary.revoked
      return [{ fingerprint, end: Math.min(own.end, primary.end), revoked, signs: uses.includes('s') }]
    })
  } finally {
    gpg.close()
  }
}

test.unless(
  keyrings.length < 2 ? 'the package debian-keyring is not installed' : null,
  'the keys of all Debian developers, a file each: their parts, ends and uses are those that GnuPG lists',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'k-'))
    try {
      const rings = keyrings.map(path => readFileSync(path))
      const certificates = rings.flatMap(ring => [...keysOf(ring)])
      for (const [index, key] of certificates.entries()) writeFileSync(join(folder, `${index}.gpg`), key)
      const keys = await readKeys(readKeyFiles([folder], null), { now: now(), skew: 300 })
      assert.ok(keys.length > 1_000, String(keys.length))
      const parts = new Map(keys.flatMap(key => key.parts).map(part => [part.fingerprint, part]))
      const listed = keyrings.flatMap(gpgList)
      const differing = listed.filter(({ fingerprint, end, revoked, signs }) => {
        const part = parts.get(fingerprint)
        if (part === undefined) return true
        const ourEnd = part.validUntil ?? Number.POSITIVE_INFINITY
        return ourEnd !== end || (part.revoked !== null) !== revoked || part.forSigning !== signs
      })
      const usable = keys.filter(key => key.unusable === null)
      assert.ok(listed.length > 3_000 && usable.length > 1_000, `${listed.length} ${usable.length}`)
      // one has self-signatures over RIPEMD-160 alone, one is a subkey of a DSA key
      assert.ok(differing.length <= 2, JSON.stringify(differing))
      assert.ok(differing.every(({ fingerprint }) => !parts.has(fingerprint)))
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)

test.run()
