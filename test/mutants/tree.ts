import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../support/paths.ts'
import type { Mutant } from './mutant.ts'
import { mutated, testsMeant } from './mutant.ts'

/** A copy of the clone in which the program is built anew and tested. */
export type Tree = {
  /** Null where the program builds and its types are right, else what the tools say. */
  build(): Promise<string | null>
  /** Runs test files one after the other up to the first test that fails. */
  test(tests: readonly string[]): Promise<Outcome>
  /** Takes the defence out; the function that is returned puts it back. */
  mutate(mutant: Mutant): () => void
}

export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly entry: string; readonly file: string; readonly test: string }
  /** No test failed, and yet the run did not pass. */
  | { readonly kind: 'broken'; readonly output: string }

/** Seconds for one test file. */
const limit = 180

/** The copied binary is a script that runs the built one: making an executable takes longer than most tests. */
export function makeTree(folder: string): Tree {
  mkdirSync(join(folder, 'dist'), { recursive: true })
  for (const name of [
    'src',
    'test',
    'hooks',
    'scripts',
    'docs',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ])
    cpSync(join(root, name), join(folder, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const script = join(folder, 'dist/refwarden.cjs')
  writeFileSync(join(folder, 'dist/refwarden'), `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`, {
    mode: 0o755,
  })
  writeFileSync(join(folder, 'tsconfig.mutant.json'), JSON.stringify(types))
  return {
    async build() {
      const checked = await run(folder, ['node_modules/.bin/tsc', '-p', 'tsconfig.mutant.json'])
      if (checked.exit !== 0) return checked.output
      const built = await run(folder, [process.execPath, 'scripts/build.mjs', '--script'])
      return built.exit === 0 ? null : built.output
    },
    async test(tests) {
      for (const entry of tests) {
        const { file, part } = testsMeant(entry)
        const more = { REFWARDEN_FIRST_FAILURE: 'yes', REFWARDEN_TESTS: part }
        const ran = await run(folder, [...runner, `--limit=${limit}`, file], more)
        if (ran.exit === 0) continue
        const [, failed] = /^failed: (.*)$/m.exec(ran.output) ?? []
        return failed === undefined
          ? { kind: 'broken', output: ran.output }
          : { kind: 'failed', entry, file, test: failed }
      }
      return { kind: 'passed' }
    },
    mutate(mutant) {
      const path = join(folder, mutant.file)
      const text = readFileSync(path, 'utf8')
      const without = mutated(text, mutant)
      if (without === null) throw new Error(`${mutant.name}: its text is not once in ${mutant.file}`)
      writeFileSync(path, without)
      return () => writeFileSync(path, text)
    },
  }
}

const runner = [process.execPath, 'scripts/run.mjs', 'test/run.ts']

/** What a defence leaves unused is no mistake here. */
const types = {
  extends: './tsconfig.json',
  compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, allowUnreachableCode: true },
  include: ['src'],
}

function run(
  cwd: string,
  [program = '', ...args]: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly exit: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk
      })
    child.on('error', reject)
    child.on('close', exit => resolve({ exit, output }))
  })
}
