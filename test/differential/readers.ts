import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../src/core/fault.ts'
import { type Clock, judge } from '../../src/core/judge.ts'
import { keyringOf } from '../../src/core/keyring.ts'
import { readKeys } from '../../src/edge/openpgp.ts'
import { factsOf } from '../../src/facts.ts'
import { now } from '../support/signature-packet.ts'
import type { Evidence } from './evidence.ts'

/** gpg(1) with the keys imported, each trusted by being there; gpgv(1) and sqv(1) with the keys as they are. */
export const readers = ['gpg', 'gpgv', 'sqv'] as const

export type Reader = (typeof readers)[number]

/** `verified`, `verified by another key`, or a word for why not. */
export type Answer = string

export function isVerified(answer: Answer): boolean {
  return answer.startsWith('verified')
}

/** What is not installed, or null. */
export function missingReaders(): string | null {
  const missing = readers.filter(program => spawnSync(program, ['--version']).error !== undefined)
  return missing.length === 0 ? null : `not installed: ${missing.join(', ')}`
}

/** The clock that a reader goes by: sqv judges a key at the time of the signature, GnuPG now. */
export function clockOf(reader: Reader): Clock['rule'] {
  return reader === 'sqv' ? 'signature' : 'now'
}

export async function ours(evidence: Evidence, rule: Clock['rule']): Promise<Answer> {
  const { keys, payload, signature } = evidence
  const document = { payload: [payload], signatures: [Buffer.from(signature)], dated: null }
  const clock = { rule, now: now(), skew: 0 } as const
  try {
    const trusted = await readKeys([{ path: 'key.pgp', bytes: keys }], clock)
    const verdict = judge(await factsOf(document, keyringOf(trusted)), clock)
    return verdict.ok ? verifiedBy(verdict.signer.fingerprint, evidence.key) : verdict.reason
  } catch (error) {
    if (error instanceof Fault) return 'fault'
    throw error
  }
}

let count = 0

/** All of them, at the same time. Leaves nothing in `folder`. */
export async function ask(folder: string, evidence: Evidence): Promise<Readonly<Record<Reader, Answer>>> {
  count += 1
  const home = join(folder, `${count}`)
  const [keys, payload, signature] = ['keys', 'payload', 'signature'].map(name => join(home, name))
  if (keys === undefined || payload === undefined || signature === undefined) throw new Error()
  mkdirSync(home, { mode: 0o700 })
  writeFileSync(keys, evidence.keys)
  writeFileSync(payload, evidence.payload)
  writeFileSync(signature, evidence.signature)
  const gpg = async () => {
    await run('gpg', [...quietly, '--import', keys], home)
    return statusAnswer(await run('gpg', [...quietly, '--verify', signature, payload], home), evidence)
  }
  const gpgv = async () => {
    const args = ['--keyring', keys, '--status-fd=1', signature, payload]
    return statusAnswer(await run('gpgv', args, home), evidence)
  }
  const sqv = async () => {
    const { exit, stdout } = await run('sqv', ['--keyring', keys, signature, payload], home)
    return exit === 0 ? verifiedBy(stdout.trim(), evidence.primary) : 'refused'
  }
  const [byGpg, byGpgv, bySqv] = await Promise.all([gpg(), gpgv(), sqv()])
  rmSync(home, { recursive: true, maxRetries: 5 })
  return { gpg: byGpg, gpgv: byGpgv, sqv: bySqv }
}

const quietly = [
  '--no-autostart',
  '--batch',
  '--quiet',
  '--trust-model=always',
  '--no-auto-check-trustdb',
  '--status-fd=1',
]

type Run = { readonly exit: number; readonly stdout: string }

function run(program: string, args: readonly string[], home: string): Promise<Run> {
  const env = { PATH: process.env['PATH'], GNUPGHOME: home, LC_ALL: 'C' }
  return new Promise(resolve => {
    const child = execFile(program, args, { env, encoding: 'utf8' }, (_, stdout) =>
      resolve({ exit: child.exitCode ?? -1, stdout }),
    )
  })
}

/** What `--status-fd` says; doc/DETAILS of GnuPG. */
function statusAnswer({ stdout }: Run, { key }: Evidence): Answer {
  const [word] = /(?<=^\[GNUPG:\] )(?:GOODSIG|EXPSIG|EXPKEYSIG|REVKEYSIG|BADSIG|ERRSIG)\b/m.exec(stdout) ?? []
  const [, by] = /^\[GNUPG:\] VALIDSIG ([0-9A-F]+)/m.exec(stdout) ?? []
  if (word === 'GOODSIG' && by !== undefined) return verifiedBy(by, key)
  const [, code] = /^\[GNUPG:\] ERRSIG (?:\S+ ){5}(\S+)/m.exec(stdout) ?? []
  return word === 'ERRSIG' ? `ERRSIG ${code}` : (word ?? 'none')
}

function verifiedBy(found: string, expected: string): Answer {
  return found === expected ? 'verified' : 'verified by another key'
}
