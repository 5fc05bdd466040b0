import { resolve } from 'node:path'
import { Fault } from '../core/fault.ts'
import { changedFiles, planAddition, planRevocation, splitKeyFile } from '../core/key-change.ts'
import type { KeyChange } from '../core/key-file.ts'
import { renderKey } from '../core/key-list.ts'
import type { KeyFile, TrustedKey } from '../core/keyring.ts'
import { printable } from '../core/printable.ts'
import type { Moment } from '../core/self-signature.ts'
import { readKeyFiles } from '../edge/key-directory.ts'
import { confirm } from '../edge/question.ts'
import {
  assertByHand,
  folderFor,
  keysIn,
  makeChanges,
  type OpenKeySet,
  openKeySets,
  usableAfter,
} from '../key-change.ts'
import { findKeySets, type KeyPlace, momentOf } from '../key-sets.ts'

export type AddOptions = KeyPlace & {
  /** Path of a key file; null: stdin. */
  readonly file: string | null
  readonly input: () => Promise<Uint8Array>
  /** Folder or ref; null: there is only one. */
  readonly to: string | null
  /** Nobody is asked. */
  readonly yes: boolean
  /** Seconds since 1970. */
  readonly now: number
}

/** Trusts the keys in a file, after showing them. Returns 1 where the answer is no; nothing is changed then. */
export async function addKeys(options: AddOptions, out: (line: string) => void): Promise<0 | 1> {
  const directory = findKeySets(options)
  const moment = momentOf(directory.policy, options.now)
  const given = await readGiven(options)
  const target = folderFor(await openKeySets(directory, moment), directory.policy, options.to)
  const plan = await planAll(given, target.in, resolve(target.folder), moment)
  for (const line of plan.shown) out(line)
  if (plan.changes.length === 0) {
    out('nothing new: it is all there already')
    return 0
  }
  assertByHand(plan.changes)
  await usableAfter(target.in, plan.changes, moment)
  const question = plan.isNew ? 'trust what it signs?' : 'take it?'
  if (!options.yes && !(await confirm(question, '--yes', options.file === null))) {
    out('nothing was changed')
    return 1
  }
  makeChanges(plan.changes)
  for (const { path, before } of plan.changes)
    out(`${before === null ? 'added' : 'changed'}: ${printable(path)}`)
  return 0
}

async function readGiven({ file, input }: AddOptions): Promise<KeyFile> {
  if (file === null) return { path: 'stdin', bytes: await input() }
  const [given, second] = readKeyFiles([file], null)
  if (given === undefined || second !== undefined)
    throw new Fault(`${file}: not one file`, 'add file by file')
  return given
}

type Plan = {
  readonly changes: readonly KeyChange[]
  readonly shown: readonly string[]
  /** Whether a key comes in that was not trusted before. */
  readonly isNew: boolean
}

async function planAll(given: KeyFile, open: OpenKeySet, folder: string, moment: Moment): Promise<Plan> {
  const { keys, revocations } = splitKeyFile(given)
  const changes: KeyChange[] = []
  const shown: string[] = []
  const files = () => changedFiles(open.files, changes)
  for (const file of keys) {
    const [key] = await keysIn([file], moment)
    const change = key === undefined ? null : planAddition(files(), file, key, folder)
    if (key === undefined || change === null) continue
    changes.push(change)
    shown.push(...described(open, key, change, moment.now))
  }
  for (const file of revocations) {
    const key = await revokedBy(file, files(), moment)
    const change = planRevocation(files(), file, key, folder)
    changes.push(change)
    shown.push(...described(open, key, change, moment.now))
  }
  return { changes, shown, isNew: keys.length > 0 && changes.some(({ before }) => before === null) }
}

function described({ set }: OpenKeySet, key: TrustedKey, { path, before }: KeyChange, now: number) {
  const keys = [key]
  const [fingerprint = '', ...rows] = renderKey({ ...set, keys }, { ...key, files: [] }, now)
  return [fingerprint, ...rows, `  ${(before === null ? 'goes to' : 'is in').padEnd(10)}${printable(path)}`]
}

/** The key of the directory that is revoked with this file in it and not without it. */
async function revokedBy(file: KeyFile, files: readonly KeyFile[], moment: Moment): Promise<TrustedKey> {
  const before = await keysIn(files, moment)
  const after = await keysIn([...files, file], moment)
  const key = after.find((key, index) => countRevoked(key) > countRevoked(before[index]))
  if (key !== undefined) return key
  throw new Fault(
    `${printable(file.path)}: it revokes no key that is here and not revoked already`,
    'see refwarden keys list',
  )
}

function countRevoked(key: TrustedKey | undefined): number {
  return key?.parts.filter(({ revoked }) => revoked !== null).length ?? 0
}
