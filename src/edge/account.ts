import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { Fault } from '../core/fault.ts'

/** initgroups(3), which the package of types does not know. */
type WithGroups = { initgroups(user: string, extraGroup: number): void }

/** The uid that this process acts as. */
export function ownUid(): number {
  return process.geteuid?.() ?? 0
}

/** The home of this account by the machine's own table of accounts, or null where it has none. */
export function ownHome(): string | null {
  try {
    return userInfo().homedir
  } catch {
    return null
  }
}

/**
 * Gives up root for good and becomes this account, with its groups: what the kernel then allows is what it allows the
 * hook. `gid` is for an account that /etc/passwd does not know. Throws a Fault where this process is not root.
 */
export function becomeAccount(uid: number, gid: number): void {
  if (uid === ownUid()) return
  if (ownUid() !== 0)
    throw new Fault(`--account ${uid}: only root can look as somebody else`, 'run it with sudo')
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'))
    .find(fields => fields[2] === String(uid))
  const group = entry === undefined ? gid : Number(entry[3])
  if (entry?.[0] === undefined) process.setgroups?.([group])
  else (process as unknown as WithGroups).initgroups(entry[0], group)
  process.setgid?.(group)
  process.setuid?.(uid)
  if (process.getuid?.() !== uid || process.geteuid?.() !== uid)
    throw new Fault(`--account ${uid}: not possible here`)
}
