import { printable } from './printable.ts'

/** One metric with its samples. The text format of Prometheus, version 0.0.4. */
export type Metric = {
  /** Without the prefix `refwarden_`. */
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'summary'
  readonly help: string
  readonly samples: readonly Sample[]
}

export type Sample = {
  /** Behind the name of the metric: `_sum`, `_count`. */
  readonly suffix?: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** The text of a file for node_exporter's textfile collector. A metric without samples is left out. */
export function renderMetrics(metrics: readonly Metric[]): string {
  const lines = metrics
    .filter(({ samples }) => samples.length > 0)
    .flatMap(({ name, type, help, samples }) => [
      `# HELP refwarden_${name} ${help.replaceAll('\\', '\\\\')}`,
      `# TYPE refwarden_${name} ${type}`,
      ...samples.map(
        ({ suffix = '', labels, value }) => `refwarden_${name}${suffix}${labelled(labels)} ${value}`,
      ),
    ])
  return lines.map(line => `${line}\n`).join('')
}

function labelled(labels: Readonly<Record<string, string>>): string {
  const written = Object.entries(labels).map(
    ([name, value]) => `${name}="${printable(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
  )
  return written.length === 0 ? '' : `{${written.join(',')}}`
}
