import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { quoted } from '../../src/core/installation.ts'
import { binary, bundle } from './paths.ts'
import type { Server } from './repository.ts'

/**
 * Has the server's hooks run the bundled program with `script` (CommonJS) loaded in front of it: for what the built
 * binary lets nobody do, such as to set its clock. Returns the path of what they run now.
 */
export function preload(server: Server, script: string): string {
  const [loaded, program] = [join(server.folder, 'preload.cjs'), join(server.folder, 'preloaded')]
  writeFileSync(loaded, script)
  const words = [process.execPath, '--require', loaded, bundle].map(word =>
    word.startsWith('/') ? quoted(word) : word,
  )
  writeFileSync(program, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 })
  for (const name of readdirSync(join(server.gitDir, 'hooks'))) {
    const hook = join(server.gitDir, 'hooks', name)
    const text = readFileSync(hook, 'utf8')
    const changed = text.replaceAll(quoted(binary), quoted(program))
    if (changed === text) throw new Error(`${name} does not run ${binary}`)
    writeFileSync(hook, changed)
  }
  return program
}

/** Sets the clock of the server's hooks, in seconds from the real time; 0 at first. */
export function clockOf(server: Server): (ahead: number) => void {
  const file = join(server.folder, 'clock')
  writeFileSync(file, '0')
  preload(
    server,
    `const real = Date.now
Date.now = () => real() + 1000 * Number(require('node:fs').readFileSync(${JSON.stringify(file)}, 'utf8'))
`,
  )
  return ahead => writeFileSync(file, String(ahead))
}
