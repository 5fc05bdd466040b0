import { spawn } from 'node:child_process'
import { Fault } from '../core/fault.ts'

/**
 * Runs the program `command[0]` with the other words as its arguments and `line` on its stdin: never a shell. It gets
 * PATH, as the stub has fixed it, and nothing else of the environment. Throws a Fault where it cannot be started, ends
 * with anything but 0 or takes longer than
 * `patience` milliseconds: then it is killed with all that it has started.
 */
export async function runLogCommand(
  command: readonly string[],
  line: string,
  patience = 10_000,
): Promise<void> {
  const [program = '', ...args] = command
  const why = await new Promise<string | null>(resolve => {
    const child = spawn(program, args, {
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' },
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: true, // a process group of its own
    })
    let words = ''
    const end = (what: string | null) => {
      clearTimeout(timer)
      child.stderr.destroy()
      child.stdin.destroy()
      resolve(what === null ? null : [what, words.trim()].filter(Boolean).join(': '))
    }
    const timer = setTimeout(() => {
      if (child.pid !== undefined) killGroup(child.pid)
      end(`did not end within ${patience / 1000} seconds`)
    }, patience)
    child.stderr.on('data', (chunk: Buffer) => {
      if (words.length < 500) words += chunk.toString('utf8')
    })
    child.on('error', error => end(error.message))
    // Not `close`: what it leaves running in the background may hold its stderr for ever.
    child.on('exit', (code, signal) =>
      setImmediate(() => end(code === 0 ? null : `ended with ${signal ?? code}`)),
    )
    child.stdin.on('error', () => undefined) // one that does not read is known by how it ends
    child.stdin.end(line)
  })
  if (why !== null)
    throw new Fault(
      `log-command: ${program} ${why}`,
      'run it by hand as the account that runs git, or take `log-command` out',
    )
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // gone already
  }
}
