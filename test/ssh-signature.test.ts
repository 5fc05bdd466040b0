import { createPrivateKey } from 'node:crypto'
import { judge } from '../src/core/judge.ts'
import { keyringOf } from '../src/core/keyring.ts'
import { parseSignature } from '../src/core/signature.ts'
import { isMadeBy } from '../src/edge/arithmetic.ts'
import { readKeys } from '../src/edge/openpgp.ts'
import { factsOf } from '../src/facts.ts'
import * as assert from './support/assert.ts'
import { makeKey } from './support/keys.ts'
import { opensshAccepts, opensshMissing, sshOutcome, sshPayload, sshVerdict } from './support/openssh.ts'
import { bytes, hex, text, uint32 } from './support/packets.ts'
import { now } from './support/signature-packet.ts'
import {
  makeSshKey,
  mpint,
  type SshShape,
  soundSshTypes,
  sshArmor,
  sshKeyOf,
  sshUnarmor,
  wire,
} from './support/ssh-keys.ts'
import { suite } from './support/suite.ts'

const test = suite('ssh signatures')
const alice = makeSshKey('ed25519')
const rsa = makeSshKey('rsa2048')
const p256 = makeSshKey('nistp256')
const token = makeSshKey('sk-ed25519')
const allowed = [alice, rsa, p256, token].map(({ line }) => `alice@example.org ${line}\n`).join('')
const good = alice.sign(sshPayload)

for (const type of soundSshTypes) {
  const key = makeSshKey(type)
  test.unless(
    opensshMissing,
    `${type}: verified here and by ssh-keygen, over these bytes alone`,
    async () => {
      for (const hash of ['sha256', 'sha512']) {
        const given = {
          allowed: `alice@example.org ${key.line}\n`,
          signature: key.sign(sshPayload, { hash }),
        }
        assert.is(await sshOutcome(given), `verified ${key.fingerprint}`)
        assert.is(opensshAccepts(given), true)
        const other = { ...given, payload: bytes(sshPayload, 0x0a) }
        assert.is(await sshOutcome(other), 'bad-signature')
        assert.is(opensshAccepts(other), false)
        const stranger = { ...given, allowed: `alice@example.org ${makeSshKey(type).line}\n` }
        assert.is(await sshOutcome(stranger), 'unknown-key')
        assert.is(opensshAccepts(stranger), false)
      }
    },
  )
}

const claimed = (shape: SshShape, key = alice) => key.sign(sshPayload, shape)

const notForGit = 'unsupported-signature: an SSH signature that is not for git'
const malformed = 'unreadable-signature: its fields are malformed'
const numbers = 'unreadable-signature: its numbers are not what such a key makes'
const notBase64 = 'unreadable-signature: its data is not canonical base64'

