import { Fault } from '../core/fault.ts'
import { renderKey, renderKeyListJson } from '../core/key-list.ts'
import { keysNamed } from '../core/key-named.ts'
import { type KeyPlace, readKeySets } from '../key-sets.ts'

export type ShowOptions = KeyPlace & {
  /** Fingerprint, long id or text of a user id. */
  readonly name: string
  readonly json: boolean
  /** Seconds since 1970. */
  readonly now: number
}

/** All that is known of the keys that `name` may mean, in each set that has them. */
export async function showKey(options: ShowOptions, out: (line: string) => void): Promise<0> {
  const { name, json, now } = options
  const { sets, fault } = await readKeySets(options, now)
  const found = sets.map(set => ({ ...set, keys: keysNamed(set.keys, name) }))
  if (found.every(({ keys }) => keys.length === 0))
    throw fault ?? new Fault(`${name}: no such key`, 'see refwarden keys list')
  const lines = json
    ? renderKeyListJson(found, now)
    : found.flatMap(set => set.keys.flatMap(key => renderKey(set, key, now)))
  for (const line of lines) out(line)
  if (fault !== null) throw fault
  return 0
}
