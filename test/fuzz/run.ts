/**
 * Fuzzes everything for `--seconds=N` (600) from `--seed=N` (a new one each time, printed). `--only=WORDS` takes the
 * properties with these words in their names; `--path=P`, as a failure prints it, repeats a single case. Exit 1 where
 * a property fails.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { sameAsOthers } from '../differential/compare.ts'
import { missingReaders } from '../differential/readers.ts'
import { allProperties, millisecondsOf } from './properties.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { seconds: text, seed: text, only: text, path: text } })
const seconds = numberOf('seconds', values.seconds ?? '600')
const seed = numberOf('seed', values.seed ?? `${Date.now() & 0x7fffffff}`)
const folder = mkdtempSync(join(tmpdir(), 'rw-fuzz-'))
process.exitCode = 1
try {
  const missing = missingReaders()
  if (missing !== null) console.log(`not compared with others; ${missing}`)
  const others = missing === null ? [{ property: sameAsOthers(folder), weight: 8 }] : []
  const all = [...(await allProperties(join(folder, 'refwarden.ini'))), ...others]
  const chosen = all.filter(({ property }) => property.name.includes(values.only ?? ''))
  console.log(`seed ${seed}, ${seconds} s, ${chosen.length} properties`)
  let [cases, failed] = [0, 0]
  for (const share of chosen) {
    const milliseconds = millisecondsOf(share, chosen, seconds)
    process.stdout.write(`${share.property.name}: `) // before it begins: a case that hangs has a name
    try {
      const path = values.path === undefined ? {} : { path: values.path }
      const tried = await share.property.run({ seed, milliseconds, ...path })
      console.log(`${tried} cases`)
      cases += tried
    } catch (error) {
      failed += 1
      console.log('FAILED')
      console.log(error instanceof Error ? `${error.message}\n${error.cause ?? ''}` : error)
    }
  }
  console.log(`${cases} cases, ${failed} of ${chosen.length} properties failed, seed ${seed}`)
  process.exitCode = failed === 0 && chosen.length > 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function numberOf(option: string, value: string): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number) || value === '') throw new Error(`--${option}: ${value} is no number`)
  return number
}
