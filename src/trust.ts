import type { Clock } from './core/judge.ts'
import { type Keyring, keyringOf } from './core/keyring.ts'
import { readKeyFiles } from './edge/key-directory.ts'
import { assertOnlyOwnerWrites } from './edge/strict-modes.ts'
import type { Trust } from './inspect.ts'

/**
 * Reads the keys of each key set once, when it is first needed: a push that touches no protected ref reads none, and
 * all refs of a push see the same keys. Throws a Fault where anything is wrong with one.
 */
export function trustReader(clock: Clock, strictModes: boolean): (keys: readonly string[]) => Promise<Trust> {
  const read = new Map<string, Promise<Keyring>>()
  return async keys => {
    const name = JSON.stringify(keys)
    const keyring = read.get(name) ?? readKeyring(keys, clock, strictModes)
    read.set(name, keyring)
    return { keyring: await keyring, clock }
  }
}

export async function readKeyring(
  keys: readonly string[],
  clock: Clock,
  strictModes: boolean,
): Promise<Keyring> {
  const files = readKeyFiles(keys, strictModes ? assertOnlyOwnerWrites : null)
  const { readKeys } = await import('./edge/openpgp.ts')
  return keyringOf(await readKeys(files, clock.now + clock.skew))
}
