// npm run bench -- [--rounds N] [--only a,b,f] [--small] [--json FILE] [--from FILE] [--write-docs]
// Measures refwarden beside what else there is. --from takes the results of an earlier --json in the place of
// measuring; --write-docs puts them into docs/performance.md and draws docs/performance.svg.
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ed25519Line, longLines, mixedHistory, rsaLine, sshLine } from './bulk.ts'
import type { Kind } from './histories.ts'
import { makeStock } from './histories.ts'
import { describeMachine } from './machine.ts'
import { writePage } from './page.ts'
import { manyKeys, onePush } from './pushes.ts'
import type { CaseResult, Results } from './results.ts'
import { measureCase } from './results.ts'
import { fullSizes, smallSizes } from './sizes.ts'
import { renderTable } from './table.ts'
import { openWorkplace } from './workplace.ts'

const cases = {
  a: ed25519Line,
  b: rsaLine,
  c: mixedHistory,
  d: manyKeys,
  e: longLines,
  f: onePush,
  g: sshLine,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: Object.keys(cases).join() },
    small: { type: 'boolean', default: false },
    json: { type: 'string' },
    from: { type: 'string' },
    'write-docs': { type: 'boolean', default: false },
  },
})

if (positionals[0] === 'make') makeStock(positionals[1] as Kind, Number(positionals[2]))
else await main()

async function main(): Promise<void> {
  const rounds = Number(values.rounds)
  const letters = values.only.split(',').map(letter => letter.trim())
  const unknown = letters.find(letter => !Object.hasOwn(cases, letter))
  if (unknown !== undefined) return refuse(`--only: '${unknown}' is none of ${Object.keys(cases).join(', ')}`)
  if (!Number.isInteger(rounds) || rounds < 1)
    return refuse(`--rounds: '${values.rounds}' is no number of rounds`)
  const results =
    values.from === undefined
      ? await measure(letters as readonly (keyof typeof cases)[], rounds)
      : (JSON.parse(readFileSync(values.from, 'utf8')) as Results)
  console.log(renderTable(results))
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`)
  if (!values['write-docs']) return
  if (results.small || results.cases.length < Object.keys(cases).length)
    return refuse('--write-docs: only a run of all cases in full size belongs into the page')
  writePage(results)
}

async function measure(letters: readonly (keyof typeof cases)[], rounds: number): Promise<Results> {
  const sizes = values.small ? smallSizes : fullSizes
  const place = openWorkplace()
  const measured: CaseResult[] = []
  for (const letter of letters) measured.push(await measureCase(cases[letter](place, sizes), rounds, say))
  say('')
  return { machine: describeMachine(), rounds, small: values.small, cases: measured }
}

/** One line that the next one takes the place of; line by line where nobody watches. */
function say(words: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${words}`)
  else if (words !== '') process.stderr.write(`${words}\n`)
}

function refuse(words: string): void {
  console.error(`error: ${words}`)
  process.exitCode = 2
}
