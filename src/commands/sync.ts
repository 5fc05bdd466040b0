import { renderDecision } from '../core/decision.ts'
import { Fault } from '../core/fault.ts'
import { type FollowOutcome, renderFollow } from '../core/follow-report.ts'
import { backoff } from '../core/interval.ts'
import type { Oid } from '../core/oid.ts'
import type { Policy } from '../core/policy.ts'
import { fitted } from '../core/printable.ts'
import { syncedBranches } from '../core/push.ts'
import { decisionsOf } from '../decisions.ts'
import { readPolicy } from '../edge/config.ts'
import { git } from '../edge/git.ts'
import { assertOwnRepository } from '../edge/owner.ts'
import { assertOnlyOwnerWrites } from '../edge/strict-modes.ts'
import { writeLines, writeOutput } from '../edge/terminal.ts'
import { pause, termination } from '../edge/termination.ts'
import { followBranch } from '../follow.ts'
import { readServerRefs } from '../server-refs.ts'
import { trustReader } from '../trust.ts'
import { fetchUpstream } from '../upstream.ts'

export type SyncOptions = {
  readonly config: string
  /** Absolute; a bare repository. */
  readonly gitDir: string
  readonly remote: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

type Exit = 0 | 1 | 2

/** Follows upstream once. Returns the exit code: 0 all branches are where upstream has them, 1 one is held, 2 fault. */
export async function sync(options: SyncOptions): Promise<Exit> {
  return (await round(options, null, new Map())).exit
}

/** Follows upstream again and again, `interval` milliseconds apart, until SIGTERM or SIGINT; these end it between steps. */
export async function watch(options: SyncOptions, interval: number): Promise<0> {
  const ended = termination()
  const said = new Map<string, string>()
  for (let failures = 0; !ended.aborted; ) {
    const { isFetched } = await round(options, ended, said)
    failures = isFetched ? 0 : failures + 1
    await pause(isFetched ? interval : backoff(failures, interval), ended)
  }
  return 0
}

/** `said`: what was told and logged last, of each branch and of fetching; it is not told twice. */
async function round(
  options: SyncOptions,
  ended: AbortSignal | null,
  said: Map<string, string>,
): Promise<{ readonly exit: Exit; readonly isFetched: boolean }> {
  const report = reporter(options, ended, said)
  const fetched = await report.attempt(fetching, () => fetchAll(options, ended, report))
  if (fetched === null) return { exit: 2, isFetched: false }
  const { policy, branches } = fetched
  const clock = { rule: 'now', now: Math.floor(options.now() / 1000), skew: policy.clockSkew } as const
  const { gitDir } = options
  const trustFor = trustReader({ gitDir, strictModes: policy.strictModes, clock, pusher: null })
  const tags = syncedBranches(policy, [...branches.keys()])
  let exit: Exit = 0
  for (const [branch, upstream] of branches) {
    if (ended?.aborted === true) break
    const outcome = await report.attempt(branch, async () => {
      if (upstream === null) return goneUpstream(gitDir, branch)
      const mirror = { gitDir, policy, clock, trustFor }
      return followBranch(mirror, { branch, tag: tags.get(branch) ?? '', upstream })
    })
    if (outcome === null || !(await report.outcome(outcome))) exit = 2
    else if (outcome.hold !== null && exit === 0) exit = 1
  }
  return { exit, isFetched: true }
}

const fetching = 'fetch'

type Fetched = { readonly policy: Policy; readonly branches: ReadonlyMap<string, Oid | null> }

async function fetchAll(
  { config, gitDir, remote, environment, now }: SyncOptions,
  cancel: AbortSignal | null,
  report: Reporter,
): Promise<Fetched> {
  const policy = readPolicy(config, gitDir, assertOnlyOwnerWrites)
  report.follow(policy)
  if (policy.syncTag === null)
    throw new Fault('sync-tag: not set', 'set it in the configuration: sync-tag = verified/{branch}')
  assertOwnRepository(gitDir)
  const { stdout } = await git(['rev-parse', '--is-bare-repository'], { gitDir })
  if (new TextDecoder().decode(stdout).trim() !== 'true')
    throw new Fault(`${gitDir}: not a bare repository`, 'sync moves branches: git clone --mirror URL')
  const isWanted = (branch: string) => syncedBranches(policy, [branch]).size > 0
  const upstream = { gitDir, remote, environment, cancel }
  const branches = await fetchUpstream(upstream, isWanted, Math.floor(now() / 1000))
  if (branches.size === 0)
    throw new Fault(`${remote}: it has no branch that a section protects`, 'add one: [protect "…"]')
  return { policy, branches }
}

async function goneUpstream(gitDir: string, branch: string): Promise<FollowOutcome> {
  const here = (await readServerRefs(gitDir, [])).get(branch)?.oid ?? null
  const hold = { reason: 'deletion', detail: null, commit: null, rejected: 0 } as const
  return { ref: branch, before: here, after: here, upstream: null, judged: 0, hold }
}

type Reporter = ReturnType<typeof reporter>

/** Tells the admin and the decision log. What cannot be logged is a fault, which is told all the same. */
function reporter(
  { gitDir, remote, now }: SyncOptions,
  ended: AbortSignal | null,
  said: Map<string, string>,
) {
  const decisions = decisionsOf(gitDir)
  const tell = async (lines: readonly string[], decision: Readonly<Record<string, unknown>>) => {
    const errors = lines.filter(line => /^(error|hint): /.test(line))
    writeOutput(lines.flatMap(line => (errors.includes(line) ? [] : [`${line}\n`])).join(''))
    writeLines(errors)
    const time = new Date(now()).toISOString()
    await decisions.record(renderDecision({ time, repo: gitDir, remote, ...decision }))
  }
  const fail = async (about: string, { message, remedy }: Fault) => {
    const lines = message.split('\n').map(line => `error: ${fitted(line, 400)}`)
    const hint = remedy === null ? [] : [`hint: ${fitted(remedy, 400)}`]
    if (!isNew(about, message)) return
    try {
      await tell([...lines, ...hint], { verdict: 'fault', fault: message, remedy })
    } catch {
      writeLines(['hint: it cannot write its log either'])
    }
  }
  const isNew = (about: string, what: string) => {
    const known = said.get(about) === what
    said.set(about, what)
    return !known
  }
  return {
    follow: decisions.follow,
    /** What `work` returns; null where it throws a fault, which is told, unless the end was asked for meanwhile. */
    async attempt<Result>(about: string, work: () => Promise<Result>): Promise<Result | null> {
      try {
        const result = await work()
        if (about === fetching) said.delete(about)
        return result
      } catch (error) {
        const fault =
          error instanceof Fault ? error : new Fault(`unforeseen: ${(error as Error)?.stack ?? error}`)
        if (ended?.aborted !== true) await fail(about, fault)
        return null
      }
    },
    /** False where it could not be logged. */
    async outcome(outcome: FollowOutcome): Promise<boolean> {
      const { ref, after, hold } = outcome
      try {
        if (isNew(ref, JSON.stringify([after, hold]))) await tell(renderFollow(outcome), logged(outcome))
        return true
      } catch (error) {
        await fail(ref, error instanceof Fault ? error : new Fault(String(error)))
        return false
      }
    },
  }
}

function logged({ ref, before, after, upstream, judged, hold }: FollowOutcome) {
  const { signature } = hold?.commit ?? {}
  return {
    verdict: hold === null ? 'followed' : 'held',
    ref,
    before,
    after,
    upstream,
    judged,
    reason: hold?.reason ?? (signature?.ok === false ? signature.reason : null),
    detail: hold?.detail ?? null,
    commit: hold?.commit?.oid ?? null,
    rejected: hold?.rejected ?? 0,
  }
}