const refused: readonly [what: string, signature: string, outcome: string][] = [
  ['another namespace', claimed({ namespace: 'file' }), notForGit],
  ['a namespace that begins alike', claimed({ namespace: 'git2' }), notForGit],
  ['a namespace in capitals', claimed({ namespace: 'GIT' }), notForGit],
  ['no namespace', claimed({ namespace: '' }), notForGit],
  ['a namespace with a NUL behind it', claimed({ namespace: 'git\0' }), malformed],
  ['something in the reserved field, which nobody signs', claimed({ reserved: 'x' }), malformed],
  ['version 2', claimed({ version: 2 }), 'unsupported-signature: an SSH signature of version 2'],
  [
    'another magic',
    claimed({ magic: 'SSHSIH' }),
    'unreadable-signature: it does not begin as an SSH signature does',
  ],
  ['a byte behind the last field', claimed({ trailing: bytes(0) }), malformed],
  ['a byte behind its numbers', claimed({ value: value => bytes(value, 0) }), numbers],
  [
    'MD5 of the document',
    claimed({ hash: 'md5' }),
    'unsupported-signature: an SSH signature over an unknown hash',
  ],
  [
    'SHA-1 of the document',
    claimed({ hash: 'sha1' }),
    'unsupported-signature: an SSH signature over an unknown hash',
  ],
  [
    'SHA-384 of the document',
    claimed({ hash: 'sha384' }),
    'unsupported-signature: an SSH signature over an unknown hash',
  ],
  ['RSA over SHA-1', claimed({ form: 'ssh-rsa' }, rsa), 'weak-hash'],
  ['the key type of another key', claimed({ blob: rsa.blob }), numbers],
  [
    "a stranger's, under the name of a trusted key",
    makeSshKey('ed25519').sign(sshPayload, { blob: alice.blob }),
    'bad-signature',
  ],
  [
    "a stranger's RSA, under the name of a trusted key",
    makeSshKey('rsa2048').sign(sshPayload, { blob: rsa.blob }),
    'bad-signature',
  ],
  ['a form that is not of its key', claimed({ form: 'ssh-rsa' }), numbers],
  [
    'a security key that nobody touched',
    claimed({ flags: 0 }, token),
    'unsupported-signature: its security key was not touched',
  ],
  [
    'a security key that asked for a PIN and no touch',
    claimed({ flags: 4 }, token),
    'unsupported-signature: its security key was not touched',
  ],
  [
    'the flag of touch set afterwards',
    claimed({ flags: 0, value: value => flagged(value, 1) }, token),
    'bad-signature',
  ],
  ['a security key without flags', claimed({ value: value => value.subarray(0, -5) }, token), numbers],
  ['flags by a key that is none', claimed({ value: value => bytes(value, 1, uint32(1)) }), numbers],
  [
    'an RSA number too long',
    claimed({ value: () => bytes(wire('rsa-sha2-512'), wire(new Uint8Array(257))) }, rsa),
    numbers,
  ],
  ['an empty RSA number', claimed({ value: () => bytes(wire('rsa-sha2-512'), wire('')) }, rsa), numbers],
  ['ECDSA numbers of zero', claimed({ value: () => ecdsa(wire(''), wire('')) }, p256), numbers],
  [
    'a negative ECDSA number',
    claimed({ value: () => ecdsa(wire(bytes(0x80)), mpint(bytes(1))) }, p256),
    numbers,
  ],
  [
    'an ECDSA number with needless zeros',
    claimed({ value: () => ecdsa(wire(bytes(0, 1)), mpint(bytes(1))) }, p256),
    numbers,
  ],
  [
    'ECDSA numbers of one',
    claimed({ value: () => ecdsa(mpint(bytes(1)), mpint(bytes(1))) }, p256),
    'bad-signature',
  ],
  ['two blocks', good + good, 'several-signatures'],
  ['two blocks by two makers', good + rsa.sign(sshPayload), 'several-signatures'],
  ['text behind', `${good}x\n`, 'unreadable-signature: text follows its -----END SSH SIGNATURE-----'],
  [
    'an empty line within',
    good.replace(/\n(?=.{70}\n)/, '\n\n'),
    'unreadable-signature: its data is not followed by -----END SSH SIGNATURE-----',
  ],
  ['a space within', good.replace(/\n(?=.{70}\n)/, '\n '), notBase64],
  [
    'no end',
    good.replace(/-----END.*\n/, ''),
    'unreadable-signature: its data is not followed by -----END SSH SIGNATURE-----',
  ],
  ['nothing in it', sshArmor(new Uint8Array()), 'unreadable-signature: it holds no data'],
  ['base64 of another alphabet', good.replace('AAAA', '____'), notBase64],
  [
    'headers as in OpenPGP',
    good.replace('\n', '\nVersion: 1\n\n'),
    'unreadable-signature: its data is not followed by -----END SSH SIGNATURE-----',
  ],
  ['cut off', sshArmor(sshUnarmor(good).subarray(0, -1)), malformed],
  ['a length that goes beyond', sshArmor(bytes(text('SSHSIG'), uint32(1), uint32(0xffffffff), 0)), malformed],
  [
    'a key of no type that is known',
    claimed({ blob: bytes(wire('ssh-foo'), wire('x')) }),
    'unsupported-signature: an SSH key of a type that is not known, or malformed',
  ],
  [
    'DSA',
    claimed({ blob: bytes(wire('ssh-dss'), mpint(bytes(1))) }),
    'unsupported-signature: an SSH key of a type that is not known, or malformed',
  ],
  [
    'a key with a byte behind it',
    claimed({ blob: bytes(alice.blob, 0) }),
    'unsupported-signature: an SSH key of a type that is not known, or malformed',
  ],
  [
    'a curve that is not the one of its name',
    claimed({ blob: otherCurve() }),
    'unsupported-signature: an SSH key of a type that is not known, or malformed',
  ],
]

for (const [what, signature, outcome] of refused)
  test(`refused: ${what}`, async () => {
    assert.is(await sshOutcome({ allowed, signature }), outcome)
  })

const accepted: readonly [what: string, signature: string, by: { readonly fingerprint: string }][] = [
  ['carriage returns at line ends', good.replaceAll('\n', '\r\n'), alice],
  ['no line end behind it', good.trimEnd(), alice],
  ['empty lines behind it', `${good}\n\n`, alice],
  ['base64 in lines of another length', rewrapped(good, 60), alice],
  ['base64 in one line', rewrapped(good, 10_000), alice],
  ['RSA over SHA-256', claimed({ form: 'rsa-sha2-256' }, rsa), rsa],
  ['a touch and a PIN', claimed({ flags: 5 }, token), token],
]

for (const [what, signature, by] of accepted)
  test(`accepted: ${what}`, async () => {
    assert.is(await sshOutcome({ allowed, signature }), `verified ${by.fingerprint}`)
  })

