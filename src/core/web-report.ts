import { fitted } from './printable.ts'
import { shortRefName } from './ref-name.ts'
import type { Reason } from './rejection.ts'
import { isAccepted, type RefVerdict } from './verdict.ts'
import { words } from './words.ts'

/*
 * What somebody sees who merges or edits on a web page of GitLab: the lines with its mark and no others, whatever else a
 * hook prints. docs.gitlab.com, "Git server hooks", "Custom error messages".
 */

/** Each refused ref with its reasons; nothing for an accepted push. */
export function renderWebPush(refs: readonly RefVerdict[], id: string): readonly string[] {
  const refused = refs.filter(verdict => !isAccepted(verdict))
  if (refused.length === 0) return []
  const others = refused.length - refsShown
  return marked([
    ...refused.slice(0, refsShown).flatMap(renderRef),
    ...(others > 0 ? [`and ${others} more refs are refused`] : []),
    `refused by refwarden; push ${id} in its log`,
  ])
}

export function renderWebFault(id: string): readonly string[] {
  return marked([
    'the server cannot check commits: its refwarden set-up is broken',
    `ask the admin of the server about push ${id} in its log`,
  ])
}

const refsShown = 5

function renderRef({ ref, reason, rejections }: RefVerdict): readonly string[] {
  const reasons = new Set<Reason>(reason === null ? [] : [reason])
  for (const { signature } of rejections) if (!signature.ok) reasons.add(signature.reason)
  return [...reasons].map(each => `${fitted(shortRefName(ref), 40)}: ${each}: ${words[each].what}`)
}

function marked(lines: readonly string[]): readonly string[] {
  return lines.map(line => `GL-HOOK-ERR: ${line}`)
}
