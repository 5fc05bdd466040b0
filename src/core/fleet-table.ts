import type { Fault } from './fault.ts'
import { printable } from './printable.ts'

/** What became of one place in a tree of repositories. */
export type Outcome = {
  readonly path: string
  /** One or two words, such as `installed`; the column of the table, and what is counted. */
  readonly state: string
  /** More of it, or null. */
  readonly why: string | null
  readonly remedy: string | null
}

export const refused = 'refused'
const passedOver = 'passed over'

export function refusal(path: string, { message, remedy }: Fault): Outcome {
  return { path, state: refused, why: message, remedy }
}

/** What a walk did not look into. */
export function passing({ path, why }: { readonly path: string; readonly why: string }): Outcome {
  return { path, state: passedOver, why, remedy: null }
}

/** A line for each place, what is refused or passed over with the reason, and how many there are of each kind. */
export function renderTable(outcomes: readonly Outcome[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const { state } of outcomes) counts.set(state, (counts.get(state) ?? 0) + 1)
  const width = Math.max(0, ...[...counts.keys()].map(state => state.length))
  const rows = outcomes.flatMap(({ path, state, why, remedy }) => [
    `${state.padEnd(width)}  ${printable(path)}`,
    ...[why, remedy].flatMap(text =>
      text === null ? [] : text.split('\n').map(line => `${' '.repeat(width + 4)}${printable(line)}`),
    ),
  ])
  const total = [...counts].map(([state, count]) => `${count} ${state}`).join(', ')
  return [...rows, '', total === '' ? 'no repository' : total]
}
