import { Fault } from '../../src/core/fault.ts'

/** What `read` returns, null where it throws a Fault; any other error is passed on. */
export function answerOf<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof Fault) return null
    throw error
  }
}

/** The same of a promise. */
export async function answerTo<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof Fault) return null
    throw error
  }
}

/** Ends a case. */
export function fail(what: string): never {
  throw new Error(what)
}
