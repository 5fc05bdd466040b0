import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { existsSync, lstatSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { type Batch, batchReader, type StoredObject } from '../core/batch-reader.ts'
import { childEnvironment } from '../core/child-environment.ts'
import { Fault } from '../core/fault.ts'
import { type Oid, parseOid } from '../core/oid.ts'
import type { ServerRef, ServerRefs } from '../core/push.ts'

export type GitOptions = {
  /** The repository; explicit, so that git neither searches for one nor asks who owns it. */
  readonly gitDir?: string | null
  readonly cwd?: string
  readonly input?: string | Uint8Array
  /** Return a non-zero exit code instead of throwing; a signal is a Fault all the same. */
  readonly allowFailure?: boolean
  readonly env?: Readonly<Record<string, string>>
}

/** Runs git to its end. For admin commands: the package behind it is not loaded on the hook's path. */
export async function git(
  args: readonly string[],
  options: GitOptions = {},
): Promise<{ readonly exitCode: number; readonly stdout: Uint8Array; readonly stderr: string }> {
  const { execa } = await import('execa')
  const result = await execa('git', [...settings, ...args], {
    cwd: options.cwd ?? '/',
    env: { ...childEnvironment(process.env, options.gitDir ?? null), ...options.env },
    extendEnv: false,
    encoding: 'buffer',
    stripFinalNewline: false,
    reject: false,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  })
  const stderr = new TextDecoder().decode(result.stderr)
  if (result.exitCode === undefined) throw failed(args, result.shortMessage ?? 'killed')
  if (result.exitCode !== 0 && options.allowFailure !== true) throw failed(args, stderr)
  return { exitCode: result.exitCode, stdout: result.stdout, stderr }
}

/** What rev-list is asked for: the commits that `from` reaches and `not` does not. */
export type Range = {
  readonly from: readonly Oid[]
  readonly not: readonly Oid[]
  readonly firstParent: boolean
}

/**
 * The commits of a range in the order of git-rev-list(1), as stored, in batches. Objects of more than `sizeLimit`
 * bytes come without their bytes. Throws a Fault where git fails, dies or leaves one out.
 */
export async function* readRange(
  gitDir: string,
  range: Range,
  sizeLimit: number,
): AsyncGenerator<readonly StoredObject[]> {
  const list = start(gitDir, revListArguments(range, []))
  const read = start(gitDir, ['cat-file', '--batch', '--buffer'])
  let asked = 0
  let answered = 0
  list.child.stdout.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 0x0a) asked++
  })
  list.child.stdout.pipe(read.child.stdin)
  list.child.stdin.end(rangeInput(range))
  try {
    for await (const batch of splitObjects(read.child.stdout, sizeLimit)) {
      answered += batch.objects.length
      if (batch.missing[0] !== undefined)
        throw new Fault(`git has no object ${batch.missing[0]}`, 'run git fsck in the repository')
      yield batch.objects
    }
    await Promise.all([list.ended, read.ended])
    if (asked !== answered) throw new Fault(`git cat-file answered ${answered} of ${asked} objects`)
  } finally {
    list.child.kill('SIGKILL')
    read.child.kill('SIGKILL')
  }
}

/** The named objects as stored, in order; null for each that the store does not have. */
export async function readNamed(
  gitDir: string,
  oids: readonly Oid[],
  sizeLimit: number,
): Promise<readonly (StoredObject | null)[]> {
  if (oids.length === 0) return []
  const read = start(gitDir, ['cat-file', '--batch', '--buffer'])
  read.child.stdin.end(oids.map(oid => `${oid}\n`).join(''))
  try {
    const found = new Map<Oid, StoredObject>()
    for await (const { objects } of splitObjects(read.child.stdout, sizeLimit))
      for (const object of objects) found.set(object.oid, object)
    await read.ended
    return oids.map(oid => found.get(oid) ?? null)
  } finally {
    read.child.kill('SIGKILL')
  }
}

/** One line of rev-list's answer for each commit of the range, its parents behind it where `--parents` is given. */
export async function* listRange(
  gitDir: string,
  range: Range,
  flags: readonly string[] = [],
): AsyncGenerator<readonly Oid[]> {
  const list = start(gitDir, revListArguments(range, flags))
  list.child.stdin.end(rangeInput(range))
  try {
    for await (const line of splitLines(list.child.stdout)) {
      const oids = line.split(' ').map(word => parseOid(word))
      if (!oids.every(oid => oid !== null))
        throw new Fault('git rev-list answered something that is no object name')
      yield oids
    }
    await list.ended
  } finally {
    list.child.kill('SIGKILL')
  }
}

