import { type Policy, protectionFor } from './policy.ts'
import { checkPolicyText } from './policy-text.ts'
import { isRefName } from './ref-name.ts'

/** A ref with which a push can show that `policy` is enforced, or null where it protects nothing. */
export function proofRef(policy: Policy): string | null {
  const samples = policy.protections.map(({ pattern }) => pattern.replaceAll('*', 'refwarden-proof'))
  const held = samples.filter(
    ref => isRefName(ref) && (protectionFor(policy, ref)?.mode ?? 'none') !== 'none',
  )
  const places = ['refs/heads/', 'refs/tags/', 'refs/']
  return places.flatMap(place => held.filter(ref => ref.startsWith(place)))[0] ?? null
}

/**
 * The text of a repository's own configuration for its throw-away double: the same, but for the log. A line of the
 * proof in the real one could leave it to an account that the hook does not run as, and would count as a push.
 */
export function proofConfig(file: string, text: string | null, log: string): string {
  const own = [`log = ${log}`, 'log-command =']
  if (text === null) return `${own.join('\n')}\n`
  const { settings } = checkPolicyText(file, text)
  const written = ['log', 'log-command'].map(name => settings.get(name)?.line)
  const rest = text.split('\n').filter((_, index) => !written.includes(index + 1))
  return [...own, ...rest].join('\n')
}

/** What the hook decided, by the last line of its log, about a push that nobody signed. */
export type Proof =
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'fault'; readonly fault: string; readonly remedy: string | null }
  | { readonly kind: 'open' }

/** `open`: the log does not say that the push was refused for want of a signature. */
export function proofOf(log: string): Proof {
  const decision = parsed(log.trimEnd().split('\n').at(-1) ?? '')
  if (decision.verdict === 'fault' && typeof decision.fault === 'string')
    return { kind: 'fault', fault: decision.fault, remedy: decision.remedy ?? null }
  const codes = (decision.refs ?? []).flatMap(({ reason, commits }) => [
    reason,
    ...commits.map(({ code }) => code),
  ])
  const code = codes.find(code => code === 'unsigned' || code === 'unsigned-tag')
  return decision.verdict === 'rejected' && typeof code === 'string'
    ? { kind: 'refused', code }
    : { kind: 'open' }
}

type Decision = {
  readonly verdict?: string
  readonly fault?: string
  readonly remedy?: string | null
  readonly refs?: readonly {
    readonly reason: string | null
    readonly commits: readonly { readonly code: string | null }[]
  }[]
}

function parsed(line: string): Decision {
  try {
    return JSON.parse(line) as Decision
  } catch {
    return {}
  }
}
