import { dirname } from 'node:path'
import { Fault } from './core/fault.ts'
import { changedFiles } from './core/key-change.ts'
import type { KeyChange } from './core/key-file.ts'
import type { KeySet } from './core/key-sets.ts'
import { keyState, signsNow } from './core/key-state.ts'
import type { KeyFile, TrustedKey } from './core/keyring.ts'
import { type Policy, protectionFor } from './core/policy.ts'
import { printable } from './core/printable.ts'
import type { Moment } from './core/self-signature.ts'
import { readKeyFiles } from './edge/key-directory.ts'
import { isSynced } from './edge/key-link.ts'
import { changeKeyFile, isFolder } from './edge/key-writer.ts'
import { assertOnlyOwnerWrites } from './edge/strict-modes.ts'
import { termination } from './edge/termination.ts'
import type { KeyDirectory } from './key-sets.ts'
import { trustedKeysIn } from './trust.ts'

/** A set of keys with its files as they are, fit to be changed. */
export type OpenKeySet = {
  readonly set: KeySet
  readonly files: readonly KeyFile[]
  /** What `revoked-keys` names. */
  readonly revoked: readonly KeyFile[]
  readonly keys: readonly TrustedKey[]
}

/** Every set that keys are put into by hand. Throws a Fault where anything but an empty folder is wrong with one. */
export async function openKeySets(
  { sets, policy }: KeyDirectory,
  moment: Moment,
): Promise<readonly OpenKeySet[]> {
  const strict = policy?.strictModes === true ? assertOnlyOwnerWrites : null
  const open: OpenKeySet[] = []
  for (const set of sets) {
    if (set.signs === 'server') continue
    const files = readKeyFiles(set.paths, strict, true)
    const revoked = set.revoked.length === 0 ? [] : readKeyFiles(set.revoked, strict)
    open.push({ set, files, revoked, keys: await keysIn(files, moment, revoked) })
  }
  return open
}

/** What a push would make of these files; none is no Fault here. */
export async function keysIn(
  files: readonly KeyFile[],
  moment: Moment,
  revoked: readonly KeyFile[] = [],
): Promise<readonly TrustedKey[]> {
  return files.length === 0 ? [] : (await trustedKeysIn(files, revoked, moment)).trusted
}

/** The set, and its folder, that `place` names: a path, or a ref that a section protects. Null: the only one. */
export function folderFor(
  open: readonly OpenKeySet[],
  policy: Policy | null,
  place: string | null,
): { readonly in: OpenKeySet; readonly folder: string } {
  const wanted = place === null ? open : open.filter(({ set }) => isNamed(set, policy, place))
  const folders = wanted.flatMap(each =>
    each.set.paths.filter(path => isFolder(path)).map(folder => ({ in: each, folder })),
  )
  const [first, ...others] = folders.filter(
    ({ folder }, index) =>
      (place === null || place.startsWith('refs/') || folder === place) &&
      folders.findIndex(other => other.folder === folder) === index,
  )
  const names = folders.map(({ folder }) => folder).join(', ')
  if (first === undefined)
    throw new Fault(
      place === null ? 'none of the keys settings names a folder' : `${place}: no folder that keys names`,
      names === '' ? 'name a folder in the configuration: keys = PATH' : `--to one of ${names}`,
    )
  if (others.length > 0)
    throw new Fault(`there are several folders of keys: ${names}`, 'say which: --to PATH')
  return first
}

function isNamed({ paths, refs }: KeySet, policy: Policy | null, place: string): boolean {
  if (!place.startsWith('refs/')) return paths.includes(place)
  const pattern = policy === null ? null : protectionFor(policy, place)?.pattern
  return refs.some(ref => ref === place || ref === pattern)
}

/** How many keys could sign now with these changes made; a Fault where a push would find one. */
export async function usableAfter(
  { files, revoked }: OpenKeySet,
  changes: readonly KeyChange[],
  moment: Moment,
): Promise<number> {
  const keys = await keysIn(changedFiles(files, changes), moment, revoked)
  return keys.filter(key => signsNow(keyState(key, moment.now))).length
}

/** The next sync would undo it. */
export function assertByHand(changes: readonly KeyChange[]): void {
  const synced = changes.map(({ path }) => dirname(path)).find(isSynced)
  if (synced !== undefined)
    throw new Fault(
      `${printable(synced)}: kept by refwarden keys sync`,
      'change the keys in their repository',
    )
}

/** Makes the changes, each whole or not at all. A signal is heard when they are all made. */
export function makeChanges(changes: readonly KeyChange[]): void {
  termination()
  for (const change of changes) changeKeyFile(change)
}
