import { concatenated } from './bytes.ts'
import { parseSshPublicKey, readSshKeyFields, type SshPublicKey, typeNamed } from './ssh-public-key.ts'
import { parseSshSignatureValue, type SshSignatureValue } from './ssh-signature-value.ts'
import {
  hasMore,
  isWhole,
  readString,
  readText,
  readTexts,
  readUint32,
  readUint64,
  wireOf,
  wireString,
} from './ssh-wire.ts'

/** What an authority says of a key; nobody has checked it yet. OpenSSH, PROTOCOL.certkeys. */
export type SshCertificate = {
  readonly key: SshPublicKey
  /** Who vouches: a plain key, never a certificate again. */
  readonly authority: SshPublicKey
  readonly user: boolean
  readonly serial: bigint
  readonly keyId: string
  /** Byte for byte. */
  readonly principals: readonly string[]
  /** Seconds since 1970; `until` is the first second at which it is expired, null: never. */
  readonly from: number
  readonly until: number | null
  /** Names of the options that whoever does not know them must refuse. */
  readonly critical: readonly string[]
  /** The bytes that the authority signed. */
  readonly body: Uint8Array
  readonly signature: SshSignatureValue
}

/** Null for whatever is no certificate in its one right form. */
export function parseSshCertificate(blob: Uint8Array): SshCertificate | null {
  const wire = wireOf(blob)
  const type = certifiedType(readText(wire))
  readString(wire) // the nonce
  const start = wire.at
  const fields = type === null ? null : readSshKeyFields(wire, type)
  if (type === null || fields === null) return null
  const plain = concatenated([wireString(type), blob.subarray(start, wire.at)])
  const serial = readUint64(wire)
  const kind = readUint32(wire)
  const keyId = readText(wire)
  const principals = readTexts(readString(wire))
  const [after, before] = [readUint64(wire), readUint64(wire)]
  const critical = readOptions(readString(wire))
  const extensions = readOptions(readString(wire))
  const reserved = readString(wire)
  const authority = parseSshPublicKey(readString(wire))
  const body = blob.subarray(0, wire.at)
  const signed = readString(wire)
  if (!isWhole(wire) || principals === null || critical === null || extensions === null) return null
  if (authority === null || reserved.length > 0 || (kind !== userKind && kind !== hostKind)) return null
  const signature = parseSshSignatureValue(signed, authority)
  if (signature === null) return null
  const key = { type, blob: plain, ...fields }
  const [from, until] = [Number(after), before > furthest ? null : Number(before)]
  return {
    key,
    authority,
    user: kind === userKind,
    serial,
    keyId,
    principals,
    from,
    until,
    critical,
    body,
    signature,
  }
}

/** Whether a public key of this name is a certificate, of whatever kind. */
export function isCertificateName(name: string): boolean {
  return /^[a-z0-9@.-]+-cert-v[0-9]+@openssh\.com$/.test(name)
}

const userKind = 1
const hostKind = 2

/** Seconds since 1970 that a number holds exactly: what lies beyond is for ever. */
const furthest = BigInt(Number.MAX_SAFE_INTEGER)

/** `ssh-ed25519` for `ssh-ed25519-cert-v01@openssh.com`. */
function certifiedType(name: string) {
  const [, plain = '', sk] = /^((sk-)?[a-z0-9-]+)-cert-v01@openssh\.com$/.exec(name) ?? []
  return typeNamed(sk === undefined ? plain : `${plain}@openssh.com`)
}

/** Names, each with its data, each name once and in order. Null where they are not. */
function readOptions(bytes: Uint8Array): readonly string[] | null {
  const wire = wireOf(bytes)
  const names: string[] = []
  while (hasMore(wire)) {
    names.push(readText(wire))
    readString(wire)
  }
  const ordered = names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name)
  return isWhole(wire) && ordered ? names : null
}
