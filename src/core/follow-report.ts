import type { Oid } from './oid.ts'
import { fitted } from './printable.ts'
import { shortRefName } from './ref-name.ts'
import type { RefReason } from './rejection.ts'
import type { ObjectVerdict, RefVerdict } from './verdict.ts'
import { words } from './words.ts'

/** What came of following one branch of an upstream. */
export type FollowOutcome = {
  readonly ref: string
  /** Where the branch stood, and where it stands; null: not there. */
  readonly before: Oid | null
  readonly after: Oid | null
  /** Where upstream has it; null: upstream has it no more. */
  readonly upstream: Oid | null
  /** New commits that were judged. */
  readonly judged: number
  /** Why the branch is not where upstream has it, or null. */
  readonly hold: Hold | null
}

/** The rule that holds the branch, or the commit that does: what upstream has behind it is not taken. */
export type Hold = {
  readonly reason: RefReason | 'deletion' | null
  readonly detail: string | null
  readonly commit: ObjectVerdict | null
  /** Commits that do not pass. */
  readonly rejected: number
}

/** What holds a branch by the verdict of a move to where upstream has it. The oldest rejected commit is the culprit. */
export function holdBy({ reason, detail, rejections, rejected }: RefVerdict): Hold {
  return { reason, detail, commit: reason === null ? (rejections.at(-1) ?? null) : null, rejected }
}

/** Lines for whoever runs it, in the hook's words: 72 columns, nothing raw. */
export function renderFollow({ ref, before, after, judged, hold }: FollowOutcome): readonly string[] {
  const name = fitted(shortRefName(ref), 40)
  const at = after === null ? 'not made' : after.slice(0, 12)
  if (hold === null)
    return [before === after ? `${name}: as upstream, ${at}` : `${name}: now ${at}, ${judged} verified`]
  const moved = before === after ? [] : [`${name}: now ${at}`]
  return [...moved, ...errors(`${name}: held, ${at}`), ...renderHold(name, hold)]
}

function renderHold(name: string, { reason, detail, commit, rejected }: Hold): readonly string[] {
  if (commit !== null && !commit.signature.ok) {
    const { oid, author, subject, signature } = commit
    return [
      ...errors(`  ${oid.slice(0, 10)} ${signature.reason}: ${words[signature.reason].what}`),
      ...(signature.key === null ? [] : errors(`    key ${signature.key}`)),
      ...(author === '' ? [] : errors(`    by ${author}`)),
      ...(subject === '' ? [] : errors(`    "${subject}"`)),
      ...(rejected > 1 ? errors(`  and ${rejected - 1} more`) : []),
      ...hints('what upstream has from there on is not taken'),
    ]
  }
  if (reason === null) return []
  return [
    ...errors(`  ${reason}: ${remarks[reason] ?? words[reason].what}`),
    ...(detail === null ? [] : errors(`    ${detail}`)),
    ...(reason === 'sync-tag-invalid' ? hints(`when you know why: refwarden trust ${name}`) : []),
  ]
}

/** Where upstream is the one that did it, not a pusher. */
const remarks: Partial<Record<RefReason, string>> = {
  rewind: 'upstream no longer has what is here',
  deletion: 'upstream has it no more',
}

function errors(text: string): readonly string[] {
  return [`error: ${fitted(text, 65)}`]
}

function hints(text: string): readonly string[] {
  return [`hint: ${fitted(text, 66)}`]
}
