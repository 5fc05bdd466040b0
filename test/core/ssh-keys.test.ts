import { Fault } from '../../src/core/fault.ts'
import { trustedSshKeys } from '../../src/core/ssh-keys.ts'
import { readRevocations } from '../../src/core/ssh-revoked.ts'
import { sshArithmetic } from '../../src/edge/arithmetic.ts'
import * as assert from '../support/assert.ts'
import { opensshAccepts, opensshMissing, sshNow, sshOutcome, sshPayload } from '../support/openssh.ts'
import { bytes, text } from '../support/packets.ts'
import { makeSshKey, type SshKey, sshFingerprint, wire } from '../support/ssh-keys.ts'
import { suite } from '../support/suite.ts'

const test = suite('ssh key files')
const alice = makeSshKey('ed25519')
const bob = makeSshKey('nistp256')
const token = makeSshKey('sk-nistp256')
const key = alice.line.split(' ').slice(0, 2).join(' ')
const signature = alice.sign(sshPayload)

function read(content: string | Uint8Array, path: string) {
  const file = { path, bytes: typeof content === 'string' ? text(content) : content }
  return trustedSshKeys([file], readRevocations([], sshArithmetic), sshArithmetic)
}

/** [what, line of allowed_signers, whether alice's signature passes by it] */
const lines: readonly [what: string, line: string, passes: boolean][] = [
  ['a principal', `alice@example.org ${key}`, true],
  ['a comment behind the key', `alice@example.org ${key} any words "here`, true],
  ['several principals', `a@example.org,b@example.org ${key}`, true],
  ['a pattern', `*@example.org ${key}`, true],
  ['all but one', `!bob@example.org,*@example.org ${key}`, true],
  ['blanks in front and between', `  alice \t ${key}  `, true],
  ['carriage returns', `# a\r\nalice ${key}\r`, true],
  ['comments and empty lines around', `# alice ${key}\n\n  # x\nalice ${key}\n\n`, true],
  ['in a comment alone, another key beside', `# alice ${key}\nbob ${bob.line}`, false],
  ['namespaces', `alice namespaces="git" ${key}`, true],
  ['namespaces in capitals', `alice NameSpaces="git" ${key}`, true],
  ['several namespaces', `alice namespaces="file,git" ${key}`, true],
  ['a pattern of namespaces', `alice namespaces="g*" ${key}`, true],
  ['other namespaces', `alice namespaces="file" ${key}`, false],
  ['all namespaces but git', `alice namespaces="*,!git" ${key}`, false],
  ['a namespace in capitals', `alice namespaces="GIT" ${key}`, false],
  ['valid since', `alice valid-after="20231114221320Z" ${key}`, true],
  ['valid a second later', `alice valid-after="20231114221321Z" ${key}`, false],
  ['valid until now', `alice valid-before="20231114221320Z" ${key}`, true],
  ['valid until a second ago', `alice valid-before="20231114221319Z" ${key}`, false],
  ['a day in UTC', `alice valid-after="20231114Z" ${key}`, true],
  ['the next day', `alice valid-after="20231115Z" ${key}`, false],
  ['a minute', `alice valid-before="202311142213Z" ${key}`, false],
  ['a window', `alice valid-after="20230101Z",valid-before="20240101Z",namespaces="git" ${key}`, true],
  ['a window that is past', `alice valid-after="20220101Z",valid-before="20230101Z" ${key}`, false],
  ['two lines, the second of them good', `a valid-before="20230101Z" ${key}\nb ${key}`, true],
  ['two lines, the first of them good', `b ${key}\na namespaces="file" ${key}`, true],
  ['an authority', `alice cert-authority ${key}\nbob ${bob.line}`, false],
  ['an authority, and itself', `a cert-authority ${key}\na ${key}`, true],
  ['another key', `alice ${bob.line}`, false],
]

for (const [what, allowed, passes] of lines)
  test.unless(
    opensshMissing,
    `${what}: ${passes ? 'passes' : 'does not pass'}, as for ssh-keygen`,
    async () => {
      const outcome = await sshOutcome({ allowed, signature })
      assert.is(outcome.startsWith('verified'), passes, outcome)
      assert.is(opensshAccepts({ allowed, signature }), passes)
    },
  )

const dsa = `ssh-dss ${Buffer.from(bytes(wire('ssh-dss'), wire('x'))).toString('base64')}`
const certificate = (subject: SshKey) => {
  const blob = bob.certify(subject)
  return `${subject.name}-cert-v01@openssh.com ${Buffer.from(blob).toString('base64')}`
}

