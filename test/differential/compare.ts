import { type FuzzProperty, fuzzProperty } from '../fuzz/property.ts'
import type { Case } from './case.ts'
import { type Difference, whyDifferent } from './differences.ts'
import { evidenceOf } from './evidence.ts'
import { anyCase } from './random.ts'
import { ask, clockOf, ours, readers } from './readers.ts'

/** The listed differences between us and the other readers. Throws where there is one that is not listed. */
export async function compare(folder: string, given: Case): Promise<readonly Difference[]> {
  const evidence = evidenceOf(given)
  const answers = await ask(folder, evidence)
  const found: Difference[] = []
  for (const reader of readers) {
    const [own, theirs] = [await ours(evidence, clockOf(reader)), answers[reader]]
    const why = whyDifferent(given, { reader, ours: own, theirs })
    if (why === undefined) throw new Error(`${reader}: ${theirs}; ours: ${own}; ${JSON.stringify(given)}`)
    if (why !== null) found.push(why)
  }
  return found
}

/** What other readers say of any key and any signature. `folder` is for them to work in. */
export function sameAsOthers(folder: string): FuzzProperty {
  return fuzzProperty(
    'the verdict is that of gpg, gpgv and sqv, or differs for a listed reason',
    anyCase(),
    async given => {
      await compare(folder, given)
    },
  )
}
