// What settings mean, alone and where a second file overrides the first.
import * as assert from 'uvu/assert'
import { Fault } from '../../src/core/fault.ts'
import type { Policy, Protection } from '../../src/core/policy.ts'
import { policyFrom, strictModesOf } from '../../src/core/policy-settings.ts'
import { checkPolicyText } from '../../src/core/policy-text.ts'
import { suite } from '../support/suite.ts'

const test = suite('policy settings')

const oid = 'd670460b4b4aece5915caf5c68d12f560a9fe3e4'
const oid256 = '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03'
const fingerprint = '700D397C988079BFF0DDAFED6A7436E8790F8689'

const nothing: Policy = {
  protections: [],
  clockSkew: 300,
  strictModes: true,
  log: null,
  logCommand: [],
  syncTag: null,
  signingKey: null,
  signingKeys: [],
  recoveryKeys: [],
  revokedKeys: [],
}

const main: Protection = {
  pattern: 'refs/heads/main',
  mode: 'all',
  keys: ['/k'],
  revokedKeys: [],
  trustRoots: [],
  rewind: false,
  delete: false,
  signerIsCommitter: false,
  signerIsPusher: null,
}

test('nothing configured: nothing protected', () => {
  assert.equal(policyOf('; nothing'), nothing)
})

test('keys revoked above the sections stay so in each of them', () => {
  const text = `
keys = /k
revoked-keys = /all
[protect "refs/heads/main"]
[protect "refs/heads/next"]
revoked-keys = /own, /more
`
  const policy = policyOf(text)
  assert.equal(policy.revokedKeys, ['/all'])
  assert.equal(
    policy.protections.map(({ revokedKeys }) => revokedKeys),
    [['/all'], ['/all', '/own', '/more']],
  )
})

test('the example of the documentation', () => {
  const text = `
keys        = /etc/refwarden/keys, /etc/refwarden/extra/alice.asc   ; files and folders
sync-tag    = verified/{branch}                                      ; needs a signing key
signing-key = ${fingerprint.toLowerCase()}
signing-keys = /etc/refwarden/signing
recovery-keys = /etc/refwarden/recovery,/a
log         = /var/log/refwarden/decisions.jsonl

[protect "refs/heads/main"]
mode = first-parent

[protect "refs/heads/release/*"]
mode  = all
keys  = /etc/refwarden/release-keys        ; other signers for these refs
trust-root = ${oid}, ${oid256.toUpperCase()}
rewind = yes
delete = yes
`
  const keys = ['/etc/refwarden/keys', '/etc/refwarden/extra/alice.asc']
  assert.equal(policyOf(text), {
    ...nothing,
    log: '/var/log/refwarden/decisions.jsonl',
    syncTag: 'verified/{branch}',
    signingKey: fingerprint,
    signingKeys: ['/etc/refwarden/signing'],
    recoveryKeys: ['/etc/refwarden/recovery', '/a'],
    protections: [
      { ...main, mode: 'first-parent', keys },
      {
        pattern: 'refs/heads/release/*',
        mode: 'all',
        keys: ['/etc/refwarden/release-keys'],
        revokedKeys: [],
        trustRoots: [oid, oid256],
        rewind: true,
        delete: true,
        signerIsCommitter: false,
        signerIsPusher: null,
      },
    ],
  } as Policy)
})

const top: readonly [line: string, expected: Partial<Policy>][] = [
  ['clock-skew = 0', { clockSkew: 0 }],
  ['clock-skew = 90', { clockSkew: 90 }],
  ['clock-skew = 300s', { clockSkew: 300 }],
  ['clock-skew = 10m', { clockSkew: 600 }],
  ['clock-skew = 1h', { clockSkew: 3600 }],
  ['clock-skew = 24h', { clockSkew: 86400 }],
  ['clock-skew = 86400', { clockSkew: 86400 }],
  ['strict-modes = no', { strictModes: false }],
  ['strict-modes = false', { strictModes: false }],
  ['strict-modes = off', { strictModes: false }],
  ['strict-modes = yes', { strictModes: true }],
  ['strict-modes = true', { strictModes: true }],
  ['strict-modes = on', { strictModes: true }],
  ['sync-tag =', { syncTag: null }],
  ['signing-key = 6a7436e8790f8689', { signingKey: '6A7436E8790F8689' }],
  [`signing-key = ${oid256}`, { signingKey: oid256.toUpperCase() }],
  ['log = /a b/c', { log: '/a b/c' }],
  ['log-command =', { logCommand: [] }],
  ['log-command = logger', { logCommand: ['logger'] }],
  [
    'log-command = /opt/to-log  -t\tx -p auth.notice $HOME',
    {
      logCommand: ['/opt/to-log', '-t', 'x', '-p', 'auth.notice', '$HOME'],
    },
  ],
]

