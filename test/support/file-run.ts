import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'
import { build } from 'esbuild'
import { root } from './paths.ts'
import type { Report } from './report.ts'
import { reportMark } from './report.ts'

export type FileResult = Report & { readonly output: string; readonly seconds: number }

type Place = {
  /** Where the bundled file goes; below the clone, so that packages are found. */
  readonly bundle: string
  /** A folder for this file alone: its HOME, its TMPDIR, its git configuration. Removed afterwards. */
  readonly temporary: string
  /** Seconds after which the file is killed and has failed. */
  readonly limit: number
}

const children = new Set<ChildProcess>()

/** Bundles one test file and runs it in a Node.js of its own. Whatever goes wrong is a problem in the result. */
export async function runFile(file: string, place: Place): Promise<FileResult> {
  const start = process.hrtime.bigint()
  const seconds = () => Number(process.hrtime.bigint() - start) / 1e9
  try {
    await bundle(file, place.bundle)
  } catch (error) {
    const output = error instanceof Error ? error.message : String(error)
    return {
      output,
      seconds: seconds(),
      passed: 0,
      failed: 0,
      failures: [],
      skipped: [],
      problems: ['it does not compile'],
    }
  }
  const end = await execute(place)
  const left = readdirSync(join(place.temporary, 'tmp'))
  rmSync(place.temporary, { recursive: true, force: true, maxRetries: 5 })
  const report = readReport(end.stdout)
  const problems = [
    ...(report?.problems ?? ['it ended without a report: run() is missing, or it was cut short']),
  ]
  if (end.killed) problems.push(`killed after ${place.limit} s`)
  else if (end.signal !== null) problems.push(`ended by ${end.signal}`)
  else if (end.code !== 0 && problems.length + (report?.failed ?? 0) === 0)
    problems.push(`exit code ${end.code}`)
  if (left.length > 0) problems.push(`left in the temporary folder: ${left.join(', ')}`)
  const { passed = 0, failed = 0, failures = [], skipped = [] } = report ?? {}
  return { output: end.output, seconds: seconds(), passed, failed, failures, skipped, problems }
}

/** Ends what still runs, whole process groups at once. */
export function killRunning(): void {
  for (const child of children) killGroup(child)
}

async function bundle(file: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [file],
    outfile,
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.17',
    packages: 'external',
    sourcemap: 'inline',
    loader: { '': 'text' }, // hooks/pre-receive and hooks/post-receive, which have no suffix
    plugins: [assertions],
    logLevel: 'silent',
  })
}

/** Every assertion counts: uvu's go through support/assert.ts, any other kind does not compile. */
const assertions: Plugin = {
  name: 'assertions',
  setup({ onResolve }) {
    const counted = join(root, 'test/support/assert.ts')
    const suite = join(root, 'test/support/suite.ts')
    onResolve({ filter: /^uvu\/assert$/ }, ({ importer }) =>
      importer === counted ? { path: 'uvu/assert', external: true } : { path: counted },
    )
    onResolve({ filter: /^uvu$/ }, ({ importer }) =>
      importer === suite
        ? { path: 'uvu', external: true }
        : { errors: [{ text: 'uvu: import test/support/suite.ts' }] },
    )
    onResolve({ filter: /^(node:)?(assert|test)(\/|$)/ }, ({ path }) => ({
      errors: [{ text: `${path}: its assertions are not counted: import uvu/assert` }],
    }))
  },
}

type End = {
  readonly output: string
  readonly stdout: string
  readonly code: number | null
  readonly signal: string | null
  readonly killed: boolean
}

function execute({ bundle, temporary, limit }: Place): Promise<End> {
  const env = cleanEnvironment(temporary)
  return new Promise(resolve => {
    const child = spawn(process.execPath, ['--enable-source-maps', bundle], {
      cwd: root,
      env,
      detached: true, // a process group of its own, so that nothing it started outlives it
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.add(child)
    const stdout: Buffer[] = []
    const output: Buffer[] = []
    let killed = false
    const timer = setTimeout(() => {
      killed = true
      killGroup(child)
    }, limit * 1000)
    child.stdout.on('data', (chunk: Buffer) => {
      stdout.push(chunk)
      output.push(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
    child.on('exit', () => killGroup(child))
    child.on('error', () =>
      resolve({ output: 'node did not start', stdout: '', code: 1, signal: null, killed }),
    )
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      children.delete(child)
      resolve({
        output: withoutReport(Buffer.concat(output).toString()),
        stdout: Buffer.concat(stdout).toString(),
        code,
        signal,
        killed,
      })
    })
  })
}

/** Nothing of the caller's but where programs are, and what is meant for the tests; git and gpg find an empty home. */
function cleanEnvironment(temporary: string): NodeJS.ProcessEnv {
  const home = join(temporary, 'home')
  const tmp = join(temporary, 'tmp')
  for (const folder of [home, tmp]) mkdirSync(folder, { recursive: true, mode: 0o755 })
  const gitConfig = join(temporary, 'gitconfig')
  writeFileSync(
    gitConfig,
    '[user]\n\tname = Test\n\temail = test@example.org\n[init]\n\tdefaultBranch = main\n' +
      '[protocol "file"]\n\tallow = always\n[gc]\n\tauto = 0\n[receive]\n\tautogc = false\n[advice]\n\tdetachedHead = false\n',
  )
  const kept = Object.entries(process.env).filter(
    ([name]) => ['PATH', 'USER', 'LOGNAME', 'SHELL'].includes(name) || name.startsWith('REFWARDEN_'),
  )
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    TMPDIR: tmp,
    GIT_CONFIG_GLOBAL: gitConfig,
    GIT_CONFIG_NOSYSTEM: '1',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    NO_COLOR: '1',
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // the group is gone already
  }
}

/** The report is the last line or there is none: what a test prints itself cannot stand for it. */
function readReport(stdout: string): Report | null {
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  return last.startsWith(reportMark) ? (JSON.parse(last.slice(reportMark.length)) as Report) : null
}

function withoutReport(output: string): string {
  return output
    .split('\n')
    .filter(line => !line.startsWith(reportMark))
    .join('\n')
}