/**
 * Every ref of the repository by its full name, and of `asked` those that are dangling symbolic refs too (a push to
 * one makes its target), which git-for-each-ref(1) leaves out.
 */
export async function readServerRefs(gitDir: string, asked: readonly string[]): Promise<ServerRefs> {
  const list = start(gitDir, ['for-each-ref', '--format=%(objectname) %(objecttype) %(refname)%00%(symref)'])
  list.child.stdin.end()
  const refs = new Map<string, ServerRef>()
  for await (const line of splitLines(list.child.stdout)) {
    const [, name = '', type = '', ref = '', target = ''] = /^(\S+) (\S+) ([^\0]+)\0(.*)$/su.exec(line) ?? []
    const oid = parseOid(name)
    if (oid === null) throw new Fault('git for-each-ref answered something that is no ref')
    refs.set(ref, { oid, type, target: target === '' ? null : target })
  }
  await list.ended
  for (const ref of asked) {
    if (refs.has(ref) || !mayBeSymbolic(gitDir, ref)) continue
    const target = await symbolicTarget(gitDir, ref)
    if (target !== null) refs.set(ref, { oid: null, type: '', target })
  }
  return refs
}

async function symbolicTarget(gitDir: string, ref: string): Promise<string | null> {
  const asked = start(gitDir, ['symbolic-ref', '--quiet', ref], [0, notSymbolic])
  asked.child.stdin.end()
  let target: string | null = null
  for await (const line of splitLines(asked.child.stdout)) target = line
  await asked.ended
  return target
}

/** The exit code of git-symbolic-ref(1) for a ref that is none. */
const notSymbolic = 1

/** In the files format a symbolic ref is a file of its name; other formats are asked. gitrepository-layout(5). */
function mayBeSymbolic(gitDir: string, ref: string): boolean {
  if (existsSync(`${gitDir}/reftable`)) return true
  try {
    lstatSync(`${gitDir}/${ref}`)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return false
    throw new Fault(`${ref}: cannot be looked at: ${code}`)
  }
}

const settings = ['-c', 'core.commitGraph=false', '-c', 'gc.auto=0', '-c', 'maintenance.auto=false']

type Running = {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  /** Settles when the child is gone; rejects with a Fault unless its exit code was one of those expected. */
  readonly ended: Promise<void>
}

/** The one place on the hook's path where a child is started. */
function start(gitDir: string, args: readonly string[], expected: readonly (number | null)[] = [0]): Running {
  const child = spawn('git', [...settings, ...args], {
    cwd: '/',
    env: childEnvironment(process.env, gitDir),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let words = ''
  child.stderr.on('data', (chunk: Buffer) => {
    if (words.length < 2000) words += chunk.toString('utf8')
  })
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', error => reject(failed(args, error.message)))
    child.on('close', (code, signal) =>
      expected.includes(code) ? resolve() : reject(failed(args, signal ?? words)),
    )
  })
  ended.catch(() => undefined) // awaited by whoever reads the output; never an unhandled rejection before that
  child.stdin.on('error', () => undefined) // a child that dies early is seen by its exit
  return { child, ended }
}

function failed(args: readonly string[], words: string): Fault {
  return new Fault(
    `git ${args[0] ?? ''} failed: ${words.trim()}`,
    'run the same git command in the repository by hand',
  )
}

function revListArguments(range: Range, flags: readonly string[]): readonly string[] {
  return ['rev-list', ...(range.firstParent ? ['--first-parent'] : []), ...flags, '--stdin']
}

function rangeInput({ from, not }: Range): string {
  return [...from, ...not.map(oid => `^${oid}`)].map(line => `${line}\n`).join('')
}

async function* splitLines(stream: Readable): AsyncGenerator<string> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') throw new Fault('git answered a line that is cut off')
}

async function* splitObjects(stream: Readable, sizeLimit: number): AsyncGenerator<Batch> {
  const reader = batchReader(sizeLimit)
  for await (const chunk of stream) yield reader.take(chunk as Buffer)
  if (!reader.isComplete()) throw new Fault('git cat-file answered an object that is cut off')
}
