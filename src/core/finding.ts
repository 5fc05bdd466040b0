/**
 * What `doctor` can find, and how grave it is. `fault`: git accepts what should be refused, or every push is held up.
 * `warning`: it will come to that, or somebody can bring it about. `hint`: worth knowing. docs/doctor.md has a heading
 * for each.
 */
export const severities = {
  'not-examined': 'fault',
  'other-account': 'hint',
  'hook-missing': 'fault',
  'hook-dangling': 'fault',
  'hook-not-executable': 'fault',
  'hook-unreachable': 'fault',
  'hook-obstacle': 'fault',
  'hook-replaced': 'fault',
  'hook-edited': 'fault',
  'hook-outdated': 'warning',
  'hook-shadowed': 'fault',
  'hooks-elsewhere': 'hint',
  'former-hook-missing': 'fault',
  'post-receive-missing': 'warning',
  'binary-missing': 'fault',
  'other-config': 'warning',
  'config-broken': 'fault',
  'nothing-protected': 'warning',
  'head-unprotected': 'warning',
  'pattern-matches-nothing': 'warning',
  'patterns-tie': 'fault',
  'keys-broken': 'fault',
  'no-signer': 'fault',
  'key-expiring': 'warning',
  'key-expired': 'warning',
  'key-revoked': 'hint',
  'key-unusable': 'warning',
  'signing-key-broken': 'fault',
  'sync-tag-locked': 'fault',
  'sync-tag-lags': 'warning',
  'sync-tag-missing': 'hint',
  'others-write': 'fault',
  'group-writes': 'warning',
  'shallow-update': 'warning',
  shallow: 'warning',
  grafts: 'warning',
  'replace-refs': 'warning',
  alternates: 'hint',
  'not-bare': 'hint',
  'fsck-objects': 'hint',
  'clock-behind': 'fault',
  'log-unwritable': 'fault',
  'log-command-missing': 'fault',
} as const satisfies Readonly<Record<string, Severity>>

export type Severity = 'fault' | 'warning' | 'hint'
export type FindingCode = keyof typeof severities

export const findingCodes = Object.keys(severities) as readonly FindingCode[]

/** Texts may hold names of refs and files as they are: whoever prints them makes them printable. */
export type Finding = {
  readonly code: FindingCode
  /** The offending thing first. */
  readonly what: string
  /** What to do about it. */
  readonly remedy: string
}

/** What a `[protect]` section rules in a repository. */
export type PatternMatch = {
  readonly pattern: string
  readonly mode: string
  /** Full names of the refs for which this section decides. */
  readonly refs: readonly string[]
}

/** All that is to be said of one repository. */
export type Examination = {
  readonly repository: string
  readonly findings: readonly Finding[]
  readonly patterns: readonly PatternMatch[]
  /** The keys that may sign for its refs now, with the second from which on they do not (null: never). */
  readonly signers: readonly Signer[]
  /** Where its decisions are; null: not known. */
  readonly log: string | null
}

export type Signer = { readonly fingerprint: string; readonly until: number | null }

export function severityOf({ code }: Finding): Severity {
  return severities[code]
}

export type Counts = Readonly<Record<Severity, number>>

/** How many of each; the same finding in several repositories, such as a key that expires, is one. */
export function countsOf(examinations: readonly Examination[]): Counts {
  const distinct = new Map<string, Finding>()
  for (const finding of examinations.flatMap(({ findings }) => findings))
    distinct.set(JSON.stringify([finding.code, finding.what]), finding)
  const counts = { fault: 0, warning: 0, hint: 0 }
  for (const finding of distinct.values()) counts[severityOf(finding)] += 1
  return counts
}

/**
 * Where several repositories share a configuration, a pattern that matches in one of them is no slip in the others:
 * those findings go.
 */
export function withoutUsedPatterns(examinations: readonly Examination[]): readonly Examination[] {
  const used = new Set(
    examinations.flatMap(({ patterns }) =>
      patterns.filter(({ refs }) => refs.length > 0).map(({ pattern }) => pattern),
    ),
  )
  return examinations.map(examination => ({
    ...examination,
    findings: examination.findings.filter(
      ({ code, what }) => code !== 'pattern-matches-nothing' || !used.has(patternIn(what)),
    ),
  }))
}

/** What is said of a pattern that matches nothing begins with it, in brackets. */
export function matchesNothing(pattern: string): string {
  return `[protect "${pattern}"] matches nothing in this repository`
}

function patternIn(what: string): string {
  return /^\[protect "(.*)"\]/su.exec(what)?.[1] ?? ''
}
