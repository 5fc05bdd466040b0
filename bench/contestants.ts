/** Who judges, or could judge, a history: refwarden, GnuPG and Sequoia; and what nobody can be faster than. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { binary, root } from '../test/support/paths.ts'
import type { Stock } from './histories.ts'
import { allowedSigners, tipsOf } from './histories.ts'
import type { Command } from './measure.ts'
import { observed, outputOf, repeated, timed } from './measure.ts'
import type { Contestant } from './results.ts'
import type { SignerAlgorithm } from './seeded-secret.ts'
import type { Workplace } from './workplace.ts'

/** A history of so many commits, and where to judge it. `keys` is the copied key folder. */
export type Work = {
  readonly place: Workplace
  readonly stock: Stock
  readonly keys: string
  readonly commits: number
  /** Whether the case has several sizes. */
  readonly sized: boolean
}

export function refwarden(work: Work): Contestant {
  const { place, stock, keys, commits } = work
  const args = ['verify', '--json', '--keys', keys, 'main']
  const command: Command = { program: binary, args, cwd: stock.gitDir, env: place.env }
  return {
    who: 'refwarden verify',
    size: sizeOf(work),
    async check() {
      const last = JSON.parse(await outputOf(piped('"$@" | tail -n 1', command, binary, ...args)))
      if (last.summary.verified !== commits || last.summary.rejected !== 0)
        throw new Error(`refwarden did not verify ${commits} commits: ${JSON.stringify(last)}`)
      return null
    },
    run: () => observed(command),
  }
}

/** git alone, as it has to be asked in any case. */
export function reading(work: Work): Contestant {
  const { place, stock } = work
  const command: Command = { program: 'git', args: [], cwd: stock.gitDir, env: place.env }
  const read = piped('git rev-list main | git cat-file --batch --buffer', command)
  return { who: 'reading alone', size: sizeOf(work), check: () => passes(read), run: () => timed(read) }
}

/** GnuPG by way of git. */
export function gnupg(work: Work, sample: number): Contestant {
  const { place, keys } = work
  return byGit(work, sample, 'gpg', [], () => place.gnupg(keys))
}

/** OpenSSH by way of git. */
export function sshKeygen(work: Work, sample: number): Contestant {
  const { place, keys } = work
  const settings = ['-c', `gpg.ssh.allowedSignersFile=${join(keys, allowedSigners)}`]
  return byGit(work, sample, 'ssh-keygen', settings, () => place.env)
}

/** The newest `sample` commits, scaled to all of them. */
function byGit(
  work: Work,
  sample: number,
  program: string,
  settings: readonly string[],
  env: () => Command['env'],
): Contestant {
  const { place, stock, commits } = work
  const args = [...settings, 'log', '--format=%G?', `--max-count=${sample}`, 'main']
  const command = (): Command => ({ program: 'git', args, cwd: stock.gitDir, env: env() })
  return {
    who: `git log %G? with ${program}`,
    size: sizeOf(work),
    async check() {
      if (missing(program, place) !== null) return missing(program, place)
      const lines = (await outputOf(command())).trimEnd().split('\n')
      if (lines.length !== sample || lines.some(line => line !== 'G'))
        throw new Error(`${program} did not verify ${sample} commits: ${lines.slice(0, 9).join('')}`)
      return null
    },
    async run() {
      const { milliseconds } = await timed(command())
      return { milliseconds: (milliseconds / sample) * commits }
    },
  }
}

/**
 * Sequoia's checker, from the first commit to the last. It remembers in HOME what it has verified: each run gets a new
 * one. On a history with merges it goes one way only.
 */
export function sequoia(work: Work): Contestant {
  const { place, stock } = work
  const roots = ['rev-list', '--max-parents=0', 'main']
  const root = spawnSync('git', roots, { cwd: stock.gitDir, env: place.env, encoding: 'utf8' }).stdout.trim()
  const args = ['log', '--trust-root', root, tipsOf(stock).main]
  const command = (): Command => {
    const env = { ...place.env, HOME: mkdtempSync(join(place.folder, 'h-')) }
    return { program: 'sq-git', args, cwd: stock.gitDir, env }
  }
  return {
    who: 'sq-git log',
    size: sizeOf(work),
    async check() {
      if (missing('sq-git', place) !== null) return missing('sq-git', place)
      return passes(command()).catch(error => `it does not run here: ${error.message.slice(0, 200)}`)
    },
    run: () => timed(command()),
  }
}

