import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type Clock, judge } from '../src/core/judge.ts'
import { keyringOf } from '../src/core/keyring.ts'
import { nothingRevoked, trustedSshKeys } from '../src/core/ssh-keys.ts'
import { isPublicKey, sshFingerprints } from '../src/edge/arithmetic.ts'
import { factsOf } from '../src/facts.ts'
import { bytes, text } from './support/packets.ts'
import {
  makeSshKey,
  type SshKey,
  type SshShape,
  type signatureBlob,
  soundSshTypes,
  type sshArmor,
  type wire,
} from './support/ssh-keys.ts'
import { suite } from './support/suite.ts'

const test = suite('ssh signatures')
const payload = text('tree 0123\nauthor Ann <ann@example.org> 1700000000 +0000\n\nsubject\n')
const now = 1_700_000_000
const push: Clock = { rule: 'now', now, skew: 300 }

function keyringFrom(content: string, path = 'allowed_signers') {
  const files = [{ path, bytes: text(content) }]
  return keyringOf(trustedSshKeys(files, nothingRevoked, { fingerprintsOf: sshFingerprints, isPublicKey }))
}

async function verdictOn(allowed: string, signature: string, signed = payload): Promise<string> {
  const document = { payload: [signed], signatures: [text(signature)], dated: now }
  const verdict = judge(await factsOf(document, keyringFrom(allowed)), push)
  return verdict.ok ? `verified ${verdict.signer.fingerprint}` : verdict.reason
}

const missing = spawnSync('ssh-keygen', ['-?']).error === undefined ? null : 'ssh-keygen is not installed'

/** What `ssh-keygen -Y verify` says, with the first principal that it finds, as git asks it. */
function opensshSays(allowed: string, signature: string, signed = payload): boolean {
  const folder = mkdtempSync(join(tmpdir(), 's-'))
  try {
    const [list, file] = [join(folder, 'allowed'), join(folder, 'sig')]
    writeFileSync(list, allowed)
    writeFileSync(file, signature)
    const options = ['-Y', 'find-principals', '-f', list, '-s', file, '-Overify-time=20231114221320Z']
    const found = spawnSync('ssh-keygen', options, { encoding: 'utf8' })
    if (found.status !== 0) return false
    return found.stdout.split('\n').some(principal => {
      const ask = [
        '-Y',
        'verify',
        '-n',
        'git',
        '-f',
        list,
        '-I',
        principal,
        '-s',
        file,
        '-Overify-time=20231114221320Z',
      ]
      return principal !== '' && spawnSync('ssh-keygen', ask, { input: signed }).status === 0
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

for (const type of soundSshTypes) {
  const key = makeSshKey(type)
  const allowed = `alice@example.org ${key.line}\n`
  test.unless(missing, `${type}: verified here and by ssh-keygen, over these bytes alone`, async () => {
    for (const hash of ['sha256', 'sha512']) {
      const signature = key.sign(payload, { hash })
      assert.is(await verdictOn(allowed, signature), `verified ${key.fingerprint}`)
      assert.is(opensshSays(allowed, signature), true)
      assert.is(await verdictOn(allowed, signature, bytes(payload, 0x0a)), 'bad-signature')
      assert.is(opensshSays(allowed, signature, bytes(payload, 0x0a)), false)
    }
    assert.is(await verdictOn(`bob ${makeSshKey(type).line}\n`, key.sign(payload)), 'unknown-key')
  })
}
void ({} as SshKey | SshShape | typeof signatureBlob | typeof sshArmor | typeof wire)
test.run()
