import { decodeBase64 } from './base64.ts'
import type { Fault } from './fault.ts'
import { isCertificateName } from './ssh-certificate.ts'
import { badLine, type KeyPlace, quoted } from './ssh-key-fault.ts'
import { parseSshOptions, type SshKeyFormat, type SshOptions } from './ssh-options.ts'
import { parseSshPublicKey, type SshPublicKey, typeNamed } from './ssh-public-key.ts'
import { readText, wireOf } from './ssh-wire.ts'

/** One line of a file of OpenSSH keys, taken apart. */
export type SshKeyLine = KeyPlace & {
  /** Principals of allowed_signers, the comment otherwise; may be empty. */
  readonly name: string
  readonly options: SshOptions
  /** For people, such as `ssh-ed25519`. */
  readonly type: string
  /** Null where it is of a type that is known and not judged. */
  readonly key: SshPublicKey | null
  readonly blob: Uint8Array
}

/** The key in one line, or null in a comment or an empty line. Throws a Fault with file and line on anything else. */
export function parseSshKeyLine(place: KeyPlace, text: string, format: SshKeyFormat): SshKeyLine | null {
  const line = text.replace(/^[ \t]+|[ \t\r]+$/g, '')
  if (line === '' || line.startsWith('#')) return null
  if (/[^\t\P{Cc}]/u.test(line)) throw badLine(place, 'a control character', 'remove it')
  const [principals, described] = format === 'allowed_signers' ? principalsIn(place, line) : ['', line]
  const [given, rest] = isKeyName(firstWord(described)) ? ['', described] : wordOf(place, described)
  const [type = '', encoded = '', ...comment] = rest.split(/[ \t]+/)
  if (!isKeyName(type)) throw noKey(place, given, format)
  if (isCertificateName(type))
    throw badLine(place, 'a certificate', 'put the key of its authority there, with cert-authority')
  const blob = decodeBase64([encoded])
  if (blob === null || blob.length === 0) throw badLine(place, 'its key is cut off or damaged', copyAgain)
  if (readText(wireOf(blob)) !== type) throw badLine(place, `its key is not of type ${type}`, copyAgain)
  const key = parseSshPublicKey(blob)
  if (key === null && typeNamed(type) !== null)
    throw badLine(place, 'its key is cut off or damaged', copyAgain)
  const name = format === 'allowed_signers' ? principals : comment.join(' ')
  return { ...place, name, options: parseSshOptions(place, given, format), type, key, blob }
}

const copyAgain = 'copy the line of the .pub file again, whole'

/** Names that OpenSSH has or had for keys which are not judged here; certificates of any kind have theirs. */
const unjudged: ReadonlySet<string> = new Set([
  'ssh-dss',
  'ssh-xmss@openssh.com',
  'webauthn-sk-ecdsa-sha2-nistp256@openssh.com',
])

/** Whether a word is the type of a key: where one stands there are no options before it. */
export function isKeyName(word: string): boolean {
  return typeNamed(word) !== null || unjudged.has(word) || isCertificateName(word)
}

function firstWord(text: string): string {
  return text.split(/[ \t]/)[0] ?? ''
}

/** Up to the first blank that is not between double quotes, and what follows. */
function wordOf(place: KeyPlace, text: string): readonly [word: string, rest: string] {
  const [word = ''] = /^(?:[^ \t"]|"[^"]*")*/.exec(text) ?? []
  if (text[word.length] === '"') throw badLine(place, 'a quote that is not closed', 'close it')
  return [word, text.slice(word.length).replace(/^[ \t]+/, '')]
}

function principalsIn(place: KeyPlace, line: string): readonly [principals: string, rest: string] {
  const [principals = '', blanks = ''] = /^[^ \t]+([ \t]*)/.exec(line)?.[0].split(/(?=[ \t])/) ?? []
  const rest = line.slice(principals.length).replace(/^[ \t]+/, '')
  if (isKeyName(principals) || blanks === '')
    throw badLine(place, 'no principals before the key', 'write them first, such as alice@example.org')
  if (/["'\\=]/.test(principals) || /^cert-authority$/i.test(principals))
    throw badLine(place, `${quoted(principals)} are no principals`, 'write names with commas between them')
  const patterns = principals.split(',')
  if (
    patterns.some(pattern => pattern === '' || pattern === '!') ||
    patterns.every(each => each.startsWith('!'))
  )
    throw badLine(place, `${quoted(principals)} names nobody`, 'write names with commas between them')
  return [principals, rest]
}

function noKey(place: KeyPlace, given: string, format: SshKeyFormat): Fault {
  if (given === '') return badLine(place, 'no key in it', copyAgain)
  return badLine(place, `${quoted(given)} is followed by no key of a type that is known`, remedies[format])
}

const remedies: Readonly<Record<SshKeyFormat, string>> = {
  allowed_signers: copyAgain,
  authorized_keys: 'principals stand in a file whose name ends in allowed_signers',
  revoked_keys: 'write a public key or SHA256:… a line; ssh-keygen -k makes a list of certificates',
}
