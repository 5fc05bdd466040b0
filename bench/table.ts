/** Results in words: for a terminal, and for docs/performance.md. Ratios alone: they outlive the machine. */
import type { Machine } from './machine.ts'
import type { CaseResult, Ratio, Results } from './results.ts'
import { nameOf } from './results.ts'

const heads = ['', 'median', 'min', 'max', 'target', ''] as const

/** Columns of text, a paragraph a case, with what did not run and what it was taken on. */
export function renderTable({ machine, rounds, small, cases }: Results): string {
  const words = Math.max(...cases.flatMap(({ ratios }) => ratios.map(({ says }) => says.length)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => (index === 0 ? cell.padEnd(words) : index < 4 ? cell.padStart(7) : cell))
      .join('  ')
      .trimEnd()
  const paragraphs = cases.map(result =>
    [
      `(${result.letter}) ${result.title}`,
      ...result.ratios.map(ratio => line(cellsOf(ratio))),
      ...absences(result),
    ].join('\n'),
  )
  const warning = small ? ['small sizes: these numbers mean nothing'] : []
  return [line(heads), ...paragraphs, [...warning, describe(machine, rounds)].join('\n')].join('\n\n')
}

/** The same in Markdown. */
export function renderMarkdown({ machine, rounds, cases }: Results): string {
  const rows = cases.flatMap(({ letter, title, ratios }) => [
    `| **(${letter}) ${title}** | | | |`,
    ...ratios.map(ratio => {
      const [says, median, min, max, target, met] = cellsOf(ratio)
      return `| ${says} | ${median} | ${min} – ${max} | ${target}${met === 'missed' ? ', **missed**' : ''} |`
    }),
  ])
  const missing = cases.flatMap(absences)
  return [
    '| | median | min – max | target |',
    '| --- | ---: | ---: | --- |',
    ...rows,
    '',
    `Taken on: ${describe(machine, rounds)}.`,
    ...(missing.length === 0 ? [] : ['', `Not in the table: ${missing.join('; ')}.`]),
  ].join('\n')
}

/** In the order of `heads`. */
function cellsOf({ says, median, min, max, target }: Ratio): readonly string[] {
  const numbers = [median, min, max].map(shown)
  if (target === null) return [says, ...numbers, '', '']
  const met = target.kind === 'at least' ? median >= target.value : median <= target.value
  return [says, ...numbers, `${target.kind} ${target.value}`, met ? 'met' : 'missed']
}

/** Three digits. */
function shown(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3)
}

function absences({ letter, measured }: CaseResult): readonly string[] {
  return measured.flatMap(one => (one.absent === null ? [] : [`(${letter}) ${nameOf(one)}: ${one.absent}`]))
}

function describe(machine: Machine, rounds: number): string {
  const { processor, cores, memory, system, node, git, gpg, openssl } = machine
  const programs = `Node.js ${node}, git ${git}, GnuPG ${gpg}, OpenSSL ${openssl}`
  return `${processor}, ${cores} cores, ${memory} GiB, ${system}; ${programs}; rounds: ${rounds}`
}
