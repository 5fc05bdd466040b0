import { byteText, concatenated } from './bytes.ts'
import { decodeSshArmor } from './ssh-armor.ts'
import { isCertificateName, parseSshCertificate, type SshCertificate } from './ssh-certificate.ts'
import { parseSshPublicKey, type SshPublicKey } from './ssh-public-key.ts'
import { parseSshSignatureValue, type SshSignatureValue } from './ssh-signature-value.ts'
import { isWhole, readBytes, readString, readText, readUint32, wireOf, wireString } from './ssh-wire.ts'

/** A signature as ssh-keygen(1) -Y sign makes it. It says by which key, and nothing of when. */
export type SshSignature = {
  readonly kind: 'ssh'
  /** The key that made it, whether a certificate speaks for it or not. */
  readonly key: SshPublicKey
  readonly certificate: SshCertificate | null
  /** Of the document. */
  readonly hash: 'sha256' | 'sha512'
  readonly signature: SshSignatureValue
}

/** What is not judged, and why. */
export type SshMisfit =
  | { readonly kind: 'unreadable'; readonly detail: string }
  | { readonly kind: 'unsupported'; readonly detail: string }

export const sshSignatureLabel = 'SSH SIGNATURE'

/**
 * Takes an armored signature apart strictly. OpenSSH, PROTOCOL.sshsig §2. What is reserved is not signed in the form that
 * everybody writes, so that anybody could change it: it must be empty.
 */
export function parseSshSignature(text: Uint8Array): SshSignature | SshMisfit {
  const armor = decodeSshArmor(text, sshSignatureLabel)
  if (armor.kind === 'unreadable') return armor
  const wire = wireOf(armor.bytes)
  const preamble = byteText(readBytes(wire, magic.length))
  const version = readUint32(wire)
  if (preamble !== magic || !wire.sound) return unreadable('it does not begin as an SSH signature does')
  if (version !== 1) return unsupported(`an SSH signature of version ${version}`)
  const blob = readString(wire)
  const namespace = readText(wire)
  const reserved = readString(wire)
  const hash = readText(wire)
  const signed = readString(wire)
  if (!isWhole(wire) || reserved.length > 0) return unreadable('its fields are malformed')
  if (namespace !== gitNamespace) return unsupported('an SSH signature that is not for git')
  if (hash !== 'sha256' && hash !== 'sha512') return unsupported('an SSH signature over an unknown hash')
  const certificate = parseSshCertificate(blob)
  const key = certificate?.key ?? parseSshPublicKey(blob)
  if (key === null) return misfitKey(blob)
  const signature = parseSshSignatureValue(signed, key)
  if (signature === null) return unreadable('its numbers are not what such a key makes')
  return { kind: 'ssh', key, certificate, hash, signature }
}

/** What the key signs: the digest of the document, told apart from all else that a key for logins signs. §3 */
export function sshSignedBytes(hash: SshSignature['hash'], digest: Uint8Array): readonly Uint8Array[] {
  return [
    new TextEncoder().encode(magic),
    wireString(gitNamespace),
    wireString(''),
    wireString(hash),
    wireString(digest),
  ]
}

/** A whole signature from what the key made of `sshSignedBytes`. §2 */
export function sshSignatureBlob(key: Uint8Array, hash: SshSignature['hash'], value: Uint8Array): Uint8Array {
  const fields = [
    wireString(key),
    wireString(gitNamespace),
    wireString(''),
    wireString(hash),
    wireString(value),
  ]
  return concatenated([new TextEncoder().encode(magic), Uint8Array.of(0, 0, 0, 1), ...fields])
}

const magic = 'SSHSIG'

/** git-config(1), gpg.format: what git has ssh-keygen sign for. */
export const gitNamespace = 'git'

function misfitKey(blob: Uint8Array): SshMisfit {
  const name = readText(wireOf(blob))
  if (isCertificateName(name)) return unreadable('its certificate is malformed')
  return unsupported('an SSH key of a type that is not known, or malformed')
}

function unreadable(detail: string): SshMisfit {
  return { kind: 'unreadable', detail }
}

function unsupported(detail: string): SshMisfit {
  return { kind: 'unsupported', detail }
}
