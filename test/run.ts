/**
 * Runs the test files whose path has one of the arguments in it (all without one), side by side, each in a Node.js of
 * its own with a clean environment, and ends with `N passed, N failed, N skipped`. Exit 1 on any failure, and where
 * no test ran. Options for the harness's own tests: `--in=FOLDER` (where to look), `--limit=SECONDS` (for a file).
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import type { FileResult } from './support/file-run.ts'
import { killRunning, runFile } from './support/file-run.ts'
import { root } from './support/paths.ts'

/** Parts of names; started first, so that none of them is waited for alone at the end. */
const slowest = [
  'harness',
  'install',
  'push',
  'ssh',
  'terminal',
  'corpus',
  'attack',
  'fault',
  'kills',
  'load',
  'differential',
]

const options = process.argv.slice(2)
const filters = options.filter(option => !option.startsWith('--'))
const folder = resolve(value('--in=') ?? join(root, 'test'))
const limit = Number(value('--limit=') ?? 600)

mkdirSync(join(root, 'dist/test'), { recursive: true })
const bundles = mkdtempSync(join(root, 'dist/test/run-'))
const temporary = mkdtempSync(join(tmpdir(), 'rw-'))
chmodSync(temporary, 0o711) // where root tests, servers run as other accounts
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    killRunning()
    clear()
    process.exit(1)
  })
process.exitCode = 1
try {
  const results = await sideBySide(testFiles())
  process.exitCode = summary(results) ? 0 : 1
} finally {
  clear()
}

function testFiles(): string[] {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.test.ts'))
    .filter(path => filters.length === 0 || filters.some(filter => join('test', path).includes(filter)))
  return found.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

function rank(path: string): number {
  const found = slowest.findIndex(part => path.includes(part))
  return found < 0 ? slowest.length : found
}

async function sideBySide(paths: readonly string[]): Promise<FileResult[]> {
  const results: FileResult[] = []
  const waiting = paths.entries()
  const worker = async () => {
    for (const [index, path] of waiting) {
      const file = join(folder, path)
      const result = await runFile(file, {
        bundle: join(bundles, path.replace(/\.ts$/, '.mjs')),
        temporary: join(temporary, String(index)),
        limit,
      })
      results.push(result)
      print(relative(root, file), result)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, worker))
  return results
}

function print(name: string, { output, problems, passed, failed, skipped, seconds }: FileResult): void {
  const good = failed + problems.length === 0
  const counts = `${passed} passed, ${failed + problems.length} failed, ${skipped.length} skipped`
  console.log(`${good ? 'pass' : 'FAIL'}  ${name}  ${counts}  ${seconds.toFixed(1)} s`)
  if (good) return
  console.log(output.trimEnd().replace(/^/gm, '    '))
  for (const problem of problems) console.log(`  ${name}: ${problem}`)
}

function summary(results: readonly FileResult[]): boolean {
  const problems = results.flatMap(result => result.problems)
  const skipped = results.flatMap(result => result.skipped)
  const failures = results.flatMap(result => result.failures)
  const passed = results.reduce((sum, result) => sum + result.passed, 0)
  const failed = results.reduce((sum, result) => sum + result.failed, 0)
  const none = passed + failed === 0
  console.log()
  for (const { name, reason } of skipped) console.log(`skipped: ${name}: ${reason}`)
  for (const name of failures) console.log(`failed: ${name}`)
  if (none) console.log(results.length === 0 ? 'no test file matches' : 'no test ran')
  const bad = failed + problems.length + (none && problems.length === 0 ? 1 : 0)
  console.log(`${passed} passed, ${bad} failed, ${skipped.length} skipped`)
  return bad === 0
}

function value(name: string): string | undefined {
  return options.find(option => option.startsWith(name))?.slice(name.length)
}

function clear(): void {
  for (const path of [bundles, temporary]) rmSync(path, { recursive: true, force: true, maxRetries: 5 })
}
