import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { type Batch, batchReader } from '../core/batch-reader.ts'
import { childEnvironment } from '../core/child-environment.ts'
import { Fault } from '../core/fault.ts'
import { catFile, gitFailure, gitWords } from '../core/git-call.ts'
import { lineReader } from '../core/line-reader.ts'

export type GitOptions = {
  /** The repository; explicit, so that git neither searches for one nor asks who owns it. */
  readonly gitDir?: string | null
  readonly cwd?: string
  readonly input?: string | Uint8Array
  /** Return a non-zero exit code instead of throwing; a signal is a Fault all the same. */
  readonly allowFailure?: boolean
  /** Beside what every child gets; undefined takes a name away from it. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Ends git before its time, with all that it has started. A Fault, as any other signal. */
  readonly cancel?: AbortSignal | null
}

/** Runs git to its end. For admin commands: the package behind it is not loaded on the hook's path. */
export async function git(
  args: readonly string[],
  options: GitOptions = {},
): Promise<{ readonly exitCode: number; readonly stdout: Uint8Array; readonly stderr: string }> {
  const { execa } = await import('execa')
  const { cancel = null } = options
  if (cancel?.aborted === true) throw gitFailure(args, 'not begun')
  const running = execa('git', gitWords(args), {
    cwd: options.cwd ?? '/',
    env: { ...childEnvironment(process.env, options.gitDir ?? null), ...options.env },
    extendEnv: false,
    encoding: 'buffer',
    stripFinalNewline: false,
    reject: false,
    detached: cancel !== null,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  })
  const callOff = cancel === null || running.pid === undefined ? null : endGroupOn(cancel, running.pid)
  const result = await running
  callOff?.()
  const stderr = new TextDecoder().decode(result.stderr)
  if (result.exitCode === undefined) throw gitFailure(args, result.shortMessage ?? 'killed')
  if (result.exitCode !== 0 && options.allowFailure !== true) throw gitFailure(args, stderr)
  return { exitCode: result.exitCode, stdout: result.stdout, stderr }
}

/**
 * Ends the process group of `leader` when asked to: an ssh or a remote helper of git's outlives it, and holds on to its
 * output. Returns what calls that off.
 */
function endGroupOn(cancel: AbortSignal, leader: number): () => void {
  const end = (signal: NodeJS.Signals) => {
    try {
      process.kill(-leader, signal)
    } catch {
      // nobody is left
    }
  }
  let last: NodeJS.Timeout | undefined
  const begin = () => {
    end('SIGTERM')
    last = setTimeout(end, patience, 'SIGKILL')
  }
  cancel.addEventListener('abort', begin)
  return () => {
    cancel.removeEventListener('abort', begin)
    clearTimeout(last)
  }
}

/** Milliseconds. */
const patience = 5000

/** Absolute path of the repository around `folder`. Asked as git would, whoever owns it: an admin looks after them all. */
export async function findGitDir(folder: string): Promise<string> {
  const question = ['-C', folder, '-c', 'safe.directory=*', 'rev-parse', '--absolute-git-dir']
  const found = await gitLine(null, question)
  if (found === null) throw new Fault(`${folder}: not a git repository`, 'run this inside of one')
  return found
}

/**
 * The one line that git answers; null where it finds nothing. git-rev-parse(1) writes before it knows: what it has written
 * of `REV^@`, or before it failed, is no answer.
 */
export async function gitLine(gitDir: string | null, args: readonly string[]): Promise<string | null> {
  const asked = await start(gitDir, args, [0, 1, 128])
  asked.child.stdin.end()
  const lines: string[] = []
  for await (const line of splitLines(asked.child.stdout)) lines.push(line)
  return (await asked.ended) === 0 && lines.length === 1 ? (lines[0] ?? null) : null
}

/** Each line that git writes. Throws a Fault where its exit code is not one of those expected, or it is killed. */
export async function* gitLines(
  gitDir: string | null,
  args: readonly string[],
  input = '',
  expected: readonly number[] = [0],
): AsyncGenerator<string> {
  const asked = await start(gitDir, args, expected)
  asked.child.stdin.end(input)
  try {
    yield* splitLines(asked.child.stdout)
    await asked.ended
  } finally {
    asked.child.kill('SIGKILL')
  }
}

