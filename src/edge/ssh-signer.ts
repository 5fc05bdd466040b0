import { constants, createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import type { KeyFile } from '../core/keyring.ts'
import { parseOpensshPrivateKey, type SecretNumbers } from '../core/openssh-private-key.ts'
import { unfitSecret } from '../core/signing-part.ts'
import type { SshPublicKey } from '../core/ssh-public-key.ts'
import { sshSignatureBlob, sshSignatureLabel, sshSignedBytes } from '../core/ssh-signature.ts'
import { wirePositive, wireString } from '../core/ssh-wire.ts'

/** A secret key of OpenSSH as its file has it. */
export type SshSecret = {
  /** A key file with its public half. */
  readonly publicHalf: KeyFile
  /** An armored signature over `document`, for git. */
  readonly sign: (document: Uint8Array) => string
}

/** The private key of OpenSSH in the file. Throws a Fault that names it where a passphrase protects it, or it is damaged. */
export function readSshSecret({ path, bytes }: KeyFile): SshSecret {
  const parsed = parseOpensshPrivateKey(bytes)
  if (parsed.kind === 'locked')
    throw unfitSecret(path, 'a passphrase protects it', "take it off a copy: ssh-keygen -p -N '' -f COPY")
  const { key, secret } = parsed.kind === 'key' ? parsed : { key: null, secret: null }
  const imported = secret === null ? null : importedKey(secret)
  if (key === null || imported === null || !isPair(imported, key))
    throw unfitSecret(
      path,
      parsed.kind === 'key' ? 'its halves do not belong together' : parsed.detail,
      copyAgain,
    )
  const line = `${key.type} ${Buffer.from(key.blob).toString('base64')}\n`
  return {
    publicHalf: { path, bytes: Buffer.from(line) },
    sign: document => armored(signedBy(imported, key, document)),
  }
}

const copyAgain = 'make a new one: ssh-keygen -t ed25519 -N "" -f FILE'

function importedKey({ kty, crv, numbers }: SecretNumbers): KeyObject | null {
  const fields = Object.entries(numbers).map(([name, number]) => [
    name,
    Buffer.from(number).toString('base64url'),
  ])
  const jwk = { kty, ...(crv === null ? {} : { crv }), ...Object.fromEntries(fields) }
  try {
    return createPrivateKey({ key: jwk, format: 'jwk' })
  } catch {
    return null
  }
}

function isPair(secret: KeyObject, { spki }: SshPublicKey): boolean {
  return createPublicKey(secret).export({ type: 'spki', format: 'der' }).equals(spki)
}

/** As ssh-keygen(1) -Y sign -n git does it. OpenSSH, PROTOCOL.sshsig. */
function signedBy(secret: KeyObject, key: SshPublicKey, document: Uint8Array): Uint8Array {
  const hash = 'sha512'
  const signed = Buffer.concat(sshSignedBytes(hash, createHash(hash).update(document).digest()))
  return sshSignatureBlob(key.blob, hash, Buffer.concat(valueOver(signed, secret, key)))
}

function valueOver(signed: Buffer, secret: KeyObject, { type, algorithm, bits }: SshPublicKey): Uint8Array[] {
  if (algorithm === 'ed25519') return [wireString(type), wireString(sign(null, signed, secret))]
  if (algorithm === 'rsa') {
    const how = { key: secret, padding: constants.RSA_PKCS1_PADDING }
    return [wireString('rsa-sha2-512'), wireString(sign('sha512', signed, how))]
  }
  const hash = bits === 256 ? 'sha256' : bits === 384 ? 'sha384' : 'sha512'
  const pair = sign(hash, signed, { key: secret, dsaEncoding: 'ieee-p1363' })
  const [r, s] = [pair.subarray(0, pair.length / 2), pair.subarray(pair.length / 2)]
  return [wireString(type), wireString(Buffer.concat([wirePositive(r), wirePositive(s)]))]
}

function armored(blob: Uint8Array): string {
  const lines =
    Buffer.from(blob)
      .toString('base64')
      .match(/.{1,70}/g) ?? []
  return [`-----BEGIN ${sshSignatureLabel}-----`, ...lines, `-----END ${sshSignatureLabel}-----`, ''].join(
    '\n',
  )
}
