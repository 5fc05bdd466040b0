/** Begins the last line of a test file's output; a `Report` in JSON follows. */
export const reportMark = 'refwarden-test-report '

export type Report = {
  readonly passed: number
  readonly failed: number
  /** Which tests failed. */
  readonly failures: readonly string[]
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
  /** What is wrong with the file as a whole. */
  readonly problems: readonly string[]
}
