import { Fault } from '../../src/core/fault.ts'
import { sortKeyFiles } from '../../src/core/key-format.ts'
import * as assert from '../support/assert.ts'
import { makeKey } from '../support/keys.ts'
import { text } from '../support/packets.ts'
import { makeSshKey } from '../support/ssh-keys.ts'
import { suite } from '../support/suite.ts'

const test = suite('key format')
const { publicArmored, publicBinary } = makeKey()
const { line } = makeSshKey('ed25519')

function formatOf(content: string | Uint8Array, path = '/keys/a.pub'): string {
  const file = { path, bytes: typeof content === 'string' ? text(content) : content }
  const { openpgp, openssh } = sortKeyFiles([file])
  assert.is(openpgp.length + openssh.length, 1)
  return openpgp.length === 1 ? 'OpenPGP' : 'OpenSSH'
}

const files: readonly [what: string, content: string | Uint8Array, format: string, path?: string][] = [
  ['a binary OpenPGP key', publicBinary, 'OpenPGP'],
  ['an armored OpenPGP key', publicArmored, 'OpenPGP'],
  [
    'an OpenPGP key with a comment that speaks of ssh-ed25519',
    `ssh-ed25519 is not here\n${publicArmored}`,
    'OpenPGP',
  ],
  ['an OpenSSH key', line, 'OpenSSH'],
  ['an OpenSSH key behind comments', `# team\n\n${line}`, 'OpenSSH'],
  ['an OpenSSH key behind options', `no-touch-required,verify-required ${line}`, 'OpenSSH'],
  ['an OpenSSH key behind principals', `a@example.org namespaces="git" ${line}`, 'OpenSSH'],
  ['a file called allowed_signers, whatever is in it', 'x', 'OpenSSH', '/keys/team_allowed_signers'],
  ['words', 'alice\n', 'OpenPGP'],
]

for (const [what, content, format, path] of files)
  test(`${what}: ${format}`, () => {
    assert.is(formatOf(content, path), format)
  })

const faults: readonly [what: string, content: string | Uint8Array, wrong: string, path?: string][] = [
  ['an OpenSSH key in front of an OpenPGP block', `${line}\n${publicArmored}`, 'both'],
  ['an OpenSSH key behind an OpenPGP block', `${publicArmored}\n${line}`, 'both'],
  ['an OpenPGP block in allowed_signers', publicArmored, 'both', '/keys/allowed_signers'],
  ['a list of revoked keys', 'SSHKRL\n\0', 'name it in revoked-keys'],
]

for (const [what, content, wrong, path] of faults)
  test(`a fault: ${what}`, () => {
    assert.throws(
      () => formatOf(content, path),
      (error: Error) => error instanceof Fault && `${error.message} ${error.remedy}`.includes(wrong),
    )
  })

test.run()