/** What ssh-keygen refuses, passes over, or reads in a way that a person would not: `file:line` and a part of what is wrong. */
const faults: readonly [what: string, line: string, wrong: string, file?: string][] = [
  ['no principals', key, 'no principals before the key'],
  ['no principals, a comment behind', `${key} alice`, 'no principals before the key'],
  ['an option in the place of principals', `cert-authority ${key}`, "'cert-authority' are no principals"],
  ['a quote in the principals', `"alice bob" ${key}`, 'are no principals'],
  ['principals that name nobody', `!bob ${key}`, "'!bob' names nobody"],
  ['an empty principal', `alice,,bob ${key}`, 'names nobody'],
  ['principals alone', 'alice', 'no principals before the key'],
  ['an unknown option', `alice no-git ${key}`, "'no-git' is no option"],
  ['an option that begins like another', `alice cert-authorityx ${key}`, 'is no option'],
  ['an unknown option behind a known one', `alice namespaces="git",foo ${key}`, "'foo' is no option"],
  ['a value for an option without', `alice cert-authority="yes" ${key}`, 'is no option'],
  ['no value for an option with one', `alice namespaces ${key}`, 'is no option'],
  ['an empty value', `alice namespaces="" ${key}`, 'is no option'],
  ['an option without quotes', `alice namespaces=git ${key}`, 'is no option'],
  ['an escaped quote', `alice namespaces="file\\",valid-after=\\"git" ${key}`, 'is no option'],
  ['a quote that hides an option', `alice namespaces="git"valid-before="20200101Z" ${key}`, 'is no option'],
  ['a comma at the end', `alice namespaces="git", ${key}`, 'is no option'],
  ['a blank within a value', `alice namespaces="git, file" ${key}`, 'is no option'],
  ['a quote that is not closed', `alice namespaces="git ${key}`, 'a quote that is not closed'],
  ['an option twice', `alice namespaces="file",namespaces="git" ${key}`, 'the option namespaces twice'],
  ['an option twice, in another case', `alice cert-authority,Cert-Authority ${key}`, 'twice'],
  ['a day that is none', `alice valid-before="20230230Z" ${key}`, 'is not a time'],
  ['a time with words', `alice valid-before="tomorrow" ${key}`, 'is not a time'],
  ['a time of another length', `alice valid-before="2023010112Z" ${key}`, 'is not a time'],
  [
    'an end before the beginning',
    `alice valid-after="20240101Z",valid-before="20230101Z" ${key}`,
    'not later than',
  ],
  ['options of authorized_keys', `alice no-touch-required ${token.line}`, 'is no option'],
  [
    'options behind the key type',
    `alice ssh-ed25519 namespaces="git" ${key.split(' ')[1]}`,
    'cut off or damaged',
  ],
  ['two types', `alice ssh-rsa ${key}`, 'cut off or damaged'],
  ['another type than the key has', `alice ssh-rsa ${key.split(' ')[1]}`, 'its key is not of type ssh-rsa'],
  ['a key that is cut off', `alice ${key.slice(0, -8)}`, 'its key is cut off or damaged'],
  [
    'a key that is cut in the middle of its base64',
    `alice ${key.slice(0, -1)}`,
    'its key is cut off or damaged',
  ],
  ['no key', 'alice ssh-ed25519', 'its key is cut off or damaged'],
  ['a certificate', `alice ${certificate(alice)}`, 'a certificate'],
  ['a control character', `alice ${key}\u0007`, 'a control character'],
  ['a line that overwrites itself', `mallory\r alice ${key}`, 'a control character'],
  ['a point that is not on its curve', `alice ${offCurve()}`, 'its key is damaged'],
  ['an authority for names beyond ASCII', `*@ex\u00e4mple.org cert-authority ${key}`, 'plain ASCII'],
  ['principals in a .pub file', `alice ${key}`, "'alice' is no option", 'alice.pub'],
  ['a command in a .pub file', `command="x" ${key}`, 'is no option', 'alice.pub'],
  ['addresses in a .pub file', `from="10.0.0.0/8" ${key}`, 'is no option', 'alice.pub'],
  ['restrict in a .pub file', `restrict ${key}`, 'is no option', 'alice.pub'],
  ['namespaces in a .pub file', `namespaces="git" ${key}`, 'is no option', 'alice.pub'],
  ['an authority for nobody in a .pub file', `cert-authority ${key}`, 'without principals', 'alice.pub'],
  [
    'principals without authority in a .pub file',
    `principals="a" ${key}`,
    'cert-authority may speak',
    'alice.pub',
  ],
  [
    'patterns of principals in a .pub file',
    `cert-authority,principals="*" ${key}`,
    'cert-authority may speak',
    'ca.pub',
  ],
]

