import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Server } from './repository.ts'

/** Peaks of resident memory, in MB: of the largest hook, and of the largest git that a hook started. */
export type Peaks = { readonly hook: number; readonly git: number }

export type Watch = {
  /** What was seen until now. */
  peaks(): Peaks
  stop(): void
}

/**
 * Watches each hook of the server and its children from now on, by VmHWM of proc_pid_status(5), which is the peak since
 * the program began. The hook's own stub is started by one that notes the number of its process, and keeps it.
 */
export function watchPeaks({ folder, gitDir }: Server): Watch {
  const [pids, hook, stub] = [join(folder, 'pids'), join(gitDir, 'hooks/pre-receive'), join(folder, 'stub')]
  mkdirSync(pids)
  renameSync(hook, stub)
  writeFileSync(hook, `#!/bin/sh\n: >'${pids}'/$$\nexec '${stub}' "$@"\n`, { mode: 0o755 })
  const peaks = { hook: 0, git: 0 }
  const look = () => {
    for (const pid of readdirSync(pids)) {
      peaks.hook = Math.max(peaks.hook, peakOf(pid))
      for (const child of childrenOf(pid)) peaks.git = Math.max(peaks.git, peakOf(child))
    }
  }
  const timer = setInterval(look, 5)
  return { peaks: () => ({ ...peaks }), stop: () => clearInterval(timer) }
}

/** 0 for a process that has ended. */
function peakOf(pid: string): number {
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readOrEmpty(`/proc/${pid}/status`))
  return (Number(found?.[1] ?? 0) * 1024) / 1e6
}

/** proc_pid_task(5). */
function childrenOf(pid: string): readonly string[] {
  return readOrEmpty(`/proc/${pid}/task/${pid}/children`)
    .split(' ')
    .filter(word => word !== '')
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
