import {
  type Counts,
  countsOf,
  type Examination,
  type Finding,
  type FindingCode,
  findingCodes,
  type Severity,
  severityOf,
} from './finding.ts'
import { printable } from './printable.ts'

/** What an admin reads. What several repositories have in common stands once, at the end. `all`: say nothing of those that are well. */
export function renderExaminations(examinations: readonly Examination[], all: boolean): readonly string[] {
  const shared = sharedBy(examinations)
  const own = (finding: Finding) => !shared.has(keyOf(finding))
  const shown = examinations.filter(({ findings }) => !all || findings.some(own))
  return [
    ...shown.flatMap(({ repository, findings, patterns }) => [
      printable(repository),
      ...(all ? [] : patterns.map(renderPattern)),
      ...sorted(findings.filter(own)).flatMap(renderFinding),
      ...(findings.length === 0 ? ['  nothing is wrong'] : []),
      '',
    ]),
    ...sorted([...shared.values()].map(({ finding }) => finding)).flatMap(finding => [
      ...renderFinding(finding),
      `      in ${printable(enumerated(shared.get(keyOf(finding))?.repositories ?? []))}`,
    ]),
    renderCounts(examinations.length, countsOf(examinations)),
  ]
}

/** One JSON object a repository, then the counts. */
export function renderExaminationsJson(examinations: readonly Examination[]): readonly string[] {
  const { fault, warning, hint } = countsOf(examinations)
  return [
    ...examinations.map(({ findings, ...rest }) =>
      JSON.stringify({
        ...rest,
        findings: sorted(findings).map(finding => ({ ...finding, severity: severityOf(finding) })),
      }),
    ),
    JSON.stringify({
      summary: { repositories: examinations.length, faults: fault, warnings: warning, hints: hint },
    }),
  ]
}

/** One line of a Nagios plugin with its performance data: the Monitoring Plugins Development Guidelines. */
export function renderNagios(examinations: readonly Examination[]): string {
  const { fault, warning, hint } = countsOf(examinations)
  const word = fault > 0 ? 'CRITICAL' : warning > 0 ? 'WARNING' : 'OK'
  const [gravest = ''] = order
    .slice(0, 2)
    .flatMap(severity =>
      examinations.flatMap(({ repository, findings }) =>
        findings
          .filter(finding => severityOf(finding) === severity)
          .map(({ code, what }) => `; ${statusText(`${repository}: ${code}: ${what}`)}`),
      ),
    )
  const data = `repositories=${examinations.length};;;0 faults=${fault};;0;0 warnings=${warning};0;;0 hints=${hint};;;0`
  return `REFWARDEN ${word} - ${renderCounts(examinations.length, { fault, warning, hint })}${gravest} | ${data}`
}

/** Where there is no answer. */
export function renderNagiosUnknown(why: string): string {
  return `REFWARDEN UNKNOWN - ${statusText(why)}`
}

/** What `renderExaminationsJson` has written, or null where a line of it is something else. */
export function parseExaminations(text: string): readonly Examination[] | null {
  const lines = text.split('\n').filter(line => line !== '')
  const read = lines.slice(0, -1).map(parseExamination)
  const examinations = read.filter(each => each !== null)
  return lines.length > 0 && examinations.length === read.length ? examinations : null
}

function parseExamination(line: string): Examination | null {
  try {
    const value = JSON.parse(line)
    const isWhole =
      typeof value.repository === 'string' &&
      [value.findings, value.patterns, value.signers].every(Array.isArray) &&
      value.findings.every(isFinding)
    if (!isWhole) return null
    const { repository, findings, patterns, signers, log } = value
    return {
      ...{ repository, patterns, signers },
      log: typeof log === 'string' ? log : null,
      findings: findings.map(({ code, what, remedy }: Finding) => ({ code, what, remedy })),
    }
  } catch {
    return null
  }
}

function isFinding(value: Partial<Finding>): boolean {
  const { code, what, remedy } = value
  return findingCodes.includes(code as FindingCode) && typeof what === 'string' && typeof remedy === 'string'
}

function sharedBy(examinations: readonly Examination[]) {
  const seen = new Map<string, { readonly finding: Finding; readonly repositories: string[] }>()
  for (const { repository, findings } of examinations)
    for (const finding of findings) {
      const known = seen.get(keyOf(finding)) ?? { finding, repositories: [] }
      known.repositories.push(repository)
      seen.set(keyOf(finding), known)
    }
  return new Map([...seen].filter(([, { repositories }]) => repositories.length > 1))
}

function keyOf({ code, what }: Finding): string {
  return JSON.stringify([code, what])
}

const order: readonly Severity[] = ['fault', 'warning', 'hint']

function sorted(findings: readonly Finding[]): readonly Finding[] {
  return order.flatMap(severity => findings.filter(finding => severityOf(finding) === severity))
}

function renderFinding(finding: Finding): readonly string[] {
  const [what = '', ...more] = finding.what.split('\n').map(printable)
  return [
    `  ${severityOf(finding)} ${finding.code}: ${what}`,
    ...more.map(line => `      ${line}`),
    ...finding.remedy.split('\n').map(line => `      ${printable(line)}`),
  ]
}

function renderPattern({ pattern, mode, refs }: Examination['patterns'][number]): string {
  return printable(
    `  [protect "${pattern}"] mode ${mode}: ${refs.length === 0 ? 'matches nothing' : enumerated(refs)}`,
  )
}

function enumerated(names: readonly string[]): string {
  if (names.length <= mostNames) return names.join(', ')
  return `${names.slice(0, mostNames).join(', ')} and ${names.length - mostNames} more`
}

const mostNames = 10

function renderCounts(repositories: number, { fault, warning, hint }: Counts): string {
  const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`
  const noun = repositories === 1 ? '1 repository' : `${repositories} repositories`
  return `${noun}: ${counted(fault, 'fault')}, ${counted(warning, 'warning')}, ${counted(hint, 'hint')}`
}

/** A bar would begin the performance data. */
function statusText(text: string): string {
  return printable(text.replaceAll(/\s+/g, ' ')).replaceAll('|', '\\x7c')
}
