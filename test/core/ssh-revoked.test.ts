import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Fault } from '../../src/core/fault.ts'
import { readRevocations } from '../../src/core/ssh-revoked.ts'
import { sshArithmetic } from '../../src/edge/arithmetic.ts'
import * as assert from '../support/assert.ts'
import { opensshAccepts, opensshMissing, type SshCase, sshOutcome, sshPayload } from '../support/openssh.ts'
import { bytes, text, uint32 } from '../support/packets.ts'
import { makeSshKey, mpint, type SshCertificateShape, uint64, wire } from '../support/ssh-keys.ts'
import { suite } from '../support/suite.ts'

const test = suite('ssh revoked keys')
const alice = makeSshKey('ed25519')
const bob = makeSshKey('nistp256')
const authority = makeSshKey('ed25519', 'authority')
const other = makeSshKey('ed25519', 'another authority')
const allowed = `alice@example.org ${alice.line}\n* cert-authority ${authority.line}\n`
const plain: SshCase = { allowed, signature: alice.sign(sshPayload) }

function certified(shape: SshCertificateShape = {}): SshCase {
  return { allowed, signature: bob.sign(sshPayload, { blob: authority.certify(bob, shape) }) }
}

/** What ssh-keygen -k makes of its own language for such lists. */
function krl(lines: string, ca: string | null = null): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'k-'))
  try {
    writeFileSync(join(folder, 'spec'), `${lines}\n`)
    writeFileSync(join(folder, 'ca.pub'), `${ca}\n`)
    const args = ['-q', '-k', '-f', 'krl', ...(ca === null ? [] : ['-s', 'ca.pub']), 'spec']
    const { status, stderr } = spawnSync('ssh-keygen', args, { cwd: folder, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    return readFileSync(join(folder, 'krl'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const numbers = Array.from({ length: 40 }, (_, index) => `serial: ${3 + index * 2}`).join('\n')

/** [what, list in ssh-keygen's language, whose certificates, what is judged, whether that is revoked] */
const binary: readonly [what: string, spec: string, ca: string | null, judged: SshCase, revoked: boolean][] =
  [
    ['the key', `key: ${alice.line}`, null, plain, true],
    ['another key', `key: ${bob.line}`, null, plain, false],
    ['its SHA-256', `sha256: ${alice.line}`, null, plain, true],
    ['its SHA-1', `sha1: ${alice.line}`, null, plain, true],
    ['its fingerprint', `hash: ${alice.fingerprint}`, null, plain, true],
    ['another SHA-1', `sha1: ${bob.line}`, null, plain, false],
    ['the key that is certified', `key: ${bob.line}`, null, certified(), true],
    ['the SHA-1 of the key that is certified', `sha1: ${bob.line}`, null, certified(), true],
    ['the fingerprint of the key that is certified', `hash: ${bob.fingerprint}`, null, certified(), true],
    ['a serial number', 'serial: 5', authority.line, certified({ serial: 5n }), true],
    ['another serial number', 'serial: 5', authority.line, certified({ serial: 6n }), false],
    ["another authority's serial number", 'serial: 5', other.line, certified({ serial: 5n }), false],
    ['a run of serial numbers, its first', 'serial: 5-900', authority.line, certified({ serial: 5n }), true],
    ['a run of serial numbers, its last', 'serial: 5-900', authority.line, certified({ serial: 900n }), true],
    [
      'a run of serial numbers, the next',
      'serial: 5-900',
      authority.line,
      certified({ serial: 901n }),
      false,
    ],
    ['many serial numbers, the first', numbers, authority.line, certified({ serial: 3n }), true],
    ['many serial numbers, the last', numbers, authority.line, certified({ serial: 81n }), true],
    ['many serial numbers, one between', numbers, authority.line, certified({ serial: 4n }), false],
    ['many serial numbers, one behind', numbers, authority.line, certified({ serial: 83n }), false],
    [
      'great serial numbers',
      'serial: 18446744073709551615',
      authority.line,
      certified({ serial: (1n << 64n) - 1n }),
      true,
    ],
    ['serial number 0, which is none', 'serial: 1-10', authority.line, certified({ serial: 0n }), false],
    ['a key id', 'id: alice', authority.line, certified({ keyId: 'alice' }), true],
    ['a key id of any authority', 'id: alice', 'none', certified({ keyId: 'alice' }), true],
    ['another key id', 'id: alice', authority.line, certified({ keyId: 'Alice' }), false],
  ]

for (const [what, spec, ca, judged, isRevoked] of binary)
  test.unless(opensshMissing, `${what}: ${isRevoked ? '' : 'not '}revoked, as for ssh-keygen`, async () => {
    const revoked = ca === 'none' ? anyAuthority('alice') : krl(spec, ca)
    assert.match(await sshOutcome(judged), /^verified/)
    assert.match(await sshOutcome({ ...judged, revoked }), isRevoked ? /^key-revoked$/ : /^verified/)
    assert.is(opensshAccepts({ ...judged, revoked }), !isRevoked)
  })

const lists: readonly [what: string, list: string, judged: SshCase, revoked: boolean][] = [
  ['a public key', `# gone\n${alice.line}\n`, plain, true],
  ['another public key', `${bob.line}\n`, plain, false],
  ['an authority', authority.line, certified(), true],
  ['another authority', other.line, certified(), false],
  ['the key that is certified', bob.line, certified(), true],
]

for (const [what, revoked, judged, isRevoked] of lists)
  test.unless(
    opensshMissing,
    `a line, ${what}: ${isRevoked ? '' : 'not '}revoked, as for ssh-keygen`,
    async () => {
      assert.match(await sshOutcome({ ...judged, revoked }), isRevoked ? /^key-revoked$/ : /^verified/)
      assert.is(opensshAccepts({ ...judged, revoked }), !isRevoked)
    },
  )

test('a fingerprint a line, also of who is certified, and in an audit of old history too', async () => {
  const revoked = `${alice.fingerprint}\r\n  \n${bob.fingerprint}`
  const old = { clock: { rule: 'signature' }, dated: 1_600_000_000 } as const
  for (const judged of [plain, certified(), { ...plain, ...old }])
    assert.is(await sshOutcome({ ...judged, revoked }), 'key-revoked')
  assert.match(await sshOutcome({ ...plain, ...old }), /^verified/)
})

const header = bytes(text('SSHKRL\n\0'), uint32(1), uint64(1n), uint64(0n), uint64(0n), wire(''), wire(''))
const section = (type: number, ...content: readonly Uint8Array[]) => bytes(type, wire(bytes(...content)))
const certificates = (...content: readonly Uint8Array[]) => section(1, wire(''), wire(''), ...content)

function anyAuthority(keyId: string): Uint8Array {
  return bytes(header, certificates(section(0x23, wire(keyId))))
}

const damaged: readonly [what: string, list: Uint8Array][] = [
  ['the magic alone', header.subarray(0, 8)],
  ['another format', bytes(text('SSHKRL\n\0'), uint32(2), header.subarray(12))],
  ['flags', bytes(header.subarray(0, 28), uint64(1n), wire(''), wire(''))],
  ['something reserved', bytes(header.subarray(0, 36), wire('x'), wire(''))],
  ['a section that nobody knows', bytes(header, section(9, wire('x')))],
  ['a signature', bytes(header, section(4, alice.blob), wire('x'))],
  ['an extension', bytes(header, section(255, wire('x@example.org'), Uint8Array.of(0), wire('')))],
  ['no key in a section of keys', bytes(header, section(2))],
  ['a certificate among the keys', bytes(header, section(2, wire(authority.certify(alice))))],
  ['a hash that is too short', bytes(header, section(5, wire(new Uint8Array(31))))],
  ['SHA-256 in the place of SHA-1', bytes(header, section(3, wire(new Uint8Array(32))))],
  ['half a serial number', bytes(header, certificates(section(0x20, uint32(1))))],
  ['a run without an end', bytes(header, certificates(section(0x21, uint64(1n))))],
  [
    'bits beyond the last number',
    bytes(header, certificates(section(0x22, uint64((1n << 64n) - 1n), mpint(bytes(3))))),
  ],
  ['certificates of a section that nobody knows', bytes(header, certificates(section(0x39, wire('x'))))],
  ['something reserved for certificates', bytes(header, section(1, wire(''), wire('x')))],
  ['cut off', anyAuthority('alice').subarray(0, -1)],
  ['a byte more', bytes(anyAuthority('alice'), 0)],
]

for (const [what, list] of damaged)
  test(`a fault: ${what}`, () => {
    assert.ok(faultOf(list).message.startsWith('/keys/revoked: a list of revoked keys with something in it'))
  })

const lines: readonly [what: string, line: string, wrong: string][] = [
  ['a cut-off fingerprint', alice.fingerprint.slice(0, -1), 'not a whole fingerprint'],
  ['a fingerprint with a comment', `${alice.fingerprint} alice`, 'not a whole fingerprint'],
  ['a fingerprint in another case', alice.fingerprint.replace('SHA', 'sha'), 'not a whole fingerprint'],
  ['MD5', 'MD5:00:11', "'MD5:00:11' is followed by no key"],
  ['the language of ssh-keygen -k', 'serial: 5', "'serial:' is followed by no key"],
  ['an OpenPGP fingerprint', 'A'.repeat(40), 'is followed by no key'],
  ['an option', `cert-authority ${alice.line}`, "'cert-authority' is no option"],
  ['principals', `alice ${alice.line}`, "'alice' is no option"],
  ['a key that is cut off', alice.line.slice(0, 40), 'cut off or damaged'],
]

for (const [what, line, wrong] of lines)
  test(`a fault with its line: ${what}`, () => {
    const { message } = faultOf(text(`${bob.line}\n\n${line}\n`))
    assert.ok(message.startsWith('/keys/revoked:3: '), message)
    assert.ok(message.includes(wrong), message)
  })

test('a list of hashes that is as long as they come is quick to ask', () => {
  const hashes = Array.from({ length: 20_000 }, (_, index) =>
    wire(createHash('sha256').update(`${index}`).digest()),
  )
  const list = bytes(header, section(5, ...hashes))
  const { isRevoked } = readRevocations([{ path: 'krl', bytes: list }], sshArithmetic)
  const shown = sshArithmetic.shown(createHash('sha256').update('19999').digest())
  assert.is(isRevoked({ sha256: shown, sha1: '' }), true)
  assert.is(isRevoked({ sha256: alice.fingerprint, sha1: '' }), false)
})

function faultOf(list: Uint8Array): Fault {
  try {
    readRevocations([{ path: '/keys/revoked', bytes: list }], sshArithmetic)
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  throw new Error('no fault')
}

test.run()
