import { type Policy, protectionFor } from './policy.ts'
import { isReservedForSyncTags } from './sync-tag.ts'

/**
 * For a file system that takes `Main` and `main` for one name, as macOS has it: whether a push to a ref would move what is
 * protected under another spelling. `names` are all refs that there are and that are pushed. A loose ref is a file, and
 * git does not look how its name is spelled there. Spellings that some such file system tells apart count as one here.
 */
export function otherSpelling(policy: Policy, names: readonly string[]): (ref: string) => boolean {
  const spellings = new Map<string, Set<string>>()
  for (const name of names) spellings.set(folded(name), (spellings.get(folded(name)) ?? new Set()).add(name))
  const patterns = policy.protections.map(section => ({ ...section, pattern: folded(section.pattern) }))
  const insensitive = {
    ...policy,
    protections: patterns,
    syncTag: policy.syncTag === null ? null : folded(policy.syncTag),
  }
  return ref => {
    if (!isGuarded(insensitive, folded(ref))) return false
    return !isGuarded(policy, ref) || (spellings.get(folded(ref))?.size ?? 0) > 1
  }
}

function isGuarded(policy: Policy, ref: string): boolean {
  if (ref.startsWith('refs/replace/')) return true
  if (policy.syncTag !== null && isReservedForSyncTags(policy.syncTag, ref, [])) return true
  return (protectionFor(policy, ref)?.mode ?? 'none') !== 'none'
}

function folded(name: string): string {
  const plain = name.normalize('NFKD').replace(/[\p{Default_Ignorable_Code_Point}\p{Mn}]/gu, '')
  return plain.toUpperCase().toLowerCase().normalize('NFKD')
}