for (const [line, expected] of top)
  test(line, () => {
    assert.equal(policyOf(line), { ...nothing, ...expected })
  })

const signing = { signingKey: '6A7436E8790F8689', signingKeys: ['/s'] }
const signed = 'signing-key = 6A7436E8790F8689\nsigning-keys = /s\n'
for (const syncTag of ['{branch}', 'ok-{branch}.v'])
  test(`sync-tag = ${syncTag}`, () => {
    assert.equal(policyOf(`${signed}sync-tag = ${syncTag}`), { ...nothing, ...signing, syncTag })
  })

test('a sync tag needs a key that signs it, from whichever file', () => {
  const tag = 'keys = /k\nsync-tag = v/{branch}'
  const key = 'signing-key = 6A7436E8790F8689'
  assert.match(faultOf(tag)?.message ?? '', 'f:2: sync-tag without signing-key')
  assert.match(faultOf(`${key}\n${tag}`)?.message ?? '', 'f:3: sync-tag without signing-keys')
  assert.match(faultOf(`${tag}\nsigning-keys = /s`)?.message ?? '', 'f:2: sync-tag without signing-key')
  assert.match(faultOf(signed, tag)?.message ?? '', /^$/)
  assert.is(policyOf(signed, tag).syncTag, 'v/{branch}')
  assert.is(policyOf(tag, signed).syncTag, 'v/{branch}')
})

const inSection: readonly [line: string, expected: Partial<Protection>][] = [
  ['; no mode', { mode: 'all' }],
  ['mode = all', { mode: 'all' }],
  ['mode = none', { mode: 'none' }],
  ['mode = first-parent', { mode: 'first-parent' }],
  ['keys = /a , /b/', { keys: ['/a', '/b/'] }],
  [`trust-root = ${oid}`, { trustRoots: [oid] as unknown as Protection['trustRoots'] }],
  ['rewind = on', { rewind: true }],
  ['rewind = no', { rewind: false }],
  ['delete = true', { delete: true }],
  ['signer-is-committer = yes', { signerIsCommitter: true }],
  ['signer-is-pusher = /etc/pushers', { signerIsPusher: '/etc/pushers' }],
]

for (const [line, expected] of inSection)
  test(`in a section: ${line}`, () => {
    const policy = policyOf(`keys = /k\n[protect "refs/heads/main"]\n${line}\n`)
    assert.equal(policy.protections, [{ ...main, ...expected }])
  })

