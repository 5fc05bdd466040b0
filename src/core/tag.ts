import { identityDate } from './identity-date.ts'
import { type ObjectFormat, type Oid, parseOid } from './oid.ts'

/** An annotated tag object, taken apart once. */
export type TagObject = {
  readonly oid: Oid
  readonly target: Oid
  readonly targetType: string
  /** The tag's own name, which git does not compare with the ref's. */
  readonly name: string
  /** `name <email>` as stored; undecodable bytes replaced. */
  readonly tagger: string
  /** Seconds since 1970: the tagger's date; null where it is malformed. */
  readonly dated: number | null
  readonly message: string
  /** The signed bytes: everything before the signature. */
  readonly payload: readonly Uint8Array[]
  readonly signatures: readonly Uint8Array[]
}

export type MalformedTag = { readonly reason: 'malformed-commit' | 'too-large'; readonly detail: string }

/** Bytes. */
const signatureLimit = 64 * 1024

/**
 * Takes a tag object apart strictly: `object`, `type`, `tag`, `tagger`, an empty line, the message, a signature at its
 * end. gitformat-signature, "Tag signatures"; gpg-interface.c, parse_signed_buffer: the last line that begins a
 * signature begins it, so a second such line is one that git would take for text; it is refused.
 */
export function parseTag(oid: Oid, bytes: Uint8Array, format: ObjectFormat): TagObject | MalformedTag {
  if (bytes.includes(0)) return malformed('it holds a NUL byte')
  const headerEnd = endOfHeaders(bytes)
  if (headerEnd < 0) return malformed('its headers have no end')
  const lines = decode(bytes.subarray(0, headerEnd)).split('\n')
  const [object, type, tag, tagger, ...others] = lines
  const target = parseOid(fieldOf(object, 'object') ?? '', format)
  const targetType = fieldOf(type, 'type')
  const name = fieldOf(tag, 'tag')
  const identity = fieldOf(tagger, 'tagger')
  if (target === null || targetType === null || name === null || identity === null || others.length > 0)
    return malformed('its headers are not object, type, tag and tagger')
  if (name.includes('\ufffd')) return malformed('its name is not UTF-8')
  const starts = signatureStarts(bytes, headerEnd + 2)
  const start = starts[0] ?? bytes.length
  if (bytes.length - start > signatureLimit)
    return { reason: 'too-large', detail: 'its signature is too large' }
  return {
    oid,
    target,
    targetType,
    name,
    tagger: identity.replace(/>[^>]*$/, '>'),
    dated: identityDate(identity),
    message: decode(bytes.subarray(headerEnd + 2, Math.min(start, headerEnd + 4096))),
    payload: [bytes.subarray(0, start)],
    signatures: starts.map((at, index) => bytes.subarray(at, starts[index + 1] ?? bytes.length)),
  }
}

/** Lines that begin a signature for git; gpg-interface.c, `gpg_format`. */
const beginnings = [
  '-----BEGIN PGP SIGNATURE-----',
  '-----BEGIN PGP MESSAGE-----',
  '-----BEGIN SIGNED MESSAGE-----',
  '-----BEGIN SSH SIGNATURE-----',
].map(line => new TextEncoder().encode(line))

function signatureStarts(bytes: Uint8Array, from: number): readonly number[] {
  const starts: number[] = []
  let at = from
  while (at < bytes.length) {
    if (
      bytes[at] === dash &&
      beginnings.some(line => line.every((byte, index) => bytes[at + index] === byte))
    )
      starts.push(at)
    const newline = bytes.indexOf(0x0a, at)
    at = newline < 0 ? bytes.length : newline + 1
  }
  return starts
}

const dash = 0x2d

/** Offset of the LF behind the last header line, an empty line following; -1 where there is none in 64 KiB. */
function endOfHeaders(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(0x0a); at >= 0 && at < 65536; at = bytes.indexOf(0x0a, at + 1)) {
    if (bytes[at + 1] === 0x0a) return at
  }
  return -1
}

function fieldOf(line: string | undefined, name: string): string | null {
  return line?.startsWith(`${name} `) === true ? line.slice(name.length + 1) : null
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

function malformed(detail: string): MalformedTag {
  return { reason: 'malformed-commit', detail }
}
