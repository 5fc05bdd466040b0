import { byteText, hexOf } from './bytes.ts'
import { Fault } from './fault.ts'
import type { Keyring, SigningPart } from './keyring.ts'

/**
 * A key directory compiled to plain data, so that a push need not load a package that reads keys. A line of JSON that
 * says of what state of the directory it was made, then one line a part, sorted by key id. Read by binary search:
 * what a push needs of ten thousand keys is a few lines.
 */
export type CompiledFrom = {
  /** The program that compiled it, and the settings that decide what a key is good for. */
  readonly by: string
  /** The files as they were; `keyState` of the key directory. */
  readonly state: string
  /** Names what the files hold. */
  readonly digest: string
  /** Seconds since 1970: compiled then; from `until` on (null: never) some self-signature begins or ceases to count. */
  readonly at: number
  readonly until: number | null
}

/** The bytes to keep. */
export function compileKeyring(from: CompiledFrom, parts: readonly SigningPart[]): Uint8Array {
  const lines = parts
    .map(part => `${part.keyId} ${JSON.stringify({ ...part, spki: hexOf(part.spki) })}\n`)
    .sort()
  return new TextEncoder().encode(`${JSON.stringify(from)}\n${lines.join('')}`)
}

/**
 * The keyring in `bytes` and the digest of its files, or null where it is not what is wanted: another program, another
 * state of the files, a time at which a signature on a key has begun or ceased to count. A line that is no part of a key
 * is a Fault when it is met.
 */
export function openCompiled(
  bytes: Uint8Array,
  wanted: { readonly by: string; readonly state: string; readonly now: number },
): { readonly keyring: Keyring; readonly digest: string } | null {
  const start = bytes.indexOf(newline) + 1
  const from = start === 0 ? null : parse(bytes.subarray(0, start))
  if (!isCompiledFrom(from) || from.by !== wanted.by || from.state !== wanted.state) return null
  if (wanted.now < from.at || (from.until !== null && wanted.now >= from.until)) return null
  const byKeyId = remembering(keyId => partsOf(bytes, start, keyId))
  const byFingerprint = remembering(fingerprint =>
    [fingerprint.slice(-16), fingerprint.slice(0, 16)]
      .flatMap(byKeyId.get)
      .filter(part => part.fingerprint === fingerprint),
  )
  return { keyring: { byKeyId, byFingerprint }, digest: from.digest }
}

type Finding = { readonly get: (name: string) => readonly SigningPart[] }

/** Asks once for each key: the same object each time. What is not there is not remembered: a pusher names what he likes. */
function remembering(find: Finding['get']): Finding {
  const known = new Map<string, readonly SigningPart[]>()
  return {
    get: name => {
      const found = known.get(name) ?? find(name)
      if (found.length > 0) known.set(name, found)
      return found
    },
  }
}

/** Lines from the first one that is not before `keyId` on, as long as they are its own. */
function partsOf(bytes: Uint8Array, start: number, keyId: string): readonly SigningPart[] {
  let low = start
  let high = bytes.length
  while (low < high) {
    const middle = lineStart(bytes, start, (low + high) >> 1)
    if (keyIdAt(bytes, middle) < keyId) low = lineEnd(bytes, middle)
    else high = middle
  }
  const parts: SigningPart[] = []
  for (let at = low; at < bytes.length && keyIdAt(bytes, at) === keyId; at = lineEnd(bytes, at)) {
    const part = parse(bytes.subarray(at + 17, lineEnd(bytes, at)))
    if (!isCompiledPart(part))
      throw new Fault('a compiled key is damaged', 'remove refwarden-keyring-* in the repository')
    parts.push({ ...part, spki: bytesOf(part.spki) })
  }
  return parts
}

function keyIdAt(bytes: Uint8Array, at: number): string {
  return byteText(bytes.subarray(at, at + 16))
}

function lineStart(bytes: Uint8Array, start: number, at: number): number {
  return Math.max(start, bytes.lastIndexOf(newline, at - 1) + 1)
}

function lineEnd(bytes: Uint8Array, at: number): number {
  const end = bytes.indexOf(newline, at)
  return end < 0 ? bytes.length : end + 1
}

const newline = 0x0a

/** Null for what is no JSON. */
function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return null
  }
}

function isCompiledFrom(value: unknown): value is CompiledFrom {
  if (typeof value !== 'object' || value === null) return false
  if (!('by' in value && 'state' in value && 'at' in value && 'until' in value)) return false
  if (!('digest' in value) || typeof value.digest !== 'string') return false
  return typeof value.at === 'number' && (value.until === null || typeof value.until === 'number')
}

type CompiledPart = Omit<SigningPart, 'spki'> & { readonly spki: string }

/** Written by this program; the digest of the file guards the rest. */
function isCompiledPart(value: unknown): value is CompiledPart {
  return typeof value === 'object' && value !== null && 'spki' in value && typeof value.spki === 'string'
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], pair => Number.parseInt(pair, 16))
}
