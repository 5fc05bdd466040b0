import * as assert from './support/assert.ts'
import {
  opensshAccepts,
  opensshMissing,
  type SshCase,
  sshNow,
  sshOutcome,
  sshPayload,
  sshVerdict,
} from './support/openssh.ts'
import { bytes } from './support/packets.ts'
import { makeSshKey, type SshCertificateShape, type SshKey, soundSshTypes, wire } from './support/ssh-keys.ts'
import { suite } from './support/suite.ts'

const test = suite('ssh certificates')
const authority = makeSshKey('ed25519', 'authority')
const alice = makeSshKey('ed25519')
const listed = `*@example.org cert-authority ${authority.line}\n`

type Certified = {
  readonly shape?: SshCertificateShape
  readonly allowed?: string
  readonly by?: SshKey
  readonly of?: SshKey
}

/** A signature by a key that says that it is certified so. */
function certified({ shape = {}, allowed = listed, by = authority, of = alice }: Certified = {}): SshCase {
  return { allowed, signature: of.sign(sshPayload, { blob: by.certify(of, shape) }) }
}

for (const type of soundSshTypes)
  test.unless(opensshMissing, `${type}: certified and certifying, here and for ssh-keygen`, async () => {
    const key = makeSshKey(type)
    const subject = certified({ of: key })
    assert.is(await sshOutcome(subject), `verified ${key.fingerprint}`)
    assert.is(opensshAccepts(subject), true)
    const certifies = certified({ by: key, allowed: `alice@example.org cert-authority ${key.line}` })
    assert.is(await sshOutcome(certifies), `verified ${alice.fingerprint}`)
    assert.is(opensshAccepts(certifies), true)
    const stranger = certified({ by: makeSshKey(type) })
    assert.is(await sshOutcome(stranger), 'unknown-key')
    assert.is(opensshAccepts(stranger), false)
  })

test('its addresses are the principals that its authority may vouch for', async () => {
  const principals = ['x', 'bob@example.org', 'eve@example.com', '*@example.org']
  const verdict = await sshVerdict(certified({ shape: { principals } }))
  assert.equal(verdict.ok && verdict.signer.mailboxes, ['bob@example.org'])
  const plain = await sshVerdict({
    allowed: `alice@example.org,*@example.com,a@x.org ${alice.line}`,
    signature: alice.sign(sshPayload),
  })
  assert.equal(plain.ok && plain.signer.mailboxes, ['alice@example.org', 'a@x.org'])
})

const seconds = BigInt(sshNow)
const otherNames = 'key-not-for-signing: its certificate is for other principals'

/** Where both agree; ssh-keygen's yes or no, and what is said here. */
const alike: readonly [what: string, certified: Certified, outcome: string][] = [
  ['a principal of the line', {}, 'verified'],
  ['a second principal of the line', { shape: { principals: ['x', 'bob@example.org'] } }, 'verified'],
  ['another principal', { shape: { principals: ['alice@example.com'] } }, otherNames],
  ['no principal, which is nobody and not everybody', { shape: { principals: [] } }, otherNames],
  ['a principal that is excluded', { allowed: `!alice@*,${listed}` }, otherNames],
  ['a principal that is itself a pattern', { shape: { principals: ['*'] } }, otherNames],
  ['a principal in another case', { shape: { principals: ['alice@EXAMPLE.org'] } }, otherNames],
  ['a host', { shape: { kind: 2 } }, 'key-not-for-signing: its certificate is for a host'],
  ['from now on', { shape: { from: seconds } }, 'verified'],
  [
    'from a second later on',
    { shape: { from: seconds + 1n } },
    'signed-before-key: its key is not valid yet',
  ],
  ['until the next second', { shape: { until: seconds + 1n } }, 'verified'],
  ['until now', { shape: { until: seconds } }, 'key-expired'],
  [
    'from the end of time on',
    { shape: { from: 0xffffffffffffffffn } },
    'signed-before-key: its key is not valid yet',
  ],
  [
    'an authority that has ended',
    { allowed: listed.replace('cert-', 'valid-before="20230101Z",cert-') },
    'key-expired',
  ],
  ['an authority for files', { allowed: listed.replace('cert-', 'namespaces="file",cert-') }, 'unknown-key'],
  ['an authority for git', { allowed: listed.replace('cert-', 'namespaces="git",cert-') }, 'verified'],
  ['an authority that is listed as a signer', { allowed: `*@example.org ${authority.line}` }, 'unknown-key'],
  [
    'a signer, who is not trusted by his certificate',
    { allowed: `alice@example.org ${alice.line}` },
    'unknown-key',
  ],
  ['an unknown kind', { shape: { kind: 3 } }, 'unreadable-signature: its certificate is malformed'],
  [
    'a bit changed',
    { shape: { rewrite: changed } },
    'unreadable-signature: its certificate is not by whom it names',
  ],
  [
    'a byte more',
    { shape: { rewrite: blob => bytes(blob, 0) } },
    'unreadable-signature: its certificate is malformed',
  ],
  [
    'cut off',
    { shape: { rewrite: blob => blob.subarray(0, -1) } },
    'unreadable-signature: its certificate is malformed',
  ],
]