/** Verifications a second on one core by OpenSSL's own measure; each algorithm once a round. */
export type Speed = (algorithm: SignerAlgorithm, round: number) => Promise<number>

export function opensslSpeed({ env, folder }: Workplace): Speed {
  const known = new Map<string, Promise<number>>()
  return (algorithm, round) => {
    const name = { eddsa: 'ed25519', p256: 'ecdsap256', rsa2048: 'rsa2048', rsa4096: 'rsa4096' }[algorithm]
    const args = ['speed', '-mr', '-seconds', '1', name]
    const rate =
      known.get(`${name} ${round}`) ?? outputOf({ program: 'openssl', args, cwd: folder, env }).then(rateIn)
    known.set(`${name} ${round}`, rate)
    return rate
  }
}

/** What the arithmetic alone takes where all cores do nothing else. */
export function arithmetic(
  work: Work,
  signatures: Readonly<Partial<Record<SignerAlgorithm, number>>>,
  speed: Speed,
): Contestant {
  return {
    who: 'the arithmetic limit',
    size: sizeOf(work),
    check: async () => missing('openssl', work.place),
    async run(round) {
      let seconds = 0
      for (const [algorithm, count] of Object.entries(signatures))
        seconds += count / (await speed(algorithm as SignerAlgorithm, round)) / availableParallelism()
      return { milliseconds: 1000 * seconds }
    },
  }
}

/** What Node.js makes of that arithmetic: node:crypto on all of its threads, and nothing else. */
export function nodeArithmetic(
  work: Work,
  signatures: Readonly<Partial<Record<SignerAlgorithm, number>>>,
): Contestant {
  const { env, folder } = work.place
  const counts = Object.entries(signatures).map(([algorithm, count]) => `${algorithm}=${count}`)
  const args = [join(root, 'bench/node-arithmetic.mjs'), ...counts]
  const take = async () => Number(await outputOf({ program: process.execPath, args, cwd: folder, env }))
  return {
    who: 'the arithmetic by Node.js',
    size: sizeOf(work),
    check: async () => null,
    run: async () => ({ milliseconds: await take() }),
  }
}

/** The start of Node.js with nothing to do. */
export function nodeStart({ env, folder }: Workplace): Contestant {
  return started('node -e 0', { program: process.execPath, args: ['-e', '0'], cwd: folder, env })
}

/** The start of a program that does nothing at all: what of each number is this benchmark's. */
export function emptyStart({ env, folder }: Workplace): Contestant {
  return started('true', { program: 'true', args: [], cwd: folder, env })
}

/** Why a program cannot take part, or null where it is there. */
export function missing(program: string, { env }: Workplace): string | null {
  return spawnSync(program, ['--version'], { env }).error === undefined ? null : `${program} is not installed`
}

function started(who: string, command: Command): Contestant {
  return { who, size: null, check: () => passes(command), run: () => repeated(() => timed(command)) }
}

function sizeOf({ sized, commits }: Work): number | null {
  return sized ? commits : null
}

async function passes(command: Command): Promise<null> {
  await timed(command)
  return null
}

function piped(script: string, { cwd, env }: Command, ...words: readonly string[]): Command {
  return { program: 'sh', args: ['-c', script, 'sh', ...words], cwd, env }
}

/** `+F4:index:bits:sign:verify`, and a name behind the bits for EdDSA. openssl-speed(1) */
function rateIn(output: string): number {
  const rate = Number(/^\+F[0-9]:\d+:\d+:(?:[A-Za-z]\w*:)?[\d.]+:([\d.]+)/m.exec(output)?.[1])
  if (!(rate > 0)) throw new Error(`openssl speed says something else: ${output}`)
  return rate
}
