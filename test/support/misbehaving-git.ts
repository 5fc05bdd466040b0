import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gitFolder } from '../../src/edge/hook-host.ts'
import type { Server } from './repository.ts'

/** What a call of git does in the place of its work; shell in which `real` runs the git that was asked for. */
export const deeds = {
  killed: 'kill -KILL $$',
  failed: 'exit 1',
  'ended early, without a word': 'exit 0',
  'a line short at its end': 'real "$@" | sed \'$d\'; exit 0',
  'a line short at its start': 'real "$@" | sed 1d; exit 0',
  'cut off': 'real "$@" | head -c 30; exit 0',
  'the hook killed': 'kill -KILL $PPID; exec sleep 60',
} as const

export type MisbehavingGit = {
  /** A PATH in which it comes first. */
  readonly path: string
  /** The calls so far, by subcommand and number, such as `rev-list-2`; forgets them. */
  calls(): readonly string[]
  /** From now on `call`, which may be a pattern of the shell's, does this and all others their work; null: all do. */
  spoil(call: string | null, deed?: string): void
}

/** Puts a `git` that can misbehave first into the PATH of the server's hook. */
export function misbehavingGit(server: Server): MisbehavingGit {
  const folder = join(server.folder, 'bin')
  const seen = join(folder, 'calls')
  const [victim, deed] = [join(folder, 'victim'), join(folder, 'deed')]
  mkdirSync(seen, { recursive: true })
  server.git('config', 'transfer.unpackLimit', '1') // what arrives stays in its pack, which git alone reads
  writeFileSync(join(folder, 'git'), script(folder, join(gitFolder(process.env['PATH'] ?? ''), 'git')), {
    mode: 0o755,
  })
  const hook = join(server.gitDir, 'hooks/pre-receive')
  const stub = readFileSync(hook, 'utf8')
  const changed = stub.replaceAll(" PATH='", ` PATH='${folder}:`)
  if (changed === stub) throw new Error('the stub sets no PATH')
  writeFileSync(hook, changed)
  return {
    path: `${folder}:${process.env['PATH']}`,
    calls() {
      const found = readdirSync(seen).sort()
      for (const name of found) rmSync(join(seen, name), { recursive: true })
      return found
    },
    spoil(call, how = deeds.killed) {
      writeFileSync(victim, call ?? '')
      writeFileSync(deed, how)
    },
  }
}

/** Each call notes itself under the next free number; making a folder is atomic. */
function script(folder: string, real: string): string {
  return `#!/bin/sh
real() { '${real}' "$@"; }
for word in "$@"; do case $word in -c | *=*) ;; *) break ;; esac; done
number=1
while ! mkdir "${folder}/calls/$word-$number" 2>/dev/null; do number=$((number + 1)); done
if [ -s '${folder}/victim' ]; then
  case $word-$number in $(cat '${folder}/victim')) . '${folder}/deed' ;; esac
fi
exec '${real}' "$@"
`
}
