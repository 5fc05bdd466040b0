import { spawn } from 'node:child_process'
import { Fault } from '../core/fault.ts'

/**
 * Starts this program again with `args` and returns what it writes to stdout. It gets PATH and nothing else of the
 * environment, so that root's settings are not taken for another account's. Throws a Fault where its exit code is none of
 * `expected`.
 */
export function runOwnProgram(
  program: string,
  args: readonly string[],
  expected: readonly number[],
): Promise<string> {
  const words = program.endsWith('.cjs') ? [program, ...args] : args
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, {
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const out: Buffer[] = []
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => {
      if (said.length < 2000) said += chunk.toString('utf8')
    })
    child.on('error', error => reject(new Fault(`${program}: ${error.message}`)))
    child.on('close', (code, signal) =>
      expected.includes(code ?? -1)
        ? resolve(Buffer.concat(out).toString('utf8'))
        : reject(new Fault(`${program} ended with ${signal ?? code}: ${said.trim()}`)),
    )
  })
}
