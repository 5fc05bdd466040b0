/** Runs a program to its end and says how long that took, and how much memory it held at its peak. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

export type Command = {
  readonly program: string
  readonly args: readonly string[]
  readonly cwd: string
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>
  /** Written to its stdin, a pipe; left out: no stdin. */
  readonly input?: string
  /** The exit code without which the measurement is worth nothing; 0, if left out. */
  readonly exit?: number
}

export type Sample = {
  readonly milliseconds: number
  /** Peak of resident memory in MiB (VmHWM) of the program, and the sum of its children's. Of long runs only. */
  readonly ownMemory?: number
  readonly childMemory?: number
}

/** Its stdout goes to /dev/null. Rejects where it exits otherwise than it should. */
export async function timed(command: Command): Promise<Sample> {
  return { milliseconds: (await run(command, 'ignore', null)).milliseconds }
}

/** The same with the memory, looked at twenty times a second. */
export async function observed(command: Command): Promise<Sample> {
  const peaks = new Map<string, number>()
  let own = ''
  const look = (pid: string) => {
    own = pid
    for (const process of [pid, ...childrenOf(pid)]) {
      const peak = peakOf(process)
      if (peak !== null) peaks.set(process, peak)
    }
  }
  const { milliseconds } = await run(command, 'ignore', look)
  const ownMemory = peaks.get(own) ?? 0
  const childMemory = [...peaks.values()].reduce((sum, peak) => sum + peak, 0) - ownMemory
  return { milliseconds, ownMemory, childMemory }
}

/** What it writes to stdout. */
export async function outputOf(command: Command): Promise<string> {
  return (await run(command, 'pipe', null)).stdout
}

/** The median of twenty samples, or of fewer once they have taken a second together. */
export async function repeated(take: () => Promise<Sample>): Promise<Sample> {
  const samples: number[] = []
  for (let sum = 0; samples.length < 20 && sum < 1000; sum += samples.at(-1) ?? 0)
    samples.push((await take()).milliseconds)
  return { milliseconds: median(samples) }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2
}

function run(
  { program, args, cwd, env, input, exit = 0 }: Command,
  output: 'ignore' | 'pipe',
  look: ((pid: string) => void) | null,
): Promise<{ readonly milliseconds: number; readonly stdout: string }> {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: [input === undefined ? 'ignore' : 'pipe', output, 'pipe'],
    })
    const timer = look === null ? null : setInterval(() => look(String(child.pid)), 50)
    let milliseconds = 0
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', chunk => {
      stdout += chunk
    })
    child.stderr?.on('data', chunk => {
      if (stderr.length < 2000) stderr += chunk
    })
    child.stdin?.on('error', () => undefined) // it may decide before it has read all
    child.stdin?.end(input)
    child.on('exit', () => {
      milliseconds = performance.now() - began
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (timer !== null) clearInterval(timer)
      const words = `${program} ${args.join(' ')}: ${code ?? signal} in the place of ${exit}\n${stderr}`
      if (code === exit) resolve({ milliseconds, stdout })
      else reject(new Error(words))
    })
  })
}

/** proc_pid_task(5). What has ended meanwhile has no children. */
function childrenOf(pid: string): readonly string[] {
  return (readOrNull(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ').filter(word => word !== '')
}

function peakOf(pid: string): number | null {
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readOrNull(`/proc/${pid}/status`) ?? '')
  return found === null ? null : Number(found[1]) / 1024
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
