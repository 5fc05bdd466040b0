import type { SignatureVerdict } from './judge.ts'
import { columnsOf, fitted, printable } from './printable.ts'
import { shortRefName } from './ref-name.ts'
import type { Reason } from './rejection.ts'
import { isAccepted, type ObjectVerdict, type RefVerdict } from './verdict.ts'
import { resign, retag, words } from './words.ts'

/*
 * What a pusher sees. Every line begins with `error:` or `hint:`, which git colours, takes at most 72 columns, so
 * that `remote: ` fits before it on a terminal of 80, and holds no byte of the pusher's that is not printable.
 */

const columns = 72

/** All refused refs of a push with all that is wrong with them; nothing for an accepted push. */
export function renderPush(refs: readonly RefVerdict[], id: string): readonly string[] {
  const refused = refs.filter(verdict => !isAccepted(verdict))
  if (refused.length === 0) return []
  const shown = refused.slice(0, refsInFull)
  const others = refused.length - shown.length
  return [
    ...shown.flatMap(renderRef),
    ...(others > 0 ? errors(`and ${others} more refs are refused`) : []),
    ...hints(`nothing was changed on the server; push ${id} in its log`),
  ]
}

/** For a fault: whom to ask. What is wrong stands in the admin's log. */
export function renderFault(id: string): readonly string[] {
  return [
    'error: the server cannot check pushes: its refwarden set-up is broken',
    ...hints(`ask the admin of the server about push ${id} in its log`),
  ]
}

/** The push stands, but its mark does not follow: one line, the detail is in the log. */
export function renderSyncFailure(id: string): readonly string[] {
  return errors(`pushed; the sync tag was not moved, tell the admin: ${id}`)
}

const refsInFull = 20

function renderRef(verdict: RefVerdict): readonly string[] {
  const { ref, reason, rejected, judged, rejections } = verdict
  const name = fitted(shortRefName(ref), 40)
  const reasons = [...(reason === null ? [] : [reason]), ...rejections.map(rejectionOf)]
  return [
    ...(reason === null ? [] : labelled(`${name}: ${reason}`, words[reason].what, '  ')),
    ...(rejected === 0 ? [] : errors(`${name}: ${rejected} of ${judged} ${nounFor(ref, judged)} refused`)),
    ...rejections.flatMap(renderRejection),
    ...(rejected > rejections.length ? errors(`  and ${rejected - rejections.length} more`) : []),
    ...[...new Set(reasons)].flatMap(each => renderMend(each, verdict)),
    ...renderFit(verdict),
  ]
}

function nounFor(ref: string, count: number): string {
  const noun = ref.startsWith('refs/tags/') ? 'tag' : 'commit'
  return count === 1 ? noun : `${noun}s`
}

function renderRejection({ oid, author, subject, signature }: ObjectVerdict): readonly string[] {
  if (signature.ok) return []
  const { reason, key, detail } = signature
  return [
    ...labelled(`  ${oid.slice(0, 10)} ${reason}`, detail ?? words[reason].what, '    '),
    ...(key === null ? [] : errors(`    key ${key}`)),
    ...(author === '' ? [] : errors(`    by ${author}`)),
    ...(subject === '' ? [] : errors(`    "${fitted(subject, columns - 13)}"`)),
  ]
}

function rejectionOf({ signature }: { readonly signature: SignatureVerdict }): Reason {
  return signature.ok ? 'unsigned' : signature.reason
}

function renderMend(reason: Reason, { ref, onto }: RefVerdict): readonly string[] {
  const [first = '', ...rest] = words[reason].mend.map(line =>
    (line === resign && ref.startsWith('refs/tags/') ? retag : line)
      .replace('ONTO', onto === null ? '--root' : onto.slice(0, 12))
      .replace('REF', () => fitted(shortRefName(ref), 20)),
  )
  return [...hints(`${reason}: ${first}`), ...rest.flatMap(line => hints(`  ${line}`))]
}

/** The exact command for the last revision that would pass; the name is shortened where the line would break. */
function renderFit({ ref, lastFit, reason, rejected }: RefVerdict): readonly string[] {
  if (reason !== null || rejected === 0 || ref.startsWith('refs/tags/')) return []
  if (lastFit === null) return hints('none of the new commits is fit to push as it is')
  const commands = [lastFit.length, 20, 12].map(digits => fitCommand(lastFit.slice(0, digits), ref))
  const command = commands.find(text => text !== null && columnsOf(text) <= columns - 8)
  const said = hints('the last revision that is fit to push:')
  return [...said, ...hints(`  ${command ?? lastFit}`)]
}

/** Null where the ref's name cannot be typed as it is shown. A ref name may hold shell syntax. */
function fitCommand(revision: string, ref: string): string | null {
  const name = shortRefName(ref)
  if (printable(name) !== name) return null
  const target = `${revision}:${name}`
  return `git push origin ${/^[\w./:@%+-]+$/.test(target) ? target : `'${target.replaceAll("'", "'\\''")}'`}`
}

/** On one line where both fit, else on two. */
function labelled(label: string, text: string, indent: string): readonly string[] {
  const line = `${label}: ${text}`
  return columnsOf(printable(line)) <= columns - 7
    ? errors(line)
    : [...errors(label), ...errors(`${indent}${text}`)]
}

function errors(text: string): readonly string[] {
  return [`error: ${fitted(text, columns - 7)}`]
}

function hints(text: string): readonly string[] {
  return [`hint: ${fitted(text, columns - 6)}`]
}
