/** Puts the results of a run into docs/performance.md and draws docs/performance.svg. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../test/support/paths.ts'
import { median } from './measure.ts'
import type { Panel } from './plot.ts'
import { drawPlot } from './plot.ts'
import type { Measured, Results } from './results.ts'
import { renderMarkdown } from './table.ts'

const between = /(<!-- begin: written by npm run bench -->\n).*?(\n<!-- end -->)/s

export function writePage(results: Results): void {
  const path = join(root, 'docs/performance.md')
  const page = readFileSync(path, 'utf8')
  if (!between.test(page)) throw new Error(`${path}: the place of the table is not marked`)
  const picture = '![Cost against size](performance.svg)'
  writeFileSync(
    path,
    page.replace(between, (_, begin, end) => `${begin}\n${picture}\n\n${renderMarkdown(results)}\n${end}`),
  )
  writeFileSync(join(root, 'docs/performance.svg'), drawPlot(panelsOf(results)))
}

/** Time in starts of Node.js (`node -e 0`), taken in the same rounds. */
export function panelsOf({ cases }: Results): readonly Panel[] {
  const measuredIn = (letter: string) => cases.find(found => found.letter === letter)?.measured ?? []
  const [long, keys] = [measuredIn('e'), measuredIn('d')]
  return [
    {
      title: 'time to verify a history',
      across: 'commits',
      up: 'starts of Node.js (node -e 0)',
      scale: 'log',
      series: seriesOf(long, inStarts(long)),
    },
    {
      title: 'peak memory meanwhile',
      across: 'commits',
      up: 'MiB',
      scale: 'linear',
      series: seriesOf(
        long.filter(({ who }) => who === 'refwarden verify'),
        sample => sample.ownMemory ?? 0,
      ),
    },
    {
      title: 'a push of one signed commit',
      across: 'trusted keys',
      up: 'starts of Node.js (node -e 0)',
      scale: 'log',
      series: seriesOf(keys, inStarts(keys)),
    },
  ]
}

type Value = (sample: Measured['samples'][number]) => number

function inStarts(measured: readonly Measured[]): Value {
  const start = measured.find(({ who }) => who === 'node -e 0')?.samples ?? []
  const usual = median(start.map(({ milliseconds }) => milliseconds))
  return ({ milliseconds }) => milliseconds / usual
}

/** A line for each contestant that was measured at several sizes. */
function seriesOf(measured: readonly Measured[], value: Value): Panel['series'] {
  const names = [...new Set(measured.filter(({ size }) => size !== null).map(({ who }) => who))]
  return names.map(name => ({
    name,
    points: measured
      .filter(({ who }) => who === name)
      .map(({ size, samples }) => {
        const values = samples.map(value)
        return { at: size ?? 0, low: Math.min(...values), value: median(values), high: Math.max(...values) }
      }),
  }))
}
