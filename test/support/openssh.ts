/** One signature under one list of signers, judged here and by ssh-keygen(1) as git asks it. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, judge, type SignatureVerdict } from '../../src/core/judge.ts'
import { keyringOf } from '../../src/core/keyring.ts'
import { trustedSshKeys } from '../../src/core/ssh-keys.ts'
import { readRevocations } from '../../src/core/ssh-revoked.ts'
import { sshArithmetic } from '../../src/edge/arithmetic.ts'
import { factsOf } from '../../src/facts.ts'
import { text } from './packets.ts'

/** Seconds since 1970: 2023-11-14 22:13:20 UTC. */
export const sshNow = 1_700_000_000

export const sshPayload = text('tree 0123\nauthor Ann <ann@example.org> 1700000000 +0000\n\nsubject\n')

export type SshCase = {
  readonly signature: string
  /** A file of this name, `allowed_signers` if none is given. */
  readonly allowed: string
  readonly file?: string
  readonly payload?: Uint8Array
  /** A list for `revoked-keys`. */
  readonly revoked?: string | Uint8Array
  readonly clock?: Partial<Clock>
  /** Seconds since 1970: the date of the commit. */
  readonly dated?: number
}

export async function sshVerdict(given: SshCase): Promise<SignatureVerdict> {
  const {
    signature,
    allowed,
    file = 'allowed_signers',
    payload = sshPayload,
    revoked,
    dated = sshNow,
  } = given
  const list = typeof revoked === 'string' ? text(revoked) : revoked
  const revocations = readRevocations(
    list === undefined ? [] : [{ path: 'revoked', bytes: list }],
    sshArithmetic,
  )
  const keyring = keyringOf(
    trustedSshKeys([{ path: file, bytes: text(allowed) }], revocations, sshArithmetic),
  )
  const document = { payload: [payload], signatures: [text(signature)], dated }
  return judge(await factsOf(document, keyring), { rule: 'now', now: sshNow, skew: 300, ...given.clock })
}

/** `verified SHA256:…`, or the reason with its detail behind it. */
export async function sshOutcome(given: SshCase): Promise<string> {
  const verdict = await sshVerdict(given)
  if (verdict.ok) return `verified ${verdict.signer.fingerprint}`
  return verdict.detail === null ? verdict.reason : `${verdict.reason}: ${verdict.detail}`
}

export const opensshMissing =
  spawnSync('ssh-keygen', ['-?']).error === undefined ? null : 'ssh-keygen is not installed'

/** Whether ssh-keygen finds a principal for the signature and verifies it for one of those it finds. */
export function opensshAccepts({ signature, allowed, payload = sshPayload, revoked }: SshCase): boolean {
  const folder = mkdtempSync(join(tmpdir(), 's-'))
  try {
    const [list, file, gone] = [join(folder, 'allowed'), join(folder, 'sig'), join(folder, 'revoked')]
    writeFileSync(list, allowed)
    writeFileSync(file, signature)
    if (revoked !== undefined) writeFileSync(gone, revoked)
    const run = (mode: string, ...options: readonly string[]) => {
      const time = '-Overify-time=20231114221320Z'
      const args = ['-Y', mode, '-f', list, '-s', file, time, ...options]
      return spawnSync('ssh-keygen', args, { input: payload, env: { ...process.env, TZ: 'UTC' } })
    }
    const found = run('find-principals')
    if (found.status !== 0) return false
    const principals = found.stdout.toString().split('\n').filter(Boolean)
    const more = revoked === undefined ? [] : ['-r', gone]
    return principals.some(principal => run('verify', '-n', 'git', '-I', principal, ...more).status === 0)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
