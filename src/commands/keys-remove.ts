import { Fault } from '../core/fault.ts'
import { planRemoval } from '../core/key-change.ts'
import type { KeyChange } from '../core/key-file.ts'
import { sortKeyFiles } from '../core/key-format.ts'
import { renderKey } from '../core/key-list.ts'
import { keyNamed } from '../core/key-named.ts'
import { collectKeys } from '../core/key-packets.ts'
import { keyState } from '../core/key-state.ts'
import type { TrustedKey } from '../core/keyring.ts'
import { printable } from '../core/printable.ts'
import type { Moment } from '../core/self-signature.ts'
import { planSshRemoval } from '../core/ssh-key-change.ts'
import { confirm } from '../edge/question.ts'
import { assertByHand, makeChanges, type OpenKeySet, openKeySets, usableAfter } from '../key-change.ts'
import { findKeySets, type KeyPlace, momentOf } from '../key-sets.ts'

export type RemoveOptions = KeyPlace & {
  /** Fingerprint, long id or text of a user id. */
  readonly name: string
  /** Nobody is asked. */
  readonly yes: boolean
  /** Even where nobody could sign then. */
  readonly force: boolean
  /** Seconds since 1970. */
  readonly now: number
}

/** Takes a key out of every file that holds it. Returns 1 where the answer is no; nothing is changed then. */
export async function removeKey(options: RemoveOptions, out: (line: string) => void): Promise<0 | 1> {
  const { name, now, yes, force } = options
  const directory = findKeySets(options)
  const moment = momentOf(directory.policy, now)
  const sets = await openKeySets(directory, moment)
  const all = sets.flatMap(({ keys }) => keys)
  const key = keyNamed(all, name, 'see refwarden keys list')
  const changes = new Map<string, KeyChange>()
  for (const open of sets) {
    const planned = planFor(open, key)
    for (const change of planned) changes.set(change.path, change)
    if (planned.length > 0 && !force) await assertUsable(open, planned, moment)
  }
  assertByHand([...changes.values()])
  const [holder] = sets.filter(({ keys }) => keys.some(({ fingerprint }) => fingerprint === key.fingerprint))
  if (holder !== undefined)
    for (const line of renderKey({ ...holder.set, keys: [key] }, { ...key, files: [] }, now)) out(line)
  for (const { path, after } of changes.values())
    out(`  ${(after === null ? 'removes' : 'rewrites').padEnd(10)}${printable(path)}`)
  if (keyState(key, now).kind === 'revoked')
    out('hint: it is revoked already; left here, what it signs is refused by the name of that')
  out(`hint: what it has signed, and only while it is here: refwarden keys used-by ${key.fingerprint}`)
  if (!yes && !(await confirm('distrust it?', '--yes'))) {
    out('nothing was changed')
    return 1
  }
  makeChanges([...changes.values()])
  out(`removed: ${key.fingerprint}`)

  return 0
}

/** `keys` of a set stand in the order of the keys in its files, those of OpenPGP first. */
function planFor({ files, keys }: OpenKeySet, { fingerprint }: TrustedKey): readonly KeyChange[] {
  const index = keys.findIndex(key => key.fingerprint === fingerprint)
  const key = keys[index]
  if (key === undefined) return []
  const { openpgp, openssh } = sortKeyFiles(files)
  const found = collectKeys(openpgp).keys[index]
  return found === undefined ? planSshRemoval(openssh, key) : planRemoval(openpgp, found.primary.body)
}

async function assertUsable(open: OpenKeySet, changes: readonly KeyChange[], moment: Moment): Promise<void> {
  if ((await usable(open, changes, moment)) > 0) return
  const { set } = open
  throw new Fault(
    `${[...set.refs, ...set.paths].map(printable).join(', ')}: without it nobody can sign`,
    'add another key first, or say --force',
  )
}

/** Where no key is left that could ever sign, reading them is a Fault. */
async function usable(open: OpenKeySet, changes: readonly KeyChange[], moment: Moment): Promise<number> {
  try {
    return await usableAfter(open, changes, moment)
  } catch (error) {
    if (error instanceof Fault) return 0
    throw error
  }
}