const topFaults: readonly [line: string, message: string, remedy?: string][] = [
  ['keys = keys', "'keys' in 'keys' is not an absolute path", 'write the path from / on'],
  ['keys = /a, ./b', "'./b' in 'keys' is not an absolute path"],
  ['keys = ~/keys', "'~/keys' in 'keys' is not an absolute path"],
  ['keys = /a,,/b', "an empty part in 'keys'", 'write one comma between two parts'],
  ['keys = /a,', "an empty part in 'keys'"],
  ['keys = ,', "an empty part in 'keys'"],
  ['log = log', "'log' in 'log' is not an absolute path"],
  ['log = true', "'true' in 'log' is not an absolute path"],
  ['log-command = ./x', "'./x' in 'log-command' is neither an absolute path nor the name of a program"],
  ['log-command = bin/x', "'bin/x' in 'log-command' is neither an absolute path nor the name of a program"],
  ['log-command = /x/ y', "'/x/' in 'log-command' is neither an absolute path nor the name of a program"],
  ['log-command = -x', "'-x' in 'log-command' is neither an absolute path nor the name of a program"],
  ['log-command = A=b x', "'A=b' in 'log-command' is neither an absolute path nor the name of a program"],
  ['signing-keys = x', "'x' in 'signing-keys' is not an absolute path"],
  ['recovery-keys = x', "'x' in 'recovery-keys' is not an absolute path"],
  ['clock-skew = five', 'clock-skew = five is not a time', 'write seconds, such as 300, or 300s, 5m, 1h'],
  ['clock-skew = -1', 'clock-skew = -1 is not a time'],
  ['clock-skew = 1.5', 'clock-skew = 1.5 is not a time'],
  ['clock-skew = 1e3', 'clock-skew = 1e3 is not a time'],
  ['clock-skew = 0x10', 'clock-skew = 0x10 is not a time'],
  ['clock-skew = 5 m', 'clock-skew = 5 m is not a time'],
  ['clock-skew = 5M', 'clock-skew = 5M is not a time'],
  ['clock-skew = null', 'clock-skew = null is not a time'],
  ['clock-skew = 9999999999999', 'clock-skew = 9999999999999 is not a time'],
  ['clock-skew = 86401', 'clock-skew = 86401 is more than a day', 'write 24h or less'],
  ['clock-skew = 25h', 'clock-skew = 25h is more than a day'],
  ['strict-modes = maybe', 'strict-modes = maybe is neither yes nor no', 'write one of yes, no'],
  ['strict-modes = yess', 'strict-modes = yess is neither yes nor no', "did you mean 'yes'?"],
  ['strict-modes = Yes', 'strict-modes = Yes is neither yes nor no', "did you mean 'yes'?"],
  ['strict-modes = 1', 'strict-modes = 1 is neither yes nor no'],
  ['strict-modes = constructor', 'strict-modes = constructor is neither yes nor no'],
  ['sync-tag = verified', 'sync-tag = verified does not hold {branch} once'],
  ['sync-tag = verified/{Branch}', 'sync-tag = verified/{Branch} does not hold {branch} once'],
  ['sync-tag = {branch}/{branch}', 'sync-tag = {branch}/{branch} does not hold {branch} once'],
  ['sync-tag = {branch}.lock', 'sync-tag = {branch}.lock is not a valid tag name'],
  ['sync-tag = .{branch}', 'sync-tag = .{branch} is not a valid tag name'],
  ['sync-tag = -{branch}', 'sync-tag = -{branch} is not a valid tag name'],
  ['sync-tag = a b/{branch}', 'sync-tag = a b/{branch} is not a valid tag name'],
  ['sync-tag = /{branch}', 'sync-tag = /{branch} is not a valid tag name'],
  ['sync-tag = {branch}/', 'sync-tag = {branch}/ is not a valid tag name'],
  ['sync-tag = v*/{branch}', 'sync-tag = v*/{branch} is not a valid tag name'],
  ['sync-tag = {repo}/{branch}', 'sync-tag = {repo}/{branch} is not a valid tag name'],
  [
    'sync-tag = refs/tags/verified/{branch}',
    'sync-tag = refs/tags/verified/{branch} is a full ref name',
    'write the tag name, without refs/tags/',
  ],
  ['signing-key = alice@example.org', 'signing-key = alice@example.org is not the fingerprint of a key'],
  ['signing-key = 790F8689', 'signing-key = 790F8689 is not the fingerprint of a key'],
  ['signing-key = 0x6A7436E8790F8689', 'signing-key = 0x6A7436E8790F8689 is not the fingerprint of a key'],
  ['signing-key = 6A74 36E8 790F 8689', 'signing-key = 6A74 36E8 790F 8689 is not the fingerprint of a key'],
]

for (const [line, message, remedy] of topFaults)
  test(`${line} is a fault`, () => {
    const fault = faultOf(`; a comment\n${line}\n`)
    assert.is(fault?.message, `f:2: ${message}`)
    if (remedy !== undefined) assert.is(fault?.remedy, remedy)
    assert.ok(fault?.remedy)
  })

const sectionFaults: readonly [line: string, message: string, remedy?: string][] = [
  ['mode = x', "'x' is not a valid verify-signatures-mode", 'write one of none, all, first-parent'],
  [
    'mode = firstparent',
    "'firstparent' is not a valid verify-signatures-mode",
    "did you mean 'first-parent'?",
  ],
  [
    'mode = first_parent',
    "'first_parent' is not a valid verify-signatures-mode",
    "did you mean 'first-parent'?",
  ],
  ['mode = ALL', "'ALL' is not a valid verify-signatures-mode", "did you mean 'all'?"],
  ['mode = true', "'true' is not a valid verify-signatures-mode"],
  ['mode = null', "'null' is not a valid verify-signatures-mode"],
  ['mode = all, none', "'all, none' is not a valid verify-signatures-mode"],
  ['keys = k', "'k' in 'keys' is not an absolute path"],
  [
    'trust-root = d670460',
    "'d670460' in 'trust-root' is not a full object name",
    'write all of its 40 or 64 digits, as git rev-parse prints them',
  ],
  ['trust-root = main', "'main' in 'trust-root' is not a full object name"],
  [
    `trust-root = ${oid} ${oid}`,
    `'${`${oid} ${oid}`.slice(0, 59)}…' in 'trust-root' is not a full object name`,
  ],
  [`trust-root = ${oid},`, "an empty part in 'trust-root'"],
  [`trust-root = ${'0'.repeat(40)}`, "'trust-root' is the zero object name"],
  ['rewind = sometimes', 'rewind = sometimes is neither yes nor no'],
  ['delete = nope', 'delete = nope is neither yes nor no'],
]

for (const [line, message, remedy] of sectionFaults)
  test(`in a section, ${line} is a fault`, () => {
    const fault = faultOf(`keys = /k\n[protect "refs/heads/main"]\n${line}\n`)
    assert.is(fault?.message, `f:3: ${message}`)
    if (remedy !== undefined) assert.is(fault?.remedy, remedy)
    assert.ok(fault?.remedy)
  })