for (const [what, line, wrong, file = 'allowed_signers'] of faults)
  test(`a fault: ${what}`, () => {
    const content = `# keys\n${file.endsWith('.pub') ? bob.line : `bob ${bob.line}`}\n${line}\n`
    const fault = faultOf(() => read(content, `/keys/${file}`))
    assert.ok(fault.message.startsWith(`/keys/${file}:3: `), fault.message)
    assert.ok(fault.message.includes(wrong), fault.message)
  })

for (const [what, content] of [
  ['no key at all', '# nobody\n'],
  ['no UTF-8', Buffer.from(`alice ${key} \xff`, 'latin1')],
] as const)
  test(`a fault that names the file: ${what}`, () => {
    assert.ok(
      faultOf(() => read(content, '/keys/allowed_signers')).message.startsWith('/keys/allowed_signers: '),
    )
  })

test('a .pub file holds a key a line, with options as in authorized_keys', async () => {
  const allowed = `# team\n${bob.line}\nexpiry-time="20231114221320Z" ${key}\n`
  assert.match(await sshOutcome({ allowed, file: 'team.pub', signature }), /^verified/)
  const ended = allowed.replace('20Z', '19Z')
  assert.is(await sshOutcome({ allowed: ended, file: 'team.pub', signature }), 'key-expired')
})

test('a security key needs a touch, unless its line says otherwise, or asks for more', async () => {
  const [untouched, touched, pin] = [0, 1, 5].map(flags => token.sign(sshPayload, { flags }))
  const outcome = (options: string, signed = '') =>
    sshOutcome({ allowed: `${options}${token.line}`, file: 'token.pub', signature: signed })
  assert.match(await outcome('', touched), /^verified/)
  assert.is(await outcome('', untouched), 'unsupported-signature: its security key was not touched')
  assert.match(await outcome('no-touch-required ', untouched), /^verified/)
  assert.match(await outcome('verify-required ', pin), /^verified/)
  assert.is(
    await outcome('verify-required ', touched),
    'unsupported-signature: its security key did not ask for a PIN',
  )
})

test('what a listing shows: names, lines, and why a key is of no use', () => {
  const content = `a@example.org,b ${key}\nc ${key}\nd ${dsa}\ne namespaces="file" ${bob.line}\n`
  const keys = read(content, '/keys/allowed_signers')
  assert.equal(
    keys.map(({ fingerprint, userIds, files, algorithm, unusable }) => [
      fingerprint,
      userIds,
      files,
      algorithm,
      unusable,
    ]),
    [
      [
        alice.fingerprint,
        ['a@example.org,b', 'c'],
        ['/keys/allowed_signers:1', '/keys/allowed_signers:2'],
        'ssh-ed25519',
        null,
      ],
      [
        sshFingerprint(Buffer.from(dsa.split(' ')[1] ?? '', 'base64')),
        ['d'],
        ['/keys/allowed_signers:3'],
        'ssh-dss',
        'ssh-dss is not supported',
      ],
      [bob.fingerprint, ['e'], ['/keys/allowed_signers:4'], 'ecdsa-sha2-nistp256', 'its key is not for git'],
    ],
  )
  assert.is(keys[0]?.parts.length, 1)
  assert.equal(keys[0]?.parts[0]?.mailboxes, ['a@example.org'])
})

test('at a push the clock of the server decides, in an audit the date of the commit', async () => {
  const allowed = `alice valid-before="20230101Z" ${key}`
  const backdated = Date.UTC(2022, 5, 1) / 1000
  const audit = { rule: 'signature' } as const
  assert.is(await sshOutcome({ allowed, signature, dated: backdated }), 'key-expired')
  assert.match(await sshOutcome({ allowed, signature, dated: backdated, clock: audit }), /^verified/)
  assert.is(await sshOutcome({ allowed, signature, dated: sshNow, clock: audit }), 'key-expired')
  const later = `alice valid-after="20240101Z" ${key}`
  const postdated = Date.UTC(2024, 5, 1) / 1000
  const tooEarly = 'signed-before-key: its key is not valid yet'
  assert.is(await sshOutcome({ allowed: later, signature, dated: postdated }), tooEarly)
  assert.is(
    await sshOutcome({ allowed: later, signature, dated: postdated, clock: audit }),
    'signed-in-future',
  )
})

function offCurve(): string {
  const blob = Uint8Array.from(bob.blob)
  blob[blob.length - 1] = (blob.at(-1) ?? 0) ^ 1
  return `${bob.name} ${Buffer.from(blob).toString('base64')}`
}

function faultOf(work: () => unknown): Fault {
  try {
    work()
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  throw new Error('no fault')
}

test.run()
