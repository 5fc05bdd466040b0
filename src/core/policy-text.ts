import { Fault } from './fault.ts'
import { nearest } from './nearest.ts'
import { faultAt, type Place, policyLine, type Setting, shown } from './policy-line.ts'

/** Settings that stand above the first section. */
export const topNames = [
  'keys',
  'revoked-keys',
  'log',
  'log-command',
  'clock-skew',
  'strict-modes',
  'sync-tag',
  'signing-key',
  'signing-keys',
  'recovery-keys',
] as const

/** Settings of a `[protect "REF"]` section. */
export const sectionNames = [
  'mode',
  'keys',
  'revoked-keys',
  'trust-root',
  'rewind',
  'delete',
  'signer-is-committer',
  'signer-is-pusher',
] as const

export type Settings = ReadonlyMap<string, Setting>

/** One `[protect "PATTERN"]` header, with the settings below it. */
export type Section = Place & { readonly pattern: string; readonly settings: Settings }

/** A configuration file as written: no line of it is left out but comments. */
export type PolicyText = { readonly settings: Settings; readonly sections: ReadonlyMap<string, Section> }

/**
 * Takes `text` apart by a grammar that is narrower than any INI parser's: a line that two readers could take for
 * two things is no configuration. Throws a Fault at the first line that does not fit; `file` is for its message.
 */
export function checkPolicyText(file: string, text: string): PolicyText {
  if (text.startsWith('\ufeff'))
    throw faultAt({ file, line: 1 }, 'a byte order mark', 'save the file as UTF-8 without one')
  // A file that is just being rewritten, or was written to a full disk, must not stand for "verify nothing".
  if (/^[ \t\r\n]*$/.test(text))
    throw new Fault(`${file}: empty`, 'write the settings into it, or a comment if there shall be none')
  const settings = new Map<string, Setting>()
  const sections = new Map<string, Section>()
  let section: { pattern: string; settings: Map<string, Setting> } | null = null
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const place = { file, line: index + 1 }
    const found = policyLine(place, line)
    if (found.kind === 'section') {
      section = { pattern: found.pattern, settings: new Map() }
      addSection(sections, { ...place, ...section })
    } else if (found.kind === 'setting') {
      refuseUnknown(found.setting, section?.pattern ?? null)
      addSetting(section?.settings ?? settings, found.setting)
    }
  }
  return { settings, sections }
}

/** What a person most likely meant by `word`, or all the words that there are. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  return near === null ? `write one of ${known.join(', ')}` : `did you mean '${near}'?`
}

function addSection(sections: Map<string, Section>, section: Section): void {
  const twin = sections.get(section.pattern)
  if (twin !== undefined)
    throw faultAt(
      section,
      `[protect "${shown(section.pattern)}"] is already in line ${twin.line}`,
      'put the settings of both into one section',
    )
  sections.set(section.pattern, section)
}

function refuseUnknown(setting: Setting, pattern: string | null): void {
  const { name } = setting
  const known: readonly string[] = pattern === null ? topNames : sectionNames
  const elsewhere: readonly string[] = pattern === null ? sectionNames : topNames
  if (known.includes(name)) return
  if (!elsewhere.includes(name))
    throw faultAt(
      setting,
      `unknown setting '${shown(name)}'`,
      suggestion(
        name,
        nearest(name, known) === null && nearest(name, elsewhere) !== null ? elsewhere : known,
      ),
    )
  if (pattern === null)
    throw faultAt(setting, `'${name}' outside a section`, 'put it below a [protect "REF"] header')
  throw faultAt(
    setting,
    `'${name}' in [protect "${shown(pattern)}"]`,
    'put it above the first [protect "REF"] header',
  )
}

/** Where a repository switches off what the file before it has set. */
const mayBeEmpty: readonly string[] = ['sync-tag', 'log-command']

function addSetting(settings: Map<string, Setting>, setting: Setting): void {
  const { name, value } = setting
  const twin = settings.get(name)
  if (twin !== undefined)
    throw faultAt(
      setting,
      `'${name}' is already set in line ${twin.line}`,
      'keep one of the two; the parts of a list are separated by commas',
    )
  if (value === '' && !mayBeEmpty.includes(name))
    throw faultAt(setting, `'${name}' has no value`, 'write one, or remove the line')
  settings.set(name, setting)
}
