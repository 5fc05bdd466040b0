import { type Oid, parseOid } from './oid.ts'

/**
 * Where the refs of `repo` stood by the last accepted push that began before `moment` (milliseconds since 1970), as the
 * lines of a decision log have it. A ref that no such line names is left out, and so is whatever a line that cannot be
 * read may have said: who asks what has come since then is told too much, never too little.
 */
export function acceptedBefore(
  repo: string,
  moment: number,
): { take(line: string): void; refs(): ReadonlyMap<string, Oid> } {
  const refs = new Map<string, Oid>()
  return {
    take(line) {
      const decision = parse(line)
      if (decision.repo !== repo || decision.verdict !== 'accepted') return
      if (!(Date.parse(String(decision.time)) < moment) || !Array.isArray(decision.refs)) return
      for (const { ref, after } of decision.refs.map(object)) {
        const oid = parseOid(String(after))
        if (typeof ref !== 'string') continue
        if (oid === null) refs.delete(ref)
        else refs.set(ref, oid)
      }
    },
    refs: () => refs,
  }
}

/** Milliseconds since 1970 of a day (UTC) or of an instant with its zone, as ISO 8601 has them; null for all else. */
export function parseInstant(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/.test(text)) return null
  const instant = Date.parse(text)
  return Number.isNaN(instant) ? null : instant
}

type Fields = { readonly [name in 'time' | 'repo' | 'verdict' | 'refs' | 'ref' | 'after']?: unknown }

function parse(line: string): Fields {
  try {
    return object(JSON.parse(line))
  } catch {
    return {}
  }
}

function object(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}
