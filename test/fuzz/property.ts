import * as fc from 'fast-check'

/** How long a property is tried, and from which seed: the same seed gives the same cases in the same order. */
export type Budget = {
  readonly seed: number
  readonly milliseconds: number
  /** Of one case, as fast-check prints it when a property fails. */
  readonly path?: string
}

/** Something that holds whatever the input is. */
export type FuzzProperty = {
  readonly name: string
  /** Tries it until its time is over and returns how many cases that were; throws with seed and path where it fails. */
  run(budget: Budget): Promise<number>
}

/** One that holds where `check` neither throws nor rejects for any value of `values`. */
export function fuzzProperty<Value>(
  name: string,
  values: fc.Arbitrary<Value>,
  check: (value: Value) => void | Promise<void>,
): FuzzProperty {
  return {
    name,
    async run({ seed, milliseconds, path }) {
      let cases = 0
      const property = fc.asyncProperty(values, async value => {
        cases += 1
        await check(value)
      })
      await fc.assert(property, {
        seed,
        numRuns: 1_000_000_000,
        interruptAfterTimeLimit: milliseconds,
        markInterruptAsFailure: false,
        ...(path === undefined ? {} : { path }),
      })
      return cases
    },
  }
}
