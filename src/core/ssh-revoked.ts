import { byteText } from './bytes.ts'
import { Fault } from './fault.ts'
import type { KeyFile, RevokedCertificates } from './keyring.ts'
import { printable } from './printable.ts'
import type { SshArithmetic, SshFingerprints } from './ssh-fingerprint.ts'
import { badLine } from './ssh-key-fault.ts'
import { parseSshKeyLine } from './ssh-key-line.ts'
import { krlMagic, parseKrl, type RevokedList } from './ssh-krl.ts'

/** What `revoked-keys` says. */
export type SshRevocations = {
  readonly isRevoked: (fingerprints: SshFingerprints) => boolean
  /** Of the authority with this fingerprint. */
  readonly certificatesOf: (authority: string) => RevokedCertificates
}

/**
 * What these files revoke: binary lists of ssh-keygen(1) -k, and text with a public key or a fingerprint a line. Throws
 * a Fault for whatever is neither.
 */
export function readRevocations(files: readonly KeyFile[], arithmetic: SshArithmetic): SshRevocations {
  const lists = files.map(file => listIn(file, arithmetic))
  const keys = new Set(lists.flatMap(list => list.keys))
  return {
    isRevoked: ({ sha256, sha1 }) => keys.has(sha256) || keys.has(sha1),
    certificatesOf: authority => {
      const own = lists
        .flatMap(({ certificates }) => certificates)
        .filter(each => each.authority === null || each.authority === authority)
      return {
        keys: [...keys],
        keyIds: own.flatMap(({ keyIds }) => keyIds),
        serials: own.flatMap(({ serials }) => serials),
      }
    },
  }
}

function listIn({ path, bytes }: KeyFile, arithmetic: SshArithmetic): RevokedList {
  if (byteText(bytes.subarray(0, krlMagic.length)) !== krlMagic)
    return { keys: textList(path, bytes, arithmetic), certificates: [] }
  const list = parseKrl(bytes, arithmetic)
  if (list === null)
    throw new Fault(
      `${printable(path)}: a list of revoked keys with something in it that is not understood`,
      'make it again: ssh-keygen -k -f FILE …',
    )
  return list
}

function textList(path: string, bytes: Uint8Array, arithmetic: SshArithmetic): readonly string[] {
  const lines = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).split('\n')
  return lines.flatMap((text, index) => {
    const place = { file: path, line: index + 1 }
    const [hash] = /^SHA256:[A-Za-z0-9+/]{43}(?=[ \t\r]*$)/.exec(text) ?? []
    if (hash !== undefined) return [hash]
    if (/^\s*SHA256:/i.test(text))
      throw badLine(
        place,
        'not a whole fingerprint',
        'write SHA256: and 43 characters, as ssh-keygen -l shows it',
      )
    const line = parseSshKeyLine(place, text, 'revoked_keys')
    return line === null ? [] : [arithmetic.fingerprintsOf(line.blob).sha256]
  })
}
