/** What is compared, and what comes of it: plain data, as `--json` writes it. */
import type { Machine } from './machine.ts'
import type { Sample } from './measure.ts'
import { median } from './measure.ts'

/** One way to do the work of a case. */
export type Contestant = {
  readonly who: string
  /** Of what the case is about: commits, or keys. Null where a case has one size. */
  readonly size: number | null
  /** Runs it once, unmeasured. Null, or why it cannot take part; rejects where it does not do its work. */
  readonly check: () => Promise<string | null>
  /** One measurement, in round number `round`. */
  readonly run: (round: number) => Promise<Sample>
}

export type Target = { readonly kind: 'at least' | 'at most'; readonly value: number }

/** The quotient of two contestants' measurements of one round, each named as by `nameOf`. */
export type Comparison = {
  readonly says: string
  readonly of: keyof Sample
  readonly over: string
  /** Another contestant, or what the measurement is to be compared with. */
  readonly under: string | number
  /** `under` counts so many times. */
  readonly times?: number
  readonly target?: Target
}

export type Case = {
  readonly letter: string
  readonly title: string
  readonly contestants: readonly Contestant[]
  readonly comparisons: readonly Comparison[]
}

export type Ratio = {
  readonly says: string
  /** A round each. */
  readonly values: readonly number[]
  readonly median: number
  readonly min: number
  readonly max: number
  readonly target: Target | null
}

export type Measured = Pick<Contestant, 'who' | 'size'> & {
  /** Why it did not run, or null. */
  readonly absent: string | null
  /** A round each. */
  readonly samples: readonly Sample[]
}

export type CaseResult = {
  readonly letter: string
  readonly title: string
  readonly ratios: readonly Ratio[]
  readonly measured: readonly Measured[]
}

export type Results = {
  readonly machine: Machine
  readonly rounds: number
  /** Small sizes, to try the benchmark out: the numbers mean nothing. */
  readonly small: boolean
  readonly cases: readonly CaseResult[]
}

/** What a comparison calls a contestant. */
export function nameOf({ who, size }: Pick<Contestant, 'who' | 'size'>): string {
  return size === null ? who : `${who}, ${size}`
}

/** Measures all contestants of a case in each round, each round in another order. */
export async function measureCase(
  { letter, title, contestants, comparisons }: Case,
  rounds: number,
  say: (words: string) => void,
): Promise<CaseResult> {
  const entries = contestants.map(contestant => ({ ...contestant, absent: '', samples: [] as Sample[] }))
  const measured: (Measured & { readonly samples: Sample[]; readonly run: Contestant['run'] })[] = []
  for (const { check, ...contestant } of entries) {
    say(`(${letter}) ${nameOf(contestant)}: first run, not counted`)
    measured.push({ ...contestant, absent: await check() })
  }
  const present = measured.filter(({ absent }) => absent === null)
  for (let round = 0; round < rounds; round += 1) {
    const first = round % present.length
    for (const contestant of [...present.slice(first), ...present.slice(0, first)]) {
      say(`(${letter}) ${nameOf(contestant)}: round ${round + 1} of ${rounds}`)
      contestant.samples.push(await contestant.run(round))
    }
  }
  const taken = new Map(present.map(contestant => [nameOf(contestant), contestant.samples]))
  return {
    letter,
    title,
    ratios: comparisons.flatMap(comparison => ratioOf(comparison, taken) ?? []),
    measured: measured.map(({ who, size, absent, samples }) => ({ who, size, absent, samples })),
  }
}

/** Null where one of the two did not run. */
function ratioOf(
  { says, of, over, under, times = 1, target }: Comparison,
  taken: ReadonlyMap<string, readonly Sample[]>,
): Ratio | null {
  const upper = taken.get(over)
  const lower =
    typeof under === 'number' ? upper?.map(() => under) : taken.get(under)?.map(sample => sample[of])
  if (upper === undefined || lower === undefined) return null
  const values = upper.map((sample, round) => (sample[of] ?? 0) / (times * (lower[round] ?? 0)))
  const [min, max] = [Math.min(...values), Math.max(...values)]
  return { says, values, median: median(values), min, max, target: target ?? null }
}
