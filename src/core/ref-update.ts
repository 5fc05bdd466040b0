import { isZero, type Oid, parseOid } from './oid.ts'
import { isRefName } from './ref-name.ts'

/** What a client asks for; `claimed` is what it says that the ref was, which git checks only later. */
export type RefUpdate = {
  readonly ref: string
  /** Null: the client believes that the ref does not exist. */
  readonly claimed: Oid | null
  /** Null: the ref is to be deleted. */
  readonly after: Oid | null
}

export type MalformedUpdates = { readonly malformed: string }

/**
 * The lines `<old-oid> SP <new-oid> SP <ref-name> LF` of githooks(5), pre-receive. A ref name is raw bytes that git
 * has not looked at yet: one line that is not exactly so, or a ref named twice, spoils the whole push.
 */
export function parseRefUpdates(bytes: Uint8Array): readonly RefUpdate[] | MalformedUpdates {
  const text = decodeUtf8(bytes)
  if (text === null) return { malformed: 'a ref name is not UTF-8' }
  if (text === '') return { malformed: 'no ref update was given' }
  if (!text.endsWith('\n')) return { malformed: 'the last ref update is cut off' }
  const updates: RefUpdate[] = []
  const seen = new Set<string>()
  for (const line of text.slice(0, -1).split('\n')) {
    const update = parseLine(line)
    if (update === null) return { malformed: 'a ref update is malformed' }
    if (seen.has(update.ref)) return { malformed: 'a ref is updated twice' }
    seen.add(update.ref)
    updates.push(update)
  }
  const lengths = new Set(
    updates.flatMap(({ claimed, after }) => [claimed, after]).flatMap(oid => oid?.length ?? []),
  )
  if (lengths.size > 1) return { malformed: 'object names of two formats are mixed' }
  return updates
}

function parseLine(line: string): RefUpdate | null {
  const [, before, new_, ref] = /^([0-9a-f]+) ([0-9a-f]+) (.+)$/su.exec(line) ?? []
  if (before === undefined || new_ === undefined || ref === undefined) return null
  const claimed = parseOid(before)
  const after = parseOid(new_)
  if (claimed === null || after === null || claimed.length !== after.length || !isRefName(ref)) return null
  if (isZero(claimed) && isZero(after)) return null
  return { ref, claimed: isZero(claimed) ? null : claimed, after: isZero(after) ? null : after }
}

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