/** The objects of these names as stored. Of more than `sizeLimit` bytes they come without their bytes. */
export async function* gitObjects(gitDir: string, names: string, sizeLimit: number): AsyncGenerator<Batch> {
  const read = await start(gitDir, catFile)
  read.child.stdin.end(names)
  try {
    yield* answersOf(read, sizeLimit)
  } finally {
    read.child.kill('SIGKILL')
  }
}

/** Objects by their names, where those depend on the objects before: what is asked is answered at once. */
export async function gitObjectsAsked(gitDir: string, sizeLimit: number) {
  const { child, ended } = await start(gitDir, ['cat-file', '--batch'])
  return {
    ask: (names: string) => void child.stdin.write(names),
    /** Nothing more will be asked: the answers end, with a Fault unless git has ended well. */
    end: () => void child.stdin.end(),
    isOpen: () => !child.stdin.writableEnded,
    answers: answersOf({ child, ended }, sizeLimit),
    kill: () => void child.kill('SIGKILL'),
  }
}

/** The objects whose names another git writes, while it writes them; all of them, or a Fault. */
export async function* gitObjectsListed(
  gitDir: string,
  lister: readonly string[],
  input: string,
  sizeLimit: number,
): AsyncGenerator<Batch> {
  const list = await start(gitDir, lister)
  const read = await start(gitDir, catFile)
  let asked = 0
  let answered = 0
  list.child.stdout.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 0x0a) asked++
  })
  list.child.stdout.pipe(read.child.stdin)
  list.child.stdin.end(input)
  try {
    for await (const batch of splitObjects(read.child.stdout, sizeLimit)) {
      answered += batch.objects.length
      if (batch.missing[0] !== undefined)
        throw new Fault(`git has no object ${batch.missing[0]}`, 'run git fsck in the repository')
      yield batch
    }
    await Promise.all([list.ended, read.ended])
    if (asked !== answered) throw new Fault(`git cat-file answered ${answered} of ${asked} objects`)
  } finally {
    list.child.kill('SIGKILL')
    read.child.kill('SIGKILL')
  }
}

type Running = {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  /** Its exit code, when the child is gone; rejects with a Fault unless that was one of those expected. */
  readonly ended: Promise<number | null>
}

/** What Node.js loads for it is loaded here: most pushes need no git. */
async function start(
  gitDir: string | null,
  args: readonly string[],
  expected: readonly (number | null)[] = [0],
): Promise<Running> {
  const { spawn } = await import('node:child_process')
  const child = spawn('git', gitWords(args), {
    cwd: '/',
    env: childEnvironment(process.env, gitDir),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let words = ''
  child.stderr.on('data', (chunk: Buffer) => {
    if (words.length < 2000) words += chunk.toString('utf8')
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', error => reject(gitFailure(args, error.message)))
    child.on('close', (code, signal) =>
      expected.includes(code) ? resolve(code) : reject(gitFailure(args, signal ?? words)),
    )
  })
  ended.catch(() => undefined) // awaited by whoever reads the output; never an unhandled rejection before that
  child.stdin.on('error', () => undefined) // a child that dies early is seen by its exit
  return { child, ended }
}

async function* splitLines(stream: Readable): AsyncGenerator<string> {
  const reader = lineReader()
  for await (const chunk of stream) yield* reader.take(chunk as Buffer)
  if (!reader.isComplete()) throw new Fault('git answered a line that is cut off')
}

async function* answersOf({ child, ended }: Running, sizeLimit: number): AsyncGenerator<Batch> {
  yield* splitObjects(child.stdout, sizeLimit)
  await ended
}

async function* splitObjects(stream: Readable, sizeLimit: number): AsyncGenerator<Batch> {
  const reader = batchReader(sizeLimit)
  for await (const chunk of stream) yield reader.take(chunk as Buffer)
  if (!reader.isComplete()) throw new Fault('git cat-file answered an object that is cut off')
}
