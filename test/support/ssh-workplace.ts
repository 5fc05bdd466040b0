/** Where a developer commits with stock git, ssh-keygen and ssh-agent, with nobody's configuration. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Oid } from '../../src/core/oid.ts'

export type Workplace = {
  readonly folder: string
  /** Makes a key with ssh-keygen and returns the path of its secret half. */
  key(name: string, ...options: readonly string[]): string
  /** The line of a public key, and its fingerprint. */
  line(key: string): string
  fingerprint(key: string): string
  /** Runs a program; throws where it fails. */
  run(program: string, args: readonly string[], more?: RunMore): string
  /** The exit code, and all that it printed. */
  attempt(
    program: string,
    args: readonly string[],
    more?: RunMore,
  ): { readonly exit: number | null; readonly output: string }
  /** Commits in the repository, signed with the key of this path. */
  commit(key: string, message: string, more?: RunMore): Oid
  close(): void
}

type RunMore = { readonly env?: Readonly<Record<string, string>>; readonly input?: string | Uint8Array }

/** With an empty repository on branch main in `work`. */
export function makeWorkplace(format: 'sha1' | 'sha256' = 'sha1'): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'w-'))
  const work = join(folder, 'work')
  mkdirSync(work)
  const who = { NAME: 'Alice', EMAIL: 'alice@example.org' }
  const identity = Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap(role =>
      Object.entries(who).map(([key, value]) => [`GIT_${role}_${key}`, value]),
    ),
  )
  const own = { HOME: folder, TMPDIR: folder, GIT_CONFIG_NOSYSTEM: '1', SSH_AUTH_SOCK: '', ...identity }
  const attempt: Workplace['attempt'] = (program, args, { env = {}, input } = {}) => {
    const how = { cwd: work, env: { ...process.env, ...own, ...env }, encoding: 'utf8' as const }
    const { status, stdout, stderr, error } = spawnSync(
      program,
      args,
      input === undefined ? how : { ...how, input },
    )
    if (error !== undefined) throw error
    return { exit: status, output: stdout + stderr }
  }
  const run: Workplace['run'] = (program, args, more) => {
    const { exit, output } = attempt(program, args, more)
    if (exit !== 0) throw new Error(`${program} ${args.join(' ')}: ${output}`)
    return output
  }
  run('git', ['init', '--quiet', '--initial-branch=main', `--object-format=${format}`])
  const publicHalf = (key: string) => (existsSync(`${key}.pub`) ? `${key}.pub` : key)
  return {
    folder,
    run,
    attempt,
    key(name, ...options) {
      const path = join(folder, name)
      const usual = ['-q', '-N', '', '-C', `${name}@example.org`, '-f', path]
      run('ssh-keygen', [...usual, ...(options.length === 0 ? ['-t', 'ed25519'] : options)])
      return path
    },
    line: key => readFileSync(publicHalf(key), 'utf8').trim(),
    fingerprint: key => run('ssh-keygen', ['-l', '-f', publicHalf(key)]).split(' ')[1] ?? '',
    commit(key, message, more) {
      const sign = ['-c', 'gpg.format=ssh', '-c', `user.signingKey=${key}`]
      run('git', [...sign, 'commit', '--quiet', '--allow-empty', '-S', '-m', message], more)
      return run('git', ['rev-parse', 'HEAD']).trim() as Oid
    },
    close: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}
