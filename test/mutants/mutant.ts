/** One defence taken out of the program. */
export type Mutant = {
  /** What an attacker could do then. */
  readonly name: string
  /** Below the clone. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly find: string
  readonly replace: string
  /**
   * What must notice, the likeliest first: a file below test/, without `.test.ts`, and behind a colon and a space, where it
   * takes long, a part of the names of its suite and test.
   */
  readonly tests: readonly string[]
}

/** `text` with the defence taken out, or null where what is to be replaced is not there exactly once. */
export function mutated(text: string, { find, replace }: Mutant): string | null {
  const [before = '', after, ...more] = text.split(find)
  return after === undefined || more.length > 0 ? null : before + replace + after
}

/** The file and the part of names that an entry of `tests` stands for. */
export function testsMeant(entry: string): { readonly file: string; readonly part: string } {
  const [name = '', ...part] = entry.split(': ')
  return { file: `test/${name}.test.ts`, part: part.join(': ') }
}
