import { Fault } from './core/fault.ts'

/** What `work` makes of each item, in their order; a few are at work at a time. The first error ends it. */
export async function eachOf<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  const waiting = items.entries()
  const worker = async () => {
    for (const [index, item] of waiting) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: atATime }, worker))
  return results
}

const atATime = 6

/** The result, or the Fault that stands in its place: for work on many, of which one shall not hold up the others. */
export async function orFault<Result>(work: () => Promise<Result>): Promise<Result | Fault> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}
