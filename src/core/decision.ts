import type { Oid } from './oid.ts'
import { isAccepted, type RefVerdict } from './verdict.ts'

/**
 * The most that a line of the decision log takes, its line end with it, in bytes: less than what Fluent Bit (32 kB) and
 * journald (48 KiB) take for one line unless told otherwise, and little enough for one write.
 */
export const longestDecision = 30_000

/** One decision as one line of JSON, its line end with it. A text in it is cut at `longestText`. */
export function renderDecision(about: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(about, shortened)}\n`
}

/**
 * The same with what came of each ref. Where the line would be longer than `longestDecision`, refs are left out, the
 * accepted ones first; `refsOmitted` and `refusedOmitted`, which is part of it, count them.
 */
export function renderPushDecision(
  about: Readonly<Record<string, unknown>>,
  verdicts: readonly RefVerdict[],
): string {
  const counts = { refsOmitted: verdicts.length, refusedOmitted: verdicts.length, refs: [] }
  let room = longestDecision - sizeOf(renderDecision({ ...about, ...counts }))
  const kept = new Set<RefVerdict>()
  const refused = verdicts.filter(verdict => !isAccepted(verdict))
  for (const verdict of [...refused, ...verdicts.filter(isAccepted)]) {
    room -= sizeOf(`${JSON.stringify(loggedRef(verdict), shortened)},`)
    if (room < 0) break
    kept.add(verdict)
  }
  return renderDecision({
    ...about,
    refsOmitted: verdicts.length - kept.size,
    refusedOmitted: refused.filter(verdict => !kept.has(verdict)).length,
    refs: verdicts.filter(verdict => kept.has(verdict)).map(loggedRef),
  })
}

/** What stands in the log of a ref. */
export type LoggedRef = Pick<
  RefVerdict,
  'ref' | 'before' | 'after' | 'reason' | 'detail' | 'judged' | 'rejected' | 'signers'
> & {
  /** The first of the rejected. */
  readonly commits: readonly {
    readonly oid: Oid
    readonly code: string | null
    readonly key: string | null
  }[]
  readonly signersOmitted: number
}

function loggedRef(verdict: RefVerdict): LoggedRef {
  const { ref, before, after, reason, detail, judged, rejected, rejections, signers } = verdict
  const commits = rejections.map(({ oid, signature }) => ({
    oid,
    code: signature.ok ? null : signature.reason,
    key: signature.ok ? null : signature.key,
  }))
  return {
    ...{ ref, before, after, reason, detail, judged, rejected, commits },
    signers: signers.slice(0, mostSigners),
    signersOmitted: Math.max(0, signers.length - mostSigners),
  }
}

const mostSigners = 100

/** Characters. */
const longestText = 2000

/** A replacer for JSON.stringify. */
function shortened(_name: string, value: unknown): unknown {
  return typeof value === 'string' && value.length > longestText
    ? `${value.slice(0, longestText - 1)}…`
    : value
}

function sizeOf(text: string): number {
  return new TextEncoder().encode(text).length
}