for (const [what, given, outcome] of alike)
  test.unless(opensshMissing, `${what}: ${outcome}, and so for ssh-keygen`, async () => {
    const made = certified(given)
    const said = await sshOutcome(made)
    assert.is(outcome === 'verified' ? said.replace(/ .*/, '') : said, outcome)
    assert.is(opensshAccepts(made), outcome === 'verified')
  })

/** Where ssh-keygen is content, or of another opinion. */
const stricter: readonly [what: string, certified: Certified, outcome: string][] = [
  [
    'a command that it is for',
    { shape: { critical: [['force-command', 'true']] } },
    'key-not-for-signing: its certificate is for logins alone',
  ],
  [
    'an option that nobody knows',
    { shape: { critical: [['x@example.org', '']] } },
    'key-not-for-signing: its certificate is for logins alone',
  ],
  [
    'an authority that signs over SHA-1',
    certifiedByRsa({ form: 'ssh-rsa' }),
    'key-not-for-signing: its certificate is signed over SHA-1',
  ],
  ['an authority that signs over SHA-256', certifiedByRsa({ form: 'rsa-sha2-256' }), 'verified'],
  [
    'an authority of 1024 bits',
    certifiedByRsa({}, 'rsa1024'),
    'key-not-for-signing: its authority has fewer than 2048 bits',
  ],
  ['a key of 1024 bits', { of: makeSshKey('rsa1024') }, 'weak-key'],
]

for (const [what, given, outcome] of stricter)
  test(`${what}: ${outcome}`, async () => {
    const said = await sshOutcome(certified(given))
    assert.is(outcome === 'verified' ? said.replace(/ .*/, '') : said, outcome)
  })

test('an authority signs nothing by itself', async () => {
  const signature = authority.sign(sshPayload)
  const said = 'key-not-for-signing: its key is there to certify others'
  assert.is(await sshOutcome({ allowed: listed, signature }), said)
  assert.match(await sshOutcome({ allowed: `${listed}a ${authority.line}`, signature }), /^verified/)
})

test.unless(opensshMissing, 'who is certified certifies nobody', async () => {
  const between = makeSshKey('ed25519')
  const nested = certified({ by: between, shape: { authority: authority.certify(between) } })
  assert.is(await sshOutcome(nested), 'unreadable-signature: its certificate is malformed')
  assert.is(opensshAccepts(nested), false)
  const direct = certified({ by: between })
  assert.is(await sshOutcome(direct), 'unknown-key')
})

test("somebody else's certificate is of no use to a key", async () => {
  const mallory = makeSshKey('ed25519')
  const signature = mallory.sign(sshPayload, { blob: authority.certify(alice) })
  assert.is(await sshOutcome({ allowed: listed, signature }), 'bad-signature')
})

test('a security key that is certified needs a touch, and a PIN where its certificate asks for one', async () => {
  const token = makeSshKey('sk-ed25519')
  const outcome = (flags: number, shape: SshCertificateShape = {}) =>
    sshOutcome({
      allowed: listed,
      signature: token.sign(sshPayload, { flags, blob: authority.certify(token, shape) }),
    })
  const pin = { critical: [['verify-required', '']] } as const
  assert.match(await outcome(1), /^verified/)
  assert.is(await outcome(0), 'unsupported-signature: its security key was not touched')
  assert.match(await outcome(5, pin), /^verified/)
  assert.is(await outcome(1, pin), 'unsupported-signature: its security key did not ask for a PIN')
})

test('a .pub file can name an authority with its principals', async () => {
  const allowed = `cert-authority,principals="alice@example.org,bob" ${authority.line}\n`
  assert.match(await sshOutcome({ ...certified(), allowed, file: 'ca.pub' }), /^verified/)
  const other = certified({ shape: { principals: ['eve@example.org'] } })
  assert.is(await sshOutcome({ ...other, allowed, file: 'ca.pub' }), otherNames)
})

function certifiedByRsa(shape: SshCertificateShape, type: 'rsa2048' | 'rsa1024' = 'rsa2048'): Certified {
  const by = makeSshKey(type)
  return { by, shape, allowed: `*@example.org cert-authority ${by.line}` }
}

/** In the key id. */
function changed(blob: Uint8Array): Uint8Array {
  const copy = Buffer.from(blob)
  const at = copy.indexOf(wire('id'))
  copy[at + 4] = 'j'.charCodeAt(0)
  return copy
}

test.run()
