import type { Fault } from './fault.ts'
import { describeState, ownerOf } from './key-list.ts'
import { type FilledKeySet, type KeySet, titleOf } from './key-sets.ts'
import { type KeyState, keyState, signsNow } from './key-state.ts'
import { printable } from './printable.ts'

/** What is to be said of a set of keys: a push would find a fault in it, or somebody cannot sign, or soon no more. */
export type KeyCheck = {
  readonly set: KeySet
  readonly fault: Fault | null
  readonly warnings: readonly KeyWarning[]
  readonly count: number
  /** How many of the keys may sign now. */
  readonly usable: number
}

export type KeyWarning = {
  /** Null where it is about the whole set. */
  readonly fingerprint: string | null
  readonly owner: string | null
  readonly files: readonly string[]
  readonly what: string
}

/** A revoked key is worth having and needs no warning: what it signs is refused by its name. */
const worthAWord: ReadonlySet<KeyState['kind']> = new Set(['expiring', 'expired', 'not-yet', 'unusable'])

export function checkKeySet(set: FilledKeySet, now: number): KeyCheck {
  const states = set.keys.map(key => ({ key, state: keyState(key, now) }))
  const usable = states.filter(({ state }) => signsNow(state)).length
  const nobody = { fingerprint: null, owner: null, files: set.paths, what: 'none of the keys can sign now' }
  const warnings = states
    .filter(({ state }) => worthAWord.has(state.kind))
    .map(({ key, state }) => ({
      fingerprint: key.fingerprint,
      owner: ownerOf(key),
      files: key.files,
      what: describeState(state, now),
    }))
  return {
    set,
    fault: null,
    warnings: usable === 0 ? [nobody, ...warnings] : warnings,
    count: set.keys.length,
    usable,
  }
}

/** Where reading the set ended in a fault. */
export function faultyKeySet(set: KeySet, fault: Fault): KeyCheck {
  return { set, fault, warnings: [], count: 0, usable: 0 }
}

/** 2 where a push would find a fault, 1 where somebody is to be warned, else 0. */
export function exitOf(checks: readonly KeyCheck[]): 0 | 1 | 2 {
  if (checks.some(({ fault }) => fault !== null)) return 2
  return checks.some(({ warnings }) => warnings.length > 0) ? 1 : 0
}

/** Each fault and each warning in a line, and a line for each set. */
export function renderKeyChecks(checks: readonly KeyCheck[]): readonly string[] {
  return checks.flatMap(({ set, fault, warnings, count, usable }) => {
    const title = printable([titleOf(set), set.paths.join(', ')].filter(text => text !== '').join(': '))
    if (fault !== null)
      return [
        `${title}: fault`,
        ...fault.message.split('\n').map(line => `  error: ${printable(line)}`),
        ...(fault.remedy === null ? [] : [`  hint: ${printable(fault.remedy)}`]),
      ]
    return [
      `${title}: ${count} ${count === 1 ? 'key' : 'keys'}, ${usable} can sign`,
      ...warnings.map(warning),
    ]
  })
}

/** One JSON object a set. */
export function renderKeyChecksJson(checks: readonly KeyCheck[]): readonly string[] {
  return checks.map(({ set: { signs, refs, paths }, fault, warnings, count, usable }) =>
    JSON.stringify({
      signs,
      refs,
      paths,
      keys: count,
      usable,
      fault: fault === null ? null : { message: fault.message, remedy: fault.remedy },
      warnings,
    }),
  )
}

function warning({ fingerprint, owner, files, what }: KeyWarning): string {
  const who = fingerprint === null ? '' : `${fingerprint} (${owner}) in ${files.join(', ')}: `
  return printable(`  warning: ${who}${what}`)
}
