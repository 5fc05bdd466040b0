import { parseOpensshPrivateKey } from '../../src/core/openssh-private-key.ts'
import { parseSshCertificate } from '../../src/core/ssh-certificate.ts'
import { trustedSshKeys } from '../../src/core/ssh-keys.ts'
import { readRevocations } from '../../src/core/ssh-revoked.ts'
import { sshArithmetic } from '../../src/edge/arithmetic.ts'
import { bytes, text, uint32 } from '../support/packets.ts'
import { makeSshKey, sshArmor, uint64, wire } from '../support/ssh-keys.ts'
import { answerOf, fail } from './answer.ts'
import { type FuzzProperty, fuzzProperty } from './property.ts'
import { scrambled } from './scrambled.ts'

/** What OpenSSH writes beside signatures: a file that is damaged is a Fault and nothing else. */
export function sshParsers(): readonly FuzzProperty[] {
  const [key, token, authority] = [makeSshKey('ed25519'), makeSshKey('sk-nistp256'), makeSshKey('rsa2048')]
  const certificate = authority.certify(key)
  const allowed = `alice ${key.line}\nalice ${token.line}\n* cert-authority ${authority.line}\n`
  const lines = [`alice,*@example.org namespaces="git",valid-before="20991231Z" ${key.line}\n`, allowed]
  const krl = bytes(
    bytes(text('SSHKRL\n\0'), uint32(1), uint64(1n), uint64(0n), uint64(0n), wire(''), wire('')),
    bytes(1, wire(bytes(wire(''), wire(''), bytes(0x20, wire(uint64(5n))), bytes(0x23, wire(wire('id')))))),
    bytes(2, wire(wire(key.blob))),
  )
  const words = [
    '"',
    ',',
    ' ',
    '\n',
    '#',
    'cert-authority',
    'namespaces="file"',
    '!',
    '=',
    'ssh-ed25519',
    'AAAA',
  ]
  return [
    fuzzProperty('parseSshCertificate', scrambled([certificate]), blob => {
      const read = parseSshCertificate(blob)
      if (read !== null && read.body.length + read.signature.value.length >= blob.length)
        fail('more than there is')
    }),
    fuzzProperty('lines of allowed_signers', scrambled(lines.map(text), words), content => {
      const file = { path: 'allowed_signers', bytes: content }
      answerOf(() => trustedSshKeys([file], readRevocations([], sshArithmetic), sshArithmetic))
    }),
    fuzzProperty(
      'lists of revoked keys',
      scrambled([krl, text(`${key.fingerprint}\n${key.line}\n`)]),
      content => {
        answerOf(() => readRevocations([{ path: 'revoked', bytes: content }], sshArithmetic))
      },
    ),
    fuzzProperty(
      'parseOpensshPrivateKey',
      scrambled([text(sshArmor(certificate, 'OPENSSH PRIVATE KEY'))]),
      content => {
        if (parseOpensshPrivateKey(content).kind === 'key') fail('a certificate is no private key')
      },
    ),
  ]
}
