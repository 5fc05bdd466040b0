import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A GnuPG of its own: an empty key ring in a temporary folder. */
export type GpgHome = {
  readonly path: string
  /** Environment in which gpg, and git when it signs, use this key ring. */
  readonly env: Readonly<Record<string, string>>
  /** Runs gpg; throws where it fails, unless `mayFail`. `status` lines are those of --status-fd, without `[GNUPG:] `. */
  run(args: readonly string[], input?: string | Uint8Array, mayFail?: boolean): GpgRun
  /** Ends the agent and removes the folder. */
  close(): void
}

export type GpgRun = {
  readonly exit: number | null
  readonly stdout: string
  readonly status: readonly string[]
}

/** Opens one with these keys in it, public or secret, armored or binary. */
export function gpgHome(...keys: readonly (string | Uint8Array)[]): GpgHome {
  // a short path: the agent's socket lies in it, and a socket's path has 107 octets at most
  const path = mkdtempSync(join(tmpdir(), 'g-'))
  const env = { GNUPGHOME: path }
  const run = (args: readonly string[], input: string | Uint8Array = '', mayFail = false): GpgRun => {
    const given = [
      '--batch',
      '--no-tty',
      '--status-fd=2',

      '--pinentry-mode=loopback',
      ...args,
    ]
    const {
      status: exit,
      stdout,
      stderr,
      error,
    } = spawnSync('gpg', given, {
      input,
      env: { ...process.env, ...env },
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    })
    if (error !== undefined) throw error
    if (exit !== 0 && !mayFail) throw new Error(`gpg ${args.join(' ')} failed:\n${stderr}`)
    const lines = stderr.split('\n').filter(line => line.startsWith('[GNUPG:] '))
    return { exit, stdout, status: lines.map(line => line.slice('[GNUPG:] '.length)) }
  }
  const home: GpgHome = {
    path,
    env,
    run,
    close() {
      spawnSync('gpgconf', ['--kill', 'all'], { env: { ...process.env, ...env } })
      rmSync(path, { recursive: true, force: true, maxRetries: 5 })
    },
  }
  try {
    for (const key of keys) run(['--import'], key)
  } catch (error) {
    home.close()
    throw error
  }
  return home
}

/** Why nothing can be signed with GnuPG here, or null. */
export const gpgMissing: string | null =
  spawnSync('gpg', ['--version']).status === 0 ? null : 'gpg is not installed (Debian: gnupg)'
