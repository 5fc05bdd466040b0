import { createReadStream, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Fault } from '../core/fault.ts'

/** The lines of a decision log from its first; none where there is no log yet. Throws a Fault where it cannot be read. */
export async function* readDecisions(path: string): AsyncGenerator<string> {
  if (!existsSync(path)) return
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })
  try {
    yield* lines
  } catch (refusal) {
    throw new Fault(`${path}: cannot be read: ${(refusal as Error).message}`, 'see who may read it')
  }
}
