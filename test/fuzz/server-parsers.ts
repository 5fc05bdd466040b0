import { writeFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { splitArmor } from '../../src/core/armor.ts'
import { compileKeyring, openCompiled } from '../../src/core/compiled-keyring.ts'
import { mergedKeyFile } from '../../src/core/key-rendering.ts'
import type { SigningPart, TrustedKey } from '../../src/core/keyring.ts'
import { policyFrom } from '../../src/core/policy-settings.ts'
import { checkPolicyText } from '../../src/core/policy-text.ts'
import { fitted } from '../../src/core/printable.ts'
import { readPolicy } from '../../src/edge/config.ts'
import { readKeys } from '../../src/edge/openpgp.ts'
import { armor, unarmor } from '../support/packets.ts'
import { readKeyFile, readVectors } from '../vectors/vector.ts'
import { answerOf, answerTo, fail } from './answer.ts'
import { type FuzzProperty, fuzzProperty } from './property.ts'
import { scrambled } from './scrambled.ts'

/** What the hook reads of the server: a configuration or keys that are damaged are a Fault and never anything else. */
export async function serverParsers(scratch: string): Promise<readonly FuzzProperty[]> {
  return [policyProperty(scratch), ...(await keyProperties())]
}

function policyProperty(scratch: string): FuzzProperty {
  const whole = [
    'keys = /etc/refwarden/keys, /etc/refwarden/extra/alice.asc   ; files',
    'log = /var/log/refwarden.jsonl',
    'log-command = /usr/bin/logger -t refwarden',
    'clock-skew = 5m',
    'strict-modes = no',
    'sync-tag = verified/{branch}',
    'signing-key = 700D397C988079BFF0DDAFED6A7436E8790F8689',
    'signing-keys = /etc/refwarden/signing',
    'recovery-keys = /etc/refwarden/recovery',
    '',
    '[protect "refs/heads/main"]',
    'mode = first-parent',
    `trust-root = ${'1'.repeat(40)}`,
    '[protect "refs/heads/release/*"]',
    'mode  = all',
    'keys  = /etc/refwarden/release-keys  # other signers',
    'rewind = yes',
    '',
  ]
  const words = [
    '[',
    ']',
    '"',
    '=',
    ';',
    '#',
    ',',
    'mode = none\n',
    '[protect "refs/*"]\n',
    '\ufeff',
    '\u2028',
    '{branch}',
    '\\',
  ]
  const texts = scrambled(
    [Buffer.from(whole.join('\n')), Buffer.from('[protect "refs/heads/main"]\nkeys=/k\n')],
    words,
  )
  return fuzzProperty(
    'a configuration is a policy or a fault, and ini reads nothing else in it',
    texts,
    bytes => {
      const text = Buffer.from(bytes).toString('utf8')
      const strict = answerOf(() => policyFrom([checkPolicyText('file', text)]))
      writeFileSync(scratch, text)
      const read = answerOf(() => {
        const { digest: _digest, ...policy } = readPolicy(scratch, null, () => undefined)
        return policy
      })
      if (JSON.stringify(strict) !== JSON.stringify(read)) fail('the file says something else than its text')
    },
  )
}

async function keyProperties(): Promise<readonly FuzzProperty[]> {
  const ofVectors = new Set(readVectors().flatMap(({ keys }) => keys))
  const names = [...ofVectors].filter(name => name.endsWith('.asc'))
  const files = names.map(name => ({ path: name, bytes: readKeyFile(name) }))
  const moment = { now: Date.UTC(2026, 0, 15) / 1000, skew: 300 }
  const known = new Map<string, SigningPart>()
  for (const file of files)
    for (const part of partsOf(await answerTo(readKeys([file], moment)))) known.set(part.fingerprint, part)
  const parts = [...known.values()]
  const binary = files.map(({ bytes }) => unarmor(Buffer.from(bytes).toString('latin1')))
  const words = [
    '-----BEGIN PGP PUBLIC KEY BLOCK-----\n',
    '-----BEGIN PGP PRIVATE KEY BLOCK-----\n',
    ':',
    '\n\n',
  ]
  const packets = scrambled(binary)
  const contents = fc.oneof(
    packets,
    packets.map(bytes => Buffer.from(armor(bytes, { type: 'PUBLIC KEY BLOCK' }))),
    scrambled(
      files.map(({ bytes }) => bytes),
      words,
    ),
  )
  const now = moment.now
  const from = { by: 'this', state: 'files', digest: 'd', at: now, until: now + 60 }
  const wanted = { by: 'this', state: 'files', now }
  const compiled = scrambled(
    [compileKeyring(from, parts), compileKeyring(from, parts.slice(0, 3))],
    ['"', '{', '}', 'null'],
  )
  return [
    fuzzProperty('readKeys gives keys that were there before, or a fault', contents, async bytes => {
      splitArmor(bytes)
      const file = { path: 'a.asc', bytes }
      const keys = await answerTo(readKeys([file], moment))
      if (keys !== null) {
        const again = await answerTo(readKeys([{ ...file, bytes: mergedKeyFile(file, [file]) }], moment))
        if (JSON.stringify(again) !== JSON.stringify(keys)) fail('another key when it is written anew')
      }
      for (const part of partsOf(keys)) {
        const before = known.get(part.fingerprint)
        if (before === undefined) fail(`a key from nowhere: ${part.fingerprint}`)
        if (before !== undefined && !Buffer.from(before.spki).equals(part.spki))
          fail('another key of the same name')
        if (part.forSigning && before?.forSigning === false && before.primary !== part.primary)
          fail('a stranger’s subkey')
      }
    }),
    fuzzProperty('openCompiled gives a keyring, nothing or a fault', compiled, bytes => {
      const keyring = answerOf(() => openCompiled(bytes, wanted)?.keyring)
      for (const { keyId, fingerprint } of parts.slice(0, 5)) {
        answerOf(() => keyring?.byKeyId.get(keyId))
        answerOf(() => keyring?.byFingerprint.get(fingerprint))
      }
    }),
    fuzzProperty(
      'what is printed has no control character',
      fc.string({ unit: 'binary', maxLength: 200 }),
      text => {
        if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(fitted(text, 72))) fail('a control character')
      },
    ),
  ]
}

function partsOf(keys: readonly TrustedKey[] | null): readonly SigningPart[] {
  return (keys ?? []).flatMap(({ parts }) => parts)
}
