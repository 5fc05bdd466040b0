export type Sizes = {
  /** Commits of cases (a), (b) and (c); the last one a multiple of ten. */
  readonly line: number
  readonly rsa: number
  readonly mixed: number
  /** Commits of case (e), each ten times the one before. */
  readonly lengths: readonly [number, number, number]
  /** Commits that GnuPG is given. */
  readonly sample: number
  /** Trusted keys of case (d). */
  readonly keys: readonly [number, number, number]
  /** Commits in the repository that is pushed to. */
  readonly server: number
}

export const fullSizes: Sizes = {
  line: 20_000,
  rsa: 5_000,
  mixed: 20_000,
  lengths: [3_000, 30_000, 300_000],
  sample: 200,
  keys: [10, 1_000, 10_000],
  server: 1_000,
}

/** To try the benchmark out. */
export const smallSizes: Sizes = {
  line: 300,
  rsa: 50,
  mixed: 300,
  lengths: [100, 1_000, 10_000],
  sample: 20,
  keys: [10, 50, 200],
  server: 100,
}

/** 20000 as 20,000. */
export function grouped(number: number): string {
  return number.toLocaleString('en')
}
