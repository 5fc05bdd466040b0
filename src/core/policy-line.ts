import { Fault } from './fault.ts'
import { nearest } from './nearest.ts'

/** Where something was written; lines count from 1. */
export type Place = { readonly file: string; readonly line: number }

/** One `name = value` line, without its comment; neither name nor value is looked into yet. */
export type Setting = Place & { readonly name: string; readonly value: string }

/** What one line of a configuration file is. */
export type PolicyLine =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'section'; readonly pattern: string }
  | { readonly kind: 'setting'; readonly setting: Setting }

/** Blank, a comment, a `[protect "PATTERN"]` header or `name = value`. Throws a Fault on anything else. */
export function policyLine(place: Place, line: string): PolicyLine {
  refuseHidden(place, line, misleading)
  if (/^[ \t]*([;#]|$)/.test(line)) return { kind: 'nothing' }
  if (/^[ \t]*\[/.test(line)) return { kind: 'section', pattern: patternOf(place, line) }
  return { kind: 'setting', setting: settingOf(place, line) }
}

/** A Fault in the form `file:line: what`. */
export function faultAt({ file, line }: Place, what: string, remedy: string): Fault {
  return new Fault(`${file}:${line}: ${what}`, remedy)
}

/** `text` for a message, no longer than a line. */
export function shown(text: string): string {
  const characters = [...text]
  return characters.length > 60 ? `${characters.slice(0, 59).join('')}…` : text
}

/** Controls, line ends that only some readers see, and what turns the reading order round (CVE-2021-42574). */
const misleading = () => /(?!\t)[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u

/** All that is neither a visible character, a space nor a tab: fit for the text of a comment at most. */
const invisible = () => /(?![ \t])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Z}]/u

/** Throws a Fault for a character of `text` that cannot be seen for what it is. */
export function refuseHidden(place: Place, text: string, hidden: () => RegExp = invisible): void {
  if (/^[\t -~]*$/.test(text)) return // compiling the classes of Unicode takes longer than all the rest
  const [character] = hidden().exec(text) ?? []
  if (character === undefined) return
  const number = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  throw faultAt(place, `the character U+${number}`, 'remove it: it cannot be seen for what it is')
}

function patternOf(place: Place, line: string): string {
  refuseHidden(place, line, invisible)
  const form = /^[ \t]*\[([^"\]]*)(?:"([^"]*)")?(\])?[ \t]*(.*)$/u.exec(line)
  const [, name = '', pattern, close, after = ''] = form ?? []
  const [word = ''] = name.trim().split(/[ \t]/)
  const proper = `[protect "${shown(pattern ?? 'refs/heads/main')}"]`
  if (word !== 'protect')
    throw faultAt(
      place,
      word === '' ? 'a section without a name' : `unknown section '${shown(word)}'`,
      nearest(word, ['protect']) === null ? 'the only section is [protect "REF"]' : "did you mean 'protect'?",
    )
  if (close === undefined && (pattern === undefined || !after.endsWith(']')))
    throw faultAt(place, 'the section header is not closed', `write ${proper}`)
  if (pattern === undefined)
    throw faultAt(
      place,
      name.trim() === word
        ? '[protect] names no ref'
        : `'${shown(line.trim())}' has no double quotes around the ref`,
      `write ${proper}`,
    )
  if (after !== '')
    throw faultAt(
      place,
      `'${shown(after)}' after ${close === undefined ? 'the ref' : 'the section header'}`,
      `write ${proper}, and what follows on a line of its own`,
    )
  if (!/^\[protect[ \t]+"/.test(line))
    throw faultAt(
      place,
      `'${shown(line.trim())}' is not how a section begins`,
      `write ${proper} at the start of the line`,
    )
  const [unfit] = /[\]\\]/.exec(pattern) ?? []
  if (unfit !== undefined)
    throw faultAt(place, `${unfit} cannot stand in a section header`, `write * in the place of ${unfit}`)
  return pattern
}

function settingOf(place: Place, line: string): Setting {
  const equals = line.indexOf('=')
  refuseHidden(place, equals < 0 ? line : line.slice(0, equals), invisible)
  if (equals < 0)
    throw faultAt(
      place,
      `'${shown(line.trim())}' has no '='`,
      'write NAME = VALUE, or begin a comment with ;',
    )
  const name = line.slice(0, equals).trim()
  const rest = line.slice(equals + 1)
  const mark = rest.search(/[;#]/)
  const value = mark < 0 ? rest : rest.slice(0, mark)
  refuseHidden(place, value, invisible)
  if (name === '') throw faultAt(place, "no name before the '='", 'write NAME = VALUE')
  if (name.endsWith('[]'))
    throw faultAt(
      place,
      `'${shown(name)}' is not a setting`,
      'a list is one setting, its parts separated by commas',
    )
  if (mark >= 0 && !/[ \t]$/.test(value))
    throw faultAt(
      place,
      `${rest.charAt(mark)} in the value of '${shown(name)}'`,
      'put a space before a comment; a value cannot hold ; or #',
    )
  const [unfit] = /["'\\]/.exec(value) ?? []
  if (unfit !== undefined)
    throw faultAt(
      place,
      `${unfit} in the value of '${shown(name)}'`,
      'write values without quotes and backslashes',
    )
  return { ...place, name, value: value.trim() }
}
