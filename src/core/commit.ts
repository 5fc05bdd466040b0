import { isAscii } from './bytes.ts'
import { identityDate } from './identity-date.ts'
import { type ObjectFormat, type Oid, parseOid } from './oid.ts'

/** A commit object, taken apart once: whoever needs its parents, its author or what was signed takes them from here. */
export type CommitObject = {
  readonly oid: Oid
  readonly tree: Oid
  readonly parents: readonly Oid[]
  /** `name <email>` as stored, without the date; undecodable bytes replaced. */
  readonly author: string
  readonly committer: string
  /** Seconds since 1970: the committer's date; null where it is malformed. */
  readonly dated: number | null
  readonly subject: string
  /** The signed bytes: the object without its signature header, in pieces. */
  readonly payload: readonly Uint8Array[]
  /** The text of each signature header, continuation spaces removed. */
  readonly signatures: readonly Uint8Array[]
}

export type MalformedCommit = { readonly reason: 'malformed-commit' | 'too-large'; readonly detail: string }

/** Bytes of headers, their number, and bytes of all signature headers that are looked at; more is `too-large`. */
const headerLimit = 512 * 1024
const mostHeaders = 1000
const signatureLimit = 64 * 1024

/**
 * Takes a commit object apart strictly: `tree`, `parent`*, `author`, `committer`, then other headers with their
 * continuation lines, an empty line, the message. gitformat-commit; commit.c, parse_commit_buffer and
 * parse_signed_commit.
 *
 * Attacks that end here: a header given twice or out of its place, so that git and we would read different ones; a
 * NUL, behind which git stops reading; `gpgsigX`, which git leaves out of the signed bytes without reading it as a
 * signature; rebuilt payloads (CVE-2026-44309): the pieces are views of the stored bytes.
 */
export function parseCommit(
  oid: Oid,
  bytes: Uint8Array,
  format: ObjectFormat,
): CommitObject | MalformedCommit {
  if (bytes.includes(0)) return malformed('it holds a NUL byte')
  const headers = splitHeaders(bytes)
  if (headers === 'endless') return malformed('its headers have no end')
  if (headers === 'too-large') return tooLarge('its headers are')
  const oidIn = ({ continued, value, lineEnd }: Header) =>
    continued ? null : parseOid(text(bytes, value, lineEnd), format)
  const first = headers.list[0]
  const tree = first?.name === 'tree' ? oidIn(first) : null
  if (tree === null) return malformed('it does not begin with a tree')
  const parents: Oid[] = []
  let at = 1
  for (let header = headers.list[at]; header?.name === 'parent'; header = headers.list[++at]) {
    const parent = oidIn(header)
    if (parent === null) return malformed('a parent is no object name')
    parents.push(parent)
  }
  const author = headers.list[at++]
  const committer = headers.list[at++]
  if (author?.name !== 'author' || author.continued) return malformed('its author is not where it belongs')
  if (committer?.name !== 'committer' || committer.continued)
    return malformed('its committer is not where it belongs')
  const others = headers.list.slice(at)
  for (const { name } of others) {
    if (only.has(name)) return malformed(`its ${name} is not where it belongs`)
    if (name.startsWith('gpgsig') && !signatureHeaders.includes(name))
      return malformed('a header looks like a signature but is none')
  }
  if (others.filter(({ name }) => name === 'encoding').length > 1) return malformed('it has two encodings')
  const signed = others.filter(({ name }) => signatureHeaders.includes(name))
  if (signed.reduce((sum, { start, end }) => sum + end - start, 0) > signatureLimit)
    return tooLarge('its signature is')
  return {
    oid,
    tree,
    parents,
    author: identity(bytes, author),
    committer: identity(bytes, committer),
    dated: identityDate(dateLine(bytes, committer)),
    subject: subjectOf(bytes, headers.end + 1),
    payload: without(bytes, signed),
    signatures: signatureTexts(bytes, signed, format),
  }
}

type Header = {
  readonly name: string
  readonly continued: boolean
  /** Offsets in the object: of the header, of its value, of the end of its first line, of what follows it. */
  readonly start: number
  readonly value: number
  readonly lineEnd: number
  readonly end: number
}

const only: ReadonlySet<string> = new Set(['tree', 'parent', 'author', 'committer'])

