import { spawn } from 'node:child_process'
import type { Reason } from '../../src/core/rejection.ts'
import { identityReasons, objectReasons, refReasons } from '../../src/core/rejection.ts'

export type PushResult = {
  /** Whether git pushed all that it was asked to. */
  readonly accepted: boolean
  readonly exit: number | null
  /** By the remote ref's name: git's flag (`!` refused, `*` new, `-` deleted, `=` as it was) and its words. */
  readonly refs: ReadonlyMap<string, { readonly flag: string; readonly summary: string }>
  /** What the server said, without `remote: ` and without empty lines; progress lines one by one. */
  readonly remote: readonly string[]
  /** Reason codes among it, in order, each once. */
  readonly codes: readonly Reason[]
  /** All that git printed, for the message of an assertion. */
  readonly output: string
}

/** Real `git push` from the repository `from` to a path or URL. */
export function push(
  from: string,
  to: string,
  refspecs: readonly string[],
  {
    args = [],
    env = {},
  }: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<PushResult> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['push', '--porcelain', ...args, to, ...refspecs], {
      env: { ...process.env, ...env, GIT_DIR: from },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.on('error', reject)
    child.on('close', exit =>
      resolve(readPush(exit, Buffer.concat(out).toString(), Buffer.concat(err).toString())),
    )
  })
}

/** Reason codes in lines as the pusher sees them, in order, each once. */
export function codesIn(remote: readonly string[]): readonly Reason[] {
  const known: readonly Reason[] = [...objectReasons, ...identityReasons, ...refReasons]
  const found = remote.flatMap(line => {
    const word = /^error: +(?:[0-9a-f]{10} |.*?: )([a-z-]+)(?:: |$)/.exec(line)?.[1]
    return known.filter(code => code === word)
  })
  return [...new Set(found)]
}

/** Lines with stable names for what differs from run to run: `<COMMIT-A>`, `<KEY-A>`, `<PUSH>`, by first appearance. */
export function transcript(remote: readonly string[]): readonly string[] {
  const commits: string[] = []
  const keys: string[] = []
  const named = (kind: string, seen: string[], text: string) => {
    const index = seen.findIndex(name => name.startsWith(text) || text.startsWith(name))
    if (index < 0) return `<${kind}-${String.fromCharCode(64 + seen.push(text))}>`
    return `<${kind}-${String.fromCharCode(65 + index)}>`
  }
  return remote.map(line =>
    line
      .replace(/\bpush [0-9a-f]{12}\b/g, 'push <PUSH>')
      .replace(/\b(?:[0-9A-F]{64}|[0-9A-F]{40}|[0-9A-F]{16})\b/g, text => named('KEY', keys, text))
      .replace(/\b[0-9a-f]{10,64}\b/g, text => named('COMMIT', commits, text)),
  )
}

function readPush(exit: number | null, stdout: string, stderr: string): PushResult {
  const statuses = stdout.split('\n').flatMap(line => {
    const found = /^([ +\-*!=])\t[^\t]*:([^\t]*)\t(.*)$/.exec(line)
    return found === null
      ? []
      : [[found[2] ?? '', { flag: found[1] ?? '', summary: found[3] ?? '' }] as const]
  })
  const remote = stderr
    .split(/[\r\n]+/)
    .flatMap(line => (line.startsWith('remote:') ? [remoteLine(line)] : []))
    .filter(line => line !== '')
  return {
    accepted: exit === 0,
    exit,
    refs: new Map(statuses),
    remote,
    codes: codesIn(remote),
    output: stdout + stderr,
  }
}

/** git pads the lines of the other side, so that they cover what stood there before. */
function remoteLine(line: string): string {
  return line.replace(/^remote: ?/, '').trimEnd()
}