const patternFaults: readonly [pattern: string, message: string, remedy: string][] = [
  ['main', "'main' is not a full ref name", 'did you mean refs/heads/main?'],
  ['', "'' is not a full ref name", 'did you mean refs/heads/main?'],
  [
    'refs/heads/ma?n',
    "'refs/heads/ma?n' is not a valid ref name",
    'see git-check-ref-format(1); of the wildcards only * is known',
  ],
  [
    'refs/replace/*',
    "'refs/replace/*' cannot be protected",
    'remove the section: refs/replace/ is refused wherever a ref is protected',
  ],
]

for (const [pattern, message, remedy] of patternFaults)
  test(`the pattern '${pattern}' is a fault, in mode none too`, () => {
    const fault = faultOf(`keys = /k\n\n[protect "${pattern}"]\nmode = none\n`)
    assert.is(fault?.message, `f:3: ${message}`)
    assert.is(fault?.remedy, remedy)
  })

test('a section without keys anywhere is a fault', () => {
  const fault = faultOf('[protect "refs/heads/a"]\nkeys = /k\n[protect "refs/heads/main"]\nrewind = yes\n')
  assert.is(fault?.message, 'f:3: [protect "refs/heads/main"] has no keys')
  assert.match(fault?.remedy ?? '', /keys = PATH/)
})

test('a section in mode none needs no keys', () => {
  const { protections } = policyOf('[protect "refs/heads/main"]\nmode = none\n')
  assert.equal(protections, [{ ...main, mode: 'none', keys: [] }])
})

test('a pattern that can match tags is accepted', () => {
  const { protections } = policyOf('keys = /k\n[protect "refs/tags/v*"]\n[protect "refs/*"]\n')
  assert.equal(
    protections.map(({ pattern }) => pattern),
    ['refs/tags/v*', 'refs/*'],
  )
})

test('a later file overrides setting by setting and adds sections', () => {
  const policy = policyOf(
    'keys = /k\nlog = /l\nsync-tag = v/{branch}\n[protect "refs/heads/main"]\nmode = first-parent\nrewind = yes\n',
    'keys = /own, /more\nclock-skew = 1m\nsync-tag =\n[protect "refs/heads/main"]\nrewind = no\n[protect "refs/heads/x"]\n',
  )
  assert.equal(policy, {
    ...nothing,
    log: '/l',
    clockSkew: 60,
    protections: [
      { ...main, mode: 'first-parent', keys: ['/own', '/more'] },
      { ...main, pattern: 'refs/heads/x', keys: ['/own', '/more'] },
    ],
  })
})

test('keys of a section outlive keys that override those of the top', () => {
  const { protections } = policyOf('keys = /k\n[protect "refs/heads/main"]\nkeys = /m\n', 'keys = /own\n')
  assert.equal(protections, [{ ...main, keys: ['/m'] }])
})

test('patterns are the same letter by letter only', () => {
  const { protections } = policyOf(
    'keys = /k\n[protect "refs/heads/*"]\n',
    '[protect "refs/heads/**"]\nmode = none\n',
  )
  assert.equal(
    protections.map(({ pattern, mode }) => `${pattern} ${mode}`),
    ['refs/heads/* all', 'refs/heads/** none'],
  )
})

test('keys may come with the second file', () => {
  const { protections } = policyOf('[protect "refs/heads/main"]\n', 'keys = /k\n')
  assert.equal(protections, [main])
})

test('a second file can take keys into use by asking for a mode', () => {
  const fault = faultOf(
    '[protect "refs/heads/main"]\nmode = none\n',
    '; own\n[protect "refs/heads/main"]\nmode = all\n',
  )
  assert.is(fault?.message, 'g:2: [protect "refs/heads/main"] has no keys')
})

test('a wrong value is a fault in either file, overridden or not', () => {
  const right = '[protect "refs/heads/main"]\nmode = all\nkeys = /k\n'
  const wrong = '[protect "refs/heads/main"]\nmode = some\n'
  assert.is(faultOf(wrong, right)?.message, "f:2: 'some' is not a valid verify-signatures-mode")
  assert.is(faultOf(right, wrong)?.message, "g:2: 'some' is not a valid verify-signatures-mode")
})

test('whether a file asks for strict modes', () => {
  assert.is(strictModesOf(checkPolicyText('f', 'strict-modes = no')), false)
  assert.is(strictModesOf(checkPolicyText('f', 'strict-modes = yes')), true)
  assert.is(strictModesOf(checkPolicyText('f', '; does not say')), null)
})

function policyOf(...texts: readonly string[]): Policy {
  return policyFrom(texts.map((text, index) => checkPolicyText(['f', 'g'][index] ?? 'h', text)))
}

function faultOf(...texts: readonly string[]): Fault | null {
  try {
    policyOf(...texts)
    return null
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}

test.run()