test('RSA of 1024 bits is weak', async () => {
  const weak = makeSshKey('rsa1024')
  assert.is(await sshOutcome({ allowed: `a ${weak.line}`, signature: weak.sign(sshPayload) }), 'weak-key')
})

test.unless(opensshMissing, 'an RSA number without its leading zero passes, as for ssh-keygen', async () => {
  let shortened = false
  const shorter = (value: Uint8Array) => {
    shortened = value.at(-256) === 0
    return shortened ? bytes(wire('rsa-sha2-512'), wire(value.subarray(-255))) : value
  }
  for (let round = 0; ; round++) {
    const payload = bytes(sshPayload, text(`${round}`))
    const given = { allowed, payload, signature: rsa.sign(payload, { value: shorter }) }
    if (!shortened) continue
    assert.is(await sshOutcome(given), `verified ${rsa.fingerprint}`)
    return assert.is(opensshAccepts(given), true)
  }
})

test('a stranger is named by the fingerprint of his key', async () => {
  const stranger = makeSshKey('nistp384')
  const verdict = await sshVerdict({ allowed, signature: stranger.sign(sshPayload) })
  assert.equal(verdict.ok ? null : [verdict.reason, verdict.key], ['unknown-key', stranger.fingerprint])
})

test('a changed octet of the signature is refused, wherever it is', async () => {
  for (const key of [alice, p256, token]) {
    const blob = sshUnarmor(key.sign(sshPayload))
    for (let at = 0; at < blob.length; at++) {
      const changed = Uint8Array.from(blob)
      changed[at] = (changed[at] ?? 0) ^ 0x01
      const outcome = await sshOutcome({ allowed, signature: sshArmor(changed) })
      assert.not.match(outcome, /^verified/, `octet ${at}`)
    }
  }
})

test('an OpenPGP key and an OpenSSH key of the same numbers do not stand for one another', async () => {
  const pgp = makeKey({ algorithm: 'ed25519', version: 6 })
  // RFC 8410 §7; in version 6 nothing follows the seed
  const pkcs8 = bytes(hex('302e020100300506032b657004220420'), pgp.primary.secretBody.subarray(-32))
  const privateKey = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
  const ssh = sshKeyOf('ed25519', privateKey)
  const [sshSignature, pgpSignature] = [ssh.sign(sshPayload), pgp.sign(sshPayload)]
  const listed = `alice ${ssh.line}`
  assert.match(await sshOutcome({ allowed: listed, signature: sshSignature }), /^verified/)
  assert.is(await sshOutcome({ allowed: listed, signature: pgpSignature }), 'unknown-key')
  const clock = { rule: 'now', now: now(), skew: 300 } as const
  const keyring = keyringOf(await readKeys([{ path: 'a.asc', bytes: pgp.publicBinary }], clock))
  const judged = async (signature: string) => {
    const document = { payload: [sshPayload], signatures: [text(signature)], dated: null }
    const verdict = judge(await factsOf(document, keyring), clock)
    return verdict.ok ? 'verified' : verdict.reason
  }
  assert.is(await judged(pgpSignature), 'verified')
  assert.is(await judged(sshSignature), 'unknown-key')
  // not even where the part is handed over
  const [part] = keyring.byFingerprint.get(pgp.fingerprint) ?? []
  const parsed = [sshSignature, pgpSignature].map(signature => parseSignature(text(signature)))
  const [sshParsed, pgpParsed] = parsed
  if (part === undefined || sshParsed?.kind !== 'ssh' || pgpParsed?.kind !== 'document')
    throw new Error('not parsed')
  assert.is(await isMadeBy(part, pgpParsed, [sshPayload]), true)
  assert.is(await isMadeBy(part, sshParsed, [sshPayload]), false)
  const sshPart = {
    ...part,
    version: 0,
    ssh: { unfit: null, presence: 'touch', application: null, certifies: null },
  } as const
  assert.is(await isMadeBy(sshPart, sshParsed, [sshPayload]), true)
  assert.is(await isMadeBy(sshPart, pgpParsed, [sshPayload]), false)
})

function flagged(value: Uint8Array, flags: number): Uint8Array {
  const changed = Uint8Array.from(value)
  changed[changed.length - 5] = flags
  return changed
}

function ecdsa(r: Uint8Array, s: Uint8Array): Uint8Array {
  return bytes(wire('ecdsa-sha2-nistp256'), wire(bytes(r, s)))
}

function otherCurve(): Uint8Array {
  return bytes(wire('ecdsa-sha2-nistp384'), p256.blob.subarray(4 + 'ecdsa-sha2-nistp256'.length))
}

function rewrapped(armored: string, width: number): string {
  const lines = armored.split('\n')
  const data =
    lines
      .slice(1, -2)
      .join('')
      .match(new RegExp(`.{1,${width}}`, 'g')) ?? []
  return [lines[0], ...data, ...lines.slice(-2)].join('\n')
}

test.run()
