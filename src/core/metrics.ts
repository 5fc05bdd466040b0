import { type Counts, countsNamed } from './decision-count.ts'
import type { Metric } from './exposition.ts'
import { type Examination, severityOf } from './finding.ts'

export type MetricsFacts = {
  readonly counts: Counts
  readonly examinations: readonly Examination[]
  readonly version: string
  readonly commit: string
  /** Seconds since 1970. */
  readonly now: number
}

/** What a monitoring system asks of the logs and of the repositories. */
export function metricsOf({ counts, examinations, version, commit, now }: MetricsFacts): readonly Metric[] {
  const named = (name: string, labels: readonly string[]) =>
    countsNamed(counts, name).map(([values, value]) => ({
      labels: Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ''])),
      value,
    }))
  return [
    {
      name: 'decisions_total',
      type: 'counter',
      help: 'Decisions in the log, by repository and verdict.',
      samples: named('decisions', ['repo', 'verdict']),
    },
    {
      name: 'reasons_total',
      type: 'counter',
      help: 'Reason codes of refused refs and commits in the log, as far as a line names them.',
      samples: named('reasons', ['repo', 'code']),
    },
    {
      name: 'decision_seconds',
      type: 'summary',
      help: 'How long decisions about pushes took.',
      samples: [
        ...named('milliseconds', ['repo']).map(({ labels, value }) => ({
          suffix: '_sum',
          labels,
          value: value / 1000,
        })),
        ...named('timed', ['repo']).map(sample => ({ suffix: '_count', ...sample })),
      ],
    },
    {
      name: 'last_decision_timestamp_seconds',
      type: 'gauge',
      help: 'When the newest decision in the log was made.',
      samples: named('last', ['repo']),
    },
    {
      name: 'log_bad_lines_total',
      type: 'counter',
      help: 'Lines of the log that are no decision.',
      samples: named('bad', ['log']),
    },
    {
      name: 'key_expiry_timestamp_seconds',
      type: 'gauge',
      help: 'When a key that may sign now expires.',
      samples: expiries(examinations),
    },
    {
      name: 'findings',
      type: 'gauge',
      help: 'What refwarden doctor finds in a repository.',
      samples: findings(examinations),
    },
    {
      name: 'repositories',
      type: 'gauge',
      help: 'Repositories that were looked at.',
      samples: [{ labels: {}, value: examinations.length }],
    },
    {
      name: 'metrics_timestamp_seconds',
      type: 'gauge',
      help: 'When this file was written.',
      samples: [{ labels: {}, value: now }],
    },
    {
      name: 'build_info',
      type: 'gauge',
      help: 'The program that wrote it.',
      samples: [{ labels: { version, commit }, value: 1 }],
    },
  ]
}

function expiries(examinations: readonly Examination[]) {
  const ends = new Map<string, number>()
  for (const { fingerprint, until } of examinations.flatMap(({ signers }) => signers))
    if (until !== null) ends.set(fingerprint, until)
  return [...ends].map(([fingerprint, value]) => ({ labels: { fingerprint }, value }))
}

function findings(examinations: readonly Examination[]) {
  return examinations.flatMap(({ repository: repo, findings }) => {
    const byCode = new Map<string, number>()
    for (const finding of findings) {
      const key = JSON.stringify([severityOf(finding), finding.code])
      byCode.set(key, (byCode.get(key) ?? 0) + 1)
    }
    return [...byCode].map(([key, value]) => {
      const [severity = '', code = ''] = JSON.parse(key) as readonly string[]
      return { labels: { repo, severity, code }, value }
    })
  })
}
