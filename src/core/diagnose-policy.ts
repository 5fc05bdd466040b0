import { Fault } from './fault.ts'
import { type Finding, matchesNothing, type PatternMatch } from './finding.ts'
import { type Policy, protectionFor } from './policy.ts'
import { protectsAnything, type ServerRefs } from './push.ts'
import type { SyncTagState } from './sync-tag.ts'

/** What a policy makes of the refs of a repository. */
export type PolicyFacts = {
  readonly policy: Policy
  readonly refs: ServerRefs
  /** The full name of the branch that HEAD names, there or not; null: it names none. */
  readonly head: string | null
  /** What the sync tag of each protected branch says; empty where there is none to be. */
  readonly syncTags: ReadonlyMap<string, SyncTagState>
}

/** Which refs each section rules. A ref that two sections claim equally is ruled by none. */
export function matchPatterns({ policy, refs }: PolicyFacts): readonly PatternMatch[] {
  const ruled = [...refs.keys()].map(ref => [ref, ruler(policy, ref)] as const)
  return policy.protections.map(protection => ({
    pattern: protection.pattern,
    mode: protection.mode,
    refs: ruled.filter(([, found]) => found === protection).map(([ref]) => ref),
  }))
}

/** Refs that are not protected as the admin may believe, and branches that a broken sync tag locks. */
export function diagnosePolicy(facts: PolicyFacts): readonly Finding[] {
  const { policy } = facts
  if (!protectsAnything(policy))
    return [
      {
        code: 'nothing-protected',
        what: 'the configuration protects nothing: every push is accepted',
        remedy: 'add a section: [protect "refs/heads/main"]',
      },
    ]
  return [...ties(facts), ...unmatched(facts), ...head(facts), ...tags(facts)]
}

function ruler(policy: Policy, ref: string) {
  try {
    return protectionFor(policy, ref)
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}

function ties({ policy, refs, head }: PolicyFacts): readonly Finding[] {
  const names = new Set([...refs.keys(), ...(head === null ? [] : [head])])
  return [...names].flatMap(ref => {
    const found = ruler(policy, ref)
    if (!(found instanceof Fault)) return []
    return [{ code: 'patterns-tie', what: found.message, remedy: found.remedy ?? '' } as const]
  })
}

/** In a repository without any ref there is nothing yet that a pattern could match. */
function unmatched(facts: PolicyFacts): readonly Finding[] {
  if (facts.refs.size === 0) return []
  return matchPatterns(facts)
    .filter(({ mode, refs }) => mode !== 'none' && refs.length === 0)
    .map(({ pattern }) => ({
      code: 'pattern-matches-nothing',
      what: matchesNothing(pattern),
      remedy: 'compare it, letter by letter, with git for-each-ref',
    }))
}

function head({ policy, head }: PolicyFacts): readonly Finding[] {
  if (head === null || ruler(policy, head) !== null) return []
  return [
    {
      code: 'head-unprotected',
      what: `no section matches ${head}, the branch that clones begin with`,
      remedy: `add [protect "${head}"], with mode = none if that is meant`,
    },
  ]
}

function tags({ refs, syncTags }: PolicyFacts): readonly Finding[] {
  return [...syncTags].flatMap(([branch, tag]): readonly Finding[] => {
    const tip = refs.get(branch)?.oid ?? null
    const remedy = `refwarden trust ${branch}, in the repository`
    if (tag.kind === 'invalid')
      return [
        {
          code: 'sync-tag-locked',
          what: `${branch} is locked, its sync tag is invalid: ${tag.detail}`,
          remedy: `find out who touched it, then ${remedy}`,
        },
      ]
    if (tip === null) return []
    if (tag.kind === 'absent')
      return [
        {
          code: 'sync-tag-missing',
          what: `${branch} has no sync tag yet`,
          remedy: `the next push makes it; or ${remedy}`,
        },
      ]
    if (tag.commit === tip) return []
    return [
      {
        code: 'sync-tag-lags',
        what: `the sync tag of ${branch} is at ${tag.commit.slice(0, 12)}, the branch at ${tip.slice(0, 12)}`,
        remedy: 'the next push moves it; if it does not, see the log: was the hook off?',
      },
    ]
  })
}
