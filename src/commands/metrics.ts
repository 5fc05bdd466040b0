import { build } from '../build.ts'
import { add, countDecisions, parseDecision } from '../core/decision-count.ts'
import { renderMetrics } from '../core/exposition.ts'
import { metricsOf } from '../core/metrics.ts'
import { type LogPosition, parseState, renderState } from '../core/metrics-state.ts'
import { readNewLines } from '../edge/log-tail.ts'
import { readKept, replaceFile } from '../edge/metrics-file.ts'
import { examineAll, type FleetOptions } from '../fleet.ts'

export type MetricsOptions = FleetOptions & {
  /** Absolute. */
  readonly textfile: string
  /** Logs beside those of the repositories, such as those of a repository that is gone. Absolute. */
  readonly logs: readonly string[]
}

/**
 * Writes what the logs and doctor say for node_exporter. What was counted, and how far, is kept beside the file, so that
 * counters go on when a log is rotated. The state comes first: a run that is killed between the two counts nothing twice.
 */
export async function metrics(options: MetricsOptions): Promise<void> {
  const { textfile, now } = options
  const examinations = await examineAll(options)
  const stateFile = `${textfile}.state`
  const state = parseState(readKept(stateFile) ?? '')
  const counts = new Map(state?.counts)
  const positions = new Map<string, LogPosition>()
  const logs = [...options.logs, ...examinations.flatMap(({ log }) => (log === null ? [] : [log]))]
  for (const log of new Set(logs)) {
    const known = state?.positions.get(log) ?? null
    const position = readNewLines(log, known, lines => {
      const decisions = lines.filter(line => line !== '').map(parseDecision)
      countDecisions(
        counts,
        decisions.filter(decision => decision !== null),
      )
      add(counts, ['bad', log], decisions.filter(decision => decision === null).length)
    })
    const reached = position ?? known
    if (reached !== null) positions.set(log, reached)
  }
  replaceFile(stateFile, renderState({ positions, counts }))
  replaceFile(textfile, renderMetrics(metricsOf({ counts, examinations, ...build, now })))
}
