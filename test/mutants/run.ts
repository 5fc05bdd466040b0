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
import type { Outcome, Tree } from './tree.ts'
import { makeTree } from './tree.ts'

const parts = process.argv.slice(2)
const chosen = mutants.filter(
  ({ name, file }) => parts.length === 0 || parts.some(part => `${name} ${file}`.includes(part)),
)
/** What passes where nothing is taken out. */
const sound = new Set<string>()
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
  await Promise.all(trees.map(workThrough(chosen.values())))
}
console.log(
  `\n${counts.caught} caught, ${counts.missed} missed${counts.unfit > 0 ? `, ${counts.unfit} unfit` : ''}`,
)
process.exitCode = counts.caught > 0 && counts.missed + counts.unfit === 0 ? 0 : 1

function workThrough(waiting: Iterator<Mutant> & Iterable<Mutant>): (tree: Tree) => Promise<void> {
  return async tree => {
    for (const mutant of waiting) {
      const began = Date.now()
      const putBack = tree.mutate(mutant)
      const outcome = await tried(tree, mutant)
      putBack()
      const seconds = `${((Date.now() - began) / 1000).toFixed(0)} s`
      if (typeof outcome === 'string') report('unfit', mutant, outcome)
      else if (outcome.kind === 'passed') report('missed', mutant, `${mutant.tests.join(', ')}, ${seconds}`)
      else if (await passes(tree, outcome.entry))
        report('caught', mutant, `${outcome.file}, ${outcome.test}, ${seconds}`)
      else report('unfit', mutant, `nothing is taken out, and yet ${outcome.test} fails`)
    }
  }
}

/** What the tests say of a mutant, or why they cannot say anything. */
async function tried(
  tree: Tree,
  { tests }: Mutant,
): Promise<Exclude<Outcome, { readonly kind: 'broken' }> | string> {
  const problem = await tree.build()
  if (problem !== null) return `it does not build: ${problem}`
  const outcome = await tree.test(tests)
  return outcome.kind === 'broken' ? `no test failed, but:\n${outcome.output}` : outcome
}

/** Whether these tests pass where nothing is taken out, or no failure of theirs would mean anything. Asked till they do. */
async function passes(tree: Tree, entry: string): Promise<boolean> {
  if (!sound.has(entry) && (await tree.build()) === null && (await tree.test([entry])).kind === 'passed')
    sound.add(entry)
  return sound.has(entry)
}

function report(kind: keyof typeof counts, { name }: Mutant, detail: string): void {
  counts[kind] += 1
  console.log(
    kind === 'caught' ? `caught  ${name}  (${detail})` : `${kind.toUpperCase()}  ${name}: ${detail}`,
  )
}
