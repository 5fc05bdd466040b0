import { renderKeyList, renderKeyListJson } from '../core/key-list.ts'
import { type KeyPlace, readKeySets } from '../key-sets.ts'

export type ListOptions = KeyPlace & {
  readonly json: boolean
  /** Whether colours may be used. */
  readonly colour: boolean
  /** Seconds since 1970. */
  readonly now: number
}

/** Who is trusted, until when, and by which file. Throws a Fault behind all that can be shown. */
export async function listKeys(options: ListOptions, out: (line: string) => void): Promise<0> {
  const { json, colour, now } = options
  const { sets, fault } = await readKeySets(options, now)
  for (const line of json ? renderKeyListJson(sets, now) : renderKeyList(sets, now, colour)) out(line)
  if (fault !== null) throw fault
  return 0
}
