import type { ObjectFormat, Oid } from '../../src/core/oid.ts'
import type { Key } from './keys.ts'
import type { GitObject } from './objects.ts'
import { gitObject } from './objects.ts'
import { bytes, text } from './packets.ts'
import type { SignatureShape } from './signature-packet.ts'
import { now } from './signature-packet.ts'

export type CommitOptions = {
  /** Seconds since 1970, of author, committer and signature; a minute after the commit before. */
  readonly at?: number
  readonly author?: string
  readonly committer?: string
  /** In the place of the commit's name. */
  readonly message?: string | Uint8Array
  /** In the place of one file that holds the commit's name. */
  readonly files?: Readonly<Record<string, string>>
  /** Header lines behind the committer, such as `encoding ISO-8859-1`. */
  readonly headers?: readonly string[]
  /** How the signer signs; `by` is the number of a subkey. */
  readonly shape?: SignatureShape & { readonly by?: number }
  /** Makes the signature's armor in the place of the signer. */
  readonly signature?: (payload: Uint8Array) => string
  /** Changes the finished object's bytes. */
  readonly rewrite?: (object: Uint8Array) => Uint8Array
}

/** One commit object. `at` in seconds since 1970. */
export function commitObject(
  format: ObjectFormat,
  tree: Oid,
  parents: readonly Oid[],
  options: CommitOptions,
  signer: Key | null = null,
): GitObject {
  const { at = now(), author = person(signer), committer = author, headers = [], message = '' } = options
  const head = [
    `tree ${tree}`,
    ...parents.map(parent => `parent ${parent}`),
    `author ${author} ${at} +0000`,
    `committer ${committer} ${at} +0000`,
    ...headers,
  ]
  const body = bytes(text('\n'), typeof message === 'string' ? text(message) : message)
  const lines = text(`${head.join('\n')}\n`)
  const payload = bytes(lines, body)
  const armored = options.signature?.(payload) ?? signer?.sign(payload, { at, ...options.shape })
  const object = armored === undefined ? payload : bytes(lines, text(signatureHeader(format, armored)), body)
  return gitObject(format, 'commit', options.rewrite?.(object) ?? object)
}

/** An annotated tag object; its signature stands behind the message. gitformat-signature. */
export function tagObject(
  format: ObjectFormat,
  target: GitObject | Oid,
  options: { readonly name: string; readonly type?: string } & CommitOptions,
  signer: Key | null = null,
): GitObject {
  const { name, at = now(), author = person(signer), message = `${name}\n`, headers = [] } = options
  const [oid, type] =
    typeof target === 'string'
      ? [target, options.type ?? 'commit']
      : [target.oid, options.type ?? target.type]
  const head = [
    `object ${oid}`,
    `type ${type}`,
    `tag ${name}`,
    `tagger ${author} ${at} +0000`,
    ...headers,
    '',
    '',
  ]
  const payload = bytes(text(head.join('\n')), typeof message === 'string' ? text(message) : message)
  const armored = options.signature?.(payload) ?? signer?.sign(payload, { at, ...options.shape })
  const object = armored === undefined ? payload : bytes(payload, text(armored))
  return gitObject(format, 'tag', options.rewrite?.(object) ?? object)
}

/** The header in which a commit carries this armor. */
export function signatureHeader(format: ObjectFormat, armored: string): string {
  const name = format === 'sha256' ? 'gpgsig-sha256' : 'gpgsig'
  return `${name} ${armored.trimEnd().replace(/\n/g, '\n ')}\n`
}

function person(signer: Key | null): string {
  return signer === null ? 'Nobody <nobody@example.org>' : `${signer.name} <${signer.email}>`
}
