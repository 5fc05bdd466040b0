import { Fault } from './fault.ts'
import type { Oid } from './oid.ts'

/** `none`: verify nothing. `all`: every new commit. `first-parent`: the ref's own first-parent chain. */
export type Mode = 'none' | 'all' | 'first-parent'

/** One `[protect "…"]` section. */
export type Protection = {
  /** A full ref name in which `*` stands for any run of characters, slashes too. */
  readonly pattern: string
  readonly mode: Mode
  /** Absolute paths of the files and folders that hold the signers' public keys. */
  readonly keys: readonly string[]
  /** Absolute paths of lists of OpenSSH keys that are trusted no more: the section's and those above all sections. */
  readonly revokedKeys: readonly string[]
  /** Commits whose history is taken on trust. */
  readonly trustRoots: readonly Oid[]
  readonly rewind: boolean
  readonly delete: boolean
  /** Whether the signing key must have the e-mail address of the committer, or of a tag's tagger. */
  readonly signerIsCommitter: boolean
  /** Absolute path of the file that says which keys are whose; null: whoever pushes may bring what others signed. */
  readonly signerIsPusher: string | null
}

/** What the admin configured, checked and complete. */
export type Policy = {
  readonly protections: readonly Protection[]
  /** How far in the future a signature may lie, in seconds. */
  readonly clockSkew: number
  /** Whether a key or configuration file that others may write is a fault (sshd_config, StrictModes). */
  readonly strictModes: boolean
  /** Absolute path of the decision log; null: `refwarden.jsonl` in the repository. */
  readonly log: string | null
  /** The program that is handed each line of the log on its stdin, and its arguments; empty: none. */
  readonly logCommand: readonly string[]
  /** Sync tag name with `{branch}` in it, such as `verified/{branch}`; null: no sync tag. */
  readonly syncTag: string | null
  /** Which key signs the sync tag: fingerprint or 16-digit key id, upper-case hex. */
  readonly signingKey: string | null
  readonly signingKeys: readonly string[]
  readonly recoveryKeys: readonly string[]
  /** Those above all sections. */
  readonly revokedKeys: readonly string[]
}

/** What is read to know whom to trust. */
export type KeySources = Pick<Protection, 'keys' | 'revokedKeys'>

/** The one section that rules `ref`, or null. Throws a Fault where two of equal weight claim it. */
export function protectionFor(policy: Policy, ref: string): Protection | null {
  const claims = policy.protections.filter(({ pattern }) => matchesPattern(pattern, ref))
  const weight = Math.max(...claims.map(({ pattern }) => patternWeight(pattern)))
  const [first, second] = claims.filter(({ pattern }) => patternWeight(pattern) === weight)
  if (first !== undefined && second !== undefined)
    throw new Fault(
      `${ref}: [protect "${first.pattern}"] and [protect "${second.pattern}"] match it equally`,
      'make one of the two patterns longer, or add a section with the exact name',
    )
  return first ?? null
}

/** Whether `ref` is what `pattern` names; `*` stands for any run of characters. Linear in both lengths. */
export function matchesPattern(pattern: string, ref: string): boolean {
  const [head = '', ...rest] = pattern.split('*')
  const tail = rest.pop()
  if (tail === undefined) return ref === pattern
  if (!ref.startsWith(head)) return false
  let at = head.length
  for (const part of rest) {
    const found = ref.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return ref.length - tail.length >= at && ref.endsWith(tail)
}

/** The refs that the configuration names, there or not. */
export function namedRefs({ protections }: Policy): readonly string[] {
  return protections.map(({ pattern }) => pattern).filter(pattern => !pattern.includes('*'))
}

/** The folders of refs in which all lies that patterns with a `*` protect. */
export function protectedFolders({ protections }: Policy): readonly string[] {
  const patterns = protections.filter(({ pattern, mode }) => mode !== 'none' && pattern.includes('*'))
  const folders = patterns.map(({ pattern }) => pattern.replace(/\/[^/]*\*.*$/su, ''))
  return [...new Set(folders)].filter(folder => !folders.some(other => folder.startsWith(`${other}/`)))
}

/** An exact name beats every pattern; of two patterns the one with more literal characters wins. */
function patternWeight(pattern: string): number {
  return pattern.includes('*') ? pattern.replaceAll('*', '').length : Number.POSITIVE_INFINITY
}
