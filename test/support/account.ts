import { spawnSync } from 'node:child_process'
import { chownSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'

/** Whom the parts of a server run as. */
export type Account = { readonly name: string; readonly uid: number; readonly gid: number }

export const ownAccount: Account = {
  name: userInfo().username,
  uid: userInfo().uid,
  gid: userInfo().gid,
}

/** Another account of this machine, such as `www-data`, or why nothing can be run as it. */
export function otherAccount(name: string): Account | string {
  if (ownAccount.uid !== 0) return `only root can run a server as ${name}`
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find(line => line.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  if (uid === undefined || gid === undefined) return `no account ${name} on this machine`
  return { name, uid: Number(uid), gid: Number(gid) }
}

type ShellOptions = {
  readonly account: Account
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly input?: string | undefined
}

/** Runs a script of sh, each line of which must succeed, and returns what it printed; throws where one does not. */
export function shell(script: string, { account, cwd, env, input = '' }: ShellOptions): string {
  const { uid, gid } = account
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-eu', '-c', script], {
    ...(uid === ownAccount.uid ? {} : { uid, gid }),
    cwd,
    env,
    input,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`exit ${status}: ${stdout}${stderr}\n${script}`)
  return `${stdout}${stderr}`
}

export function giveTo({ uid, gid }: Account, path: string): void {
  if (uid !== ownAccount.uid) chownSync(path, uid, gid)
}
