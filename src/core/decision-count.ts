/** What is counted, by JSON of the metric's name and the values of its labels. Only ever grows, but for the time of the last decision. */
export type Counts = Map<string, number>

/** What a line of the decision log says, as far as it is counted. */
export type LoggedDecision = {
  readonly id: string | null
  readonly repo: string
  readonly verdict: string
  /** Seconds since 1970. */
  readonly time: number
  readonly milliseconds: number | null
  /** Of refs and of commits, each as often as it stands there. */
  readonly codes: readonly string[]
}

/** Null where the line is no decision. */
export function parseDecision(line: string): LoggedDecision | null {
  const value = parsed(line)
  const { id = null, repo, verdict, time, milliseconds = null, refs = [], reason = null } = value
  const seconds = typeof time === 'string' ? Date.parse(time) / 1000 : Number.NaN
  if (typeof repo !== 'string' || typeof verdict !== 'string' || Number.isNaN(seconds)) return null
  const codes = (Array.isArray(refs) ? refs : []).flatMap(ref => [
    ref?.reason,
    ...(Array.isArray(ref?.commits) ? ref.commits.map((commit: { code?: unknown }) => commit?.code) : []),
  ])
  return {
    ...{ repo, verdict, time: seconds },
    id: typeof id === 'string' ? id : null,
    milliseconds: typeof milliseconds === 'number' && milliseconds >= 0 ? milliseconds : null,
    codes: [...codes, reason].filter(code => typeof code === 'string'),
  }
}

/**
 * Adds decisions. Of two lines about one push the last one counts: what `log-command` did not take was decided, and is
 * then a fault.
 */
export function countDecisions(counts: Counts, decisions: readonly LoggedDecision[]): void {
  const last = new Map<string, LoggedDecision>()
  for (const [index, decision] of decisions.entries()) {
    const isPush = decision.id !== null && pushVerdicts.has(decision.verdict)
    last.set(isPush ? `push ${decision.id}` : `line ${index}`, decision)
  }
  for (const { repo, verdict, time, milliseconds, codes } of last.values()) {
    add(counts, ['decisions', repo, verdict], 1)
    for (const code of codes) add(counts, ['reasons', repo, code], 1)
    const newest = JSON.stringify(['last', repo])
    counts.set(newest, Math.max(time, counts.get(newest) ?? 0))
    if (milliseconds === null) continue
    add(counts, ['milliseconds', repo], milliseconds)
    add(counts, ['timed', repo], 1)
  }
}

export function add(counts: Counts, name: readonly string[], number: number): void {
  const key = JSON.stringify(name)
  counts.set(key, (counts.get(key) ?? 0) + number)
}

/** The counts of one metric: values of its labels, and the number; sorted, so that the same counts give the same text. */
export function countsNamed(
  counts: Counts,
  name: string,
): readonly (readonly [labels: readonly string[], value: number])[] {
  return [...counts]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([key, value]) => {
      const [metric, ...labels] = JSON.parse(key) as readonly string[]
      return metric === name ? [[labels, value] as const] : []
    })
}

const pushVerdicts = new Set(['accepted', 'rejected', 'fault'])

// biome-ignore lint/suspicious/noExplicitAny: JSON, of which each part is looked at
function parsed(line: string): any {
  try {
    return JSON.parse(line) ?? {}
  } catch {
    return {}
  }
}