/** One for each object format; git reads the repository's own and leaves both out of the signed bytes. */
const signatureHeaders: readonly string[] = ['gpgsig', 'gpgsig-sha256']

type Headers = {
  readonly list: readonly Header[]
  /** Offset of the empty line that ends them. */
  readonly end: number
}

/** `endless` where a line is no header line or the empty line that ends them is missing. */
function splitHeaders(bytes: Uint8Array): Headers | 'endless' | 'too-large' {
  const list: Header[] = []
  let at = 0
  while (at < bytes.length) {
    if (bytes[at] === newline) return { list, end: at }
    if (list.length === mostHeaders) return 'too-large'
    const start = at
    const lineEnd = bytes.indexOf(newline, at)
    if (lineEnd < 0) return 'endless'
    const nameEnd = bytes.indexOf(space, at)
    if (nameEnd <= start || nameEnd > lineEnd) return 'endless'
    at = lineEnd + 1
    while (bytes[at] === space && at <= headerLimit) {
      const end = bytes.indexOf(newline, at)
      if (end < 0) return 'endless'
      at = end + 1
    }
    if (at > headerLimit) return 'too-large'
    list.push({
      name: nameOf(bytes, start, nameEnd),
      continued: at > lineEnd + 1,
      start,
      value: nameEnd + 1,
      lineEnd,
      end: at,
    })
  }
  return 'endless'
}

function nameOf(bytes: Uint8Array, start: number, end: number): string {
  return usual.find(name => isAscii(bytes, start, end, name)) ?? text(bytes, start, end)
}

/** Header names that need not be decoded. */
const usual = [...only, ...signatureHeaders, 'encoding', 'mergetag']

function without(bytes: Uint8Array, left: readonly Header[]): readonly Uint8Array[] {
  const pieces: Uint8Array[] = []
  let at = 0
  for (const { start, end } of left) {
    pieces.push(bytes.subarray(at, start))
    at = end
  }
  pieces.push(bytes.subarray(at))
  return pieces
}

/** A header of the other object format alone is no signature for git, beside the right one it makes two. */
function signatureTexts(
  bytes: Uint8Array,
  headers: readonly Header[],
  format: ObjectFormat,
): readonly Uint8Array[] {
  const own = format === 'sha1' ? 'gpgsig' : 'gpgsig-sha256'
  if (!headers.some(({ name }) => name === own)) return []
  return headers.map(({ name, start, end }) => unfold(bytes.subarray(start + name.length + 1, end)))
}

/** Takes the space off each continuation line. */
function unfold(value: Uint8Array): Uint8Array {
  const text = new Uint8Array(value.length)
  let length = 0
  for (let at = 0; at < value.length; at++) {
    const byte = value[at] ?? 0
    text[length++] = byte
    if (byte === newline) at++
  }
  return text.subarray(0, length)
}

/** `name <email>` of `name <email> seconds zone`. */
function identity(bytes: Uint8Array, { value, lineEnd }: Header): string {
  const end = bytes.lastIndexOf(closing, lineEnd - 1) + 1
  return text(bytes, value, end > value ? end : lineEnd)
}

/** `> seconds zone`. */
function dateLine(bytes: Uint8Array, { value, lineEnd }: Header): string {
  return text(bytes, Math.max(value, bytes.lastIndexOf(closing, lineEnd - 1)), lineEnd)
}

/** The first line of the message that is not blank. */
function subjectOf(bytes: Uint8Array, start: number): string {
  const end = Math.min(bytes.length, start + 1000)
  for (let at = start; at < end; ) {
    const newlineAt = bytes.indexOf(newline, at)
    const lineEnd = newlineAt < 0 ? end : Math.min(newlineAt, end)
    const line = text(bytes, at, lineEnd).trim()
    if (line !== '') return line
    at = lineEnd + 1
  }
  return ''
}

function malformed(detail: string): MalformedCommit {
  return { reason: 'malformed-commit', detail }
}

function tooLarge(what: string): MalformedCommit {
  return { reason: 'too-large', detail: `${what} too large` }
}

function text(bytes: Uint8Array, start: number, end: number): string {
  return utf8.decode(bytes.subarray(start, end))
}

const newline = 0x0a
const space = 0x20
const closing = 0x3e // >
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
