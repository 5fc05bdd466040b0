import * as fc from 'fast-check'
import { decodeSshArmor } from '../../src/core/ssh-armor.ts'
import { parseSshCertificate } from '../../src/core/ssh-certificate.ts'
import { krlMagic, parseKrl } from '../../src/core/ssh-krl.ts'
import { parseSshPublicKey } from '../../src/core/ssh-public-key.ts'
import { sshSignatureLabel } from '../../src/core/ssh-signature.ts'
import { sshArithmetic } from '../../src/edge/arithmetic.ts'
import { sshPayload, sshVerdict } from '../support/openssh.ts'
import { bytes, text, uint32 } from '../support/packets.ts'
import { makeSshKey, mpint, signatureBlob, sshArmor, uint64, wire } from '../support/ssh-keys.ts'
import { answerTo, fail } from './answer.ts'
import { type FuzzProperty, fuzzProperty } from './property.ts'
import { scrambled } from './scrambled.ts'

/** What OpenSSH writes: signatures, certificates, lists of keys and of revoked ones. The keys are new each time. */
export function sshProperties(): readonly FuzzProperty[] {
  const [alice, token, bob, authority] = (['ed25519', 'sk-ed25519', 'ed25519', 'ed25519'] as const).map(
    type => makeSshKey(type),
  )
  if (alice === undefined || token === undefined || bob === undefined || authority === undefined)
    throw new Error('no keys')
  const certificate = authority.certify(bob)
  const allowed = [
    `alice@example.org ${alice.line}`,
    `alice@example.org ${token.line}`,
    `*@example.org cert-authority,namespaces="git",valid-after="20200101Z" ${authority.line}`,
    '',
  ].join('\n')
  const signatures = [
    signatureBlob(alice, sshPayload),
    signatureBlob(token, sshPayload),
    signatureBlob(bob, sshPayload, { blob: certificate }),
  ]
  const gone = revokedList(alice.blob, authority.blob)
  if (parseKrl(gone, sshArithmetic) === null) throw new Error('no list of revoked keys')
  const label = sshSignatureLabel
  const words = [
    `-----BEGIN ${label}-----\n`,
    `-----END ${label}-----\n`,
    'SSHSIG',
    wire('git'),
    wire('sha256'),
    wire(''),
  ]
  const texts = fc.oneof(
    fc.constantFrom(...signatures).map(blob => text(sshArmor(blob))),
    scrambled(signatures, words).map(blob => text(sshArmor(blob))),
    scrambled(
      signatures.map(blob => text(sshArmor(blob))),
      words,
    ),
  )
  const keys = scrambled(
    [alice.blob, token.blob, certificate, makeSshKey('nistp256').blob],
    [wire(''), uint32(1)],
  )
  const good = { allowed, signature: bob.sign(sshPayload, { blob: certificate }) }
  const lists = scrambled(
    [text(allowed)],
    ['cert-authority ', 'valid-before="20300101"', 'principals="*"', '"', ',', '#'],
  )
  const revocations = scrambled(
    [revokedList(alice.blob, authority.blob), text(`${bob.line}\n`)],
    [krlMagic, uint64(0n)],
  )
  return [
    fuzzProperty('an SSH signature is verified as it was made, and no other', texts, async signature => {
      const armor = decodeSshArmor(signature, label)
      const isOwn = armor.kind === 'block' && signatures.some(blob => Buffer.from(blob).equals(armor.bytes))
      const { ok } = await sshVerdict({ allowed, signature: Buffer.from(signature).toString('latin1') })
      if (ok !== isOwn) fail(ok ? 'verified, and it is another signature' : 'refused')
    }),
    fuzzProperty(
      'parseSshPublicKey and parseSshCertificate take every byte of what they take',
      keys,
      blob => {
        const key = parseSshPublicKey(blob)
        if (key !== null && !Buffer.from(key.blob).equals(blob)) fail('another key')
        const certified = parseSshCertificate(blob)
        if (certified !== null && certified.body.length >= blob.length)
          fail('a certificate that nobody signed')
      },
    ),
    fuzzProperty(
      'a list of SSH keys, or of revoked ones, is read or a fault',
      fc.tuple(lists, revocations),
      async both => {
        const [list, revoked] = both
        await answerTo(sshVerdict({ ...good, allowed: Buffer.from(list).toString() }))
        await answerTo(sshVerdict({ ...good, revoked }))
      },
    ),
  ]
}

/** One of each section. OpenSSH, PROTOCOL.krl. */
function revokedList(key: Uint8Array, authority: Uint8Array): Uint8Array {
  const serials = bytes(0x20, wire(bytes(uint64(5n), uint64(7n))))
  const range = bytes(0x21, wire(bytes(uint64(9n), uint64(20n))))
  const bitmap = bytes(0x22, wire(bytes(uint64(30n), mpint(text('bits')))))
  const names = bytes(0x23, wire(wire('a certificate')))
  return bytes(
    bytes(text(krlMagic), uint32(1), uint64(1n), uint64(1_700_000_000n), uint64(0n), wire(''), wire('')),
    bytes(1, wire(bytes(wire(authority), wire(''), serials, range, bitmap, names))),
    bytes(2, wire(wire(key))),
    bytes(3, wire(wire(text('a'.repeat(20))))),
    bytes(5, wire(wire(text('a'.repeat(32))))),
  )
}
