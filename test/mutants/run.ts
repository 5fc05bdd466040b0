/**
 * `npm run test:mutants [PART…]`: takes each defence out of the program in turn, builds what is left, and expects a test
 * to fail. Prints which one it was, and ends with `N caught, N missed`. Exit 1 where one is missed, where a defence is
 * no longer where it was, and where what is left does not build: that is no catch. PART: of a mutant's name or file.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { root } from '../support/paths.ts'
import { mutants } from './all.ts'
import type { Mutant } from './mutant.ts'
import { mutated } from './mutant.ts'
import type { Tree } from './tree.ts'
import { makeTree } from './tree.ts'

const parts = process.argv.slice(2)
const chosen = mutants.filter(
  ({ name, file }) => parts.length === 0 || parts.some(part => `${name} ${file}`.includes(part)),
)
const counts = { caught: 0, missed: 0, unfit: 0 }
process.exitCode = 1
mkdirSync(join(root, 'dist'), { recursive: true })
const folder = mkdtempSync(join(root, 'dist/mutants-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1))

for (const mutant of chosen)
  if (mutated(readFileSync(join(root, mutant.file), 'utf8'), mutant) === null)
    report('unfit', mutant, `its text is not once in ${mutant.file}: name the defence where it stands now`)
if (counts.unfit === 0) {
  const trees = Array.from({ length: availableParallelism() }, (_, index) =>
    makeTree(join(folder, `${index}`)),
  )
  if (await isSound(trees)) await Promise.all(trees.map(workThrough(chosen.values())))
}
console.log(
  `\n${counts.caught} caught, ${counts.missed} missed${counts.unfit > 0 ? `, ${counts.unfit} unfit` : ''}`,
)
process.exitCode = counts.caught > 0 && counts.missed + counts.unfit === 0 ? 0 : 1

/** Without a mutation everything passes, or no failure would mean anything. */
async function isSound(trees: readonly Tree[]): Promise<boolean> {
  const built = await Promise.all(trees.map(tree => tree.build()))
  const tests = [...new Set(chosen.flatMap(({ tests }) => tests))].values()
  const outcomes = await Promise.all(
    trees.map(async tree => {
      for (const test of tests) {
        const outcome = await tree.test([test])
        if (outcome.kind !== 'passed') return `${test}: ${JSON.stringify(outcome)}`
      }
      return null
    }),
  )
  const wrong = [...built, ...outcomes].filter(problem => problem !== null)
  for (const problem of wrong) console.log(`unchanged, and yet: ${problem}`)
  counts.unfit += wrong.length
  return wrong.length === 0
}

function workThrough(waiting: Iterator<Mutant> & Iterable<Mutant>): (tree: Tree) => Promise<void> {
  return async tree => {
    for (const mutant of waiting) {
      const began = Date.now()
      const putBack = tree.mutate(mutant)
      try {
        const problem = await tree.build()
        const outcome = problem === null ? await tree.test(mutant.tests) : null
        const seconds = `${((Date.now() - began) / 1000).toFixed(0)} s`
        if (outcome === null) report('unfit', mutant, `it does not build: ${problem}`)
        else if (outcome.kind === 'broken') report('unfit', mutant, `no test failed, but:\n${outcome.output}`)
        else if (outcome.kind === 'passed') report('missed', mutant, `${mutant.tests.join(', ')}, ${seconds}`)
        else report('caught', mutant, `${outcome.file}, ${outcome.test}, ${seconds}`)
      } finally {
        putBack()
      }
    }
  }
}

function report(kind: keyof typeof counts, { name }: Mutant, detail: string): void {
  counts[kind] += 1
  console.log(
    kind === 'caught' ? `caught  ${name}  (${detail})` : `${kind.toUpperCase()}  ${name}: ${detail}`,
  )
}
