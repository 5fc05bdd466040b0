import { renderAuditRejection } from '../core/audit-report.ts'
import { Fault } from '../core/fault.ts'
import type { Clock } from '../core/judge.ts'
import { ownerOf } from '../core/key-list.ts'
import { keyringOf, type TrustedKey } from '../core/keyring.ts'
import { type Oid, parseOid } from '../core/oid.ts'
import { fitted, printable } from '../core/printable.ts'
import { realPath } from '../edge/hook-files.ts'
import { linkedVersion, switchVersion } from '../edge/key-link.ts'
import { assertOnlyOwnerWrites } from '../edge/strict-modes.ts'
import { termination } from '../edge/termination.ts'
import { keysIn } from '../key-change.ts'
import { judgeTip, type KeyRepository, readKeysAt, readTip } from '../key-repository.ts'
import { readTrustedKeys } from '../trust.ts'
import { commitsAmong, reaches } from '../verified.ts'

export type SyncKeysOptions = Omit<KeyRepository, 'cancel'> & {
  /** Who may say what the keys are: absolute paths of files and folders. */
  readonly admins: readonly string[]
  /** Absolute path of the link that leads to the keys. */
  readonly to: string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * Takes over the keys of a repository, where an admin's key signed its tip, it comes after what was taken over before,
 * and a push would find no fault in it. Returns 1 where the tip is refused; then, and at any fault, the keys stay.
 */
export async function syncKeys(options: SyncKeysOptions, out: (line: string) => void): Promise<0 | 1> {
  const { gitDir, to, admins } = options
  const ended = termination()
  const now = Math.floor(options.now() / 1000)
  const clock = { rule: 'now', now, skew: 300 } as const
  assertOnlyOwnerWrites(to.slice(0, to.lastIndexOf('/')) || '/')
  const former = linkedVersion(to)
  assertApart(admins, to)
  const { trusted } = await readTrustedKeys({ keys: admins, revokedKeys: [] }, clock, true)
  const repository = { ...options, cancel: ended }
  const tip = await readTip(repository, now)
  const verdict = await judgeTip(gitDir, tip, { keyring: keyringOf(trusted), clock })
  const before = former === null ? null : parseOid(former)
  const refusal = !verdict.signature.ok
    ? renderAuditRejection(verdict)
    : before !== null && !(await comesAfter(gitDir, tip, before))
      ? [`${tip} rewind: it does not come after ${before}, which stands here`]
      : []
  if (refusal.length > 0) {
    for (const line of [...refusal, `the keys stay as they are: ${printable(to)}`]) out(line)
    return 1
  }
  if (before === tip) {
    out(`${tip}: up to date`)
    return 0
  }
  const files = await readKeysAt(repository, tip)
  const keys = await keysIn(files, clock)
  if (keys.length === 0) throw new Fault(`${tip}: no key file in it`, 'name their folder: --folder PATH')
  const known = before === null ? [] : await readFormer(to, clock)
  if (ended.aborted) throw new Fault('ended by a signal', 'the keys stay as they are')
  switchVersion(to, tip, files)
  for (const line of [...difference(known, keys), `${tip}: ${keys.length} keys in ${printable(to)}`])
    out(line)
  return 0
}

/** Keys that were synced must not say what is synced next. */
function assertApart(admins: readonly string[], to: string): void {
  if (admins.length === 0)
    throw new Fault('nobody may sign the keys', 'name the keys of the admins: --admin-keys PATH')
  const own = [to, realPath(to), `${to}.versions`]
  const inside = admins.find(path =>
    [path, realPath(path)].some(at => own.some(one => `${at}/`.startsWith(`${one}/`))),
  )
  if (inside !== undefined)
    throw new Fault(`${inside}: it lies in what is synced`, 'keep the keys of the admins elsewhere')
}

async function comesAfter(gitDir: string, tip: Oid, before: Oid): Promise<boolean> {
  const [known] = await commitsAmong(gitDir, [before])
  return known !== undefined && (await reaches(gitDir, tip, before))
}

/** For the report alone: what cannot be read any more is as good as nothing. */
async function readFormer(to: string, clock: Clock): Promise<readonly TrustedKey[]> {
  try {
    return (await readTrustedKeys({ keys: [to], revokedKeys: [] }, clock, false)).trusted
  } catch (error) {
    if (error instanceof Fault) return []
    throw error
  }
}

function difference(before: readonly TrustedKey[], after: readonly TrustedKey[]): readonly string[] {
  const without = (some: readonly TrustedKey[], others: readonly TrustedKey[]) =>
    some.filter(({ fingerprint }) => !others.some(other => other.fingerprint === fingerprint))
  const line = (sign: string, key: TrustedKey) => `${sign} ${key.fingerprint}  ${fitted(ownerOf(key), 60)}`
  return [
    ...without(before, after).map(key => line('-', key)),
    ...without(after, before).map(key => line('+', key)),
  ]
}
