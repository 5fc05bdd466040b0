import { isZero, type Oid, parseOid } from './oid.ts'
import type { Mode } from './policy.ts'
import { faultAt, type Setting, shown } from './policy-line.ts'
import { suggestion } from './policy-text.ts'
import { isRefName } from './ref-name.ts'

const modes: readonly Mode[] = ['none', 'all', 'first-parent']
const answers: Readonly<Record<string, boolean>> = {
  yes: true,
  no: false,
  true: true,
  false: false,
  on: true,
  off: false,
}
const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 }
const longestSkew = 24 * 3600

/** Each throws a Fault that names file and line where the value is not one. */

export function modeOf(setting: Setting): Mode {
  const mode = modes.find(known => known === setting.value)
  if (mode === undefined)
    throw faultAt(
      setting,
      `'${shown(setting.value)}' is not a valid verify-signatures-mode`,
      suggestion(setting.value, modes),
    )
  return mode
}

export function yesOrNo(setting: Setting): boolean {
  const answer = Object.hasOwn(answers, setting.value) ? answers[setting.value] : undefined
  if (answer === undefined)
    throw faultAt(
      setting,
      `${assigned(setting)} is neither yes nor no`,
      suggestion(setting.value, ['yes', 'no']),
    )
  return answer
}

/** Seconds. */
export function clockSkew(setting: Setting): number {
  const [, number, unit = 's'] = /^([0-9]{1,9})([smh])?$/.exec(setting.value) ?? []
  if (number === undefined)
    throw faultAt(
      setting,
      `${assigned(setting)} is not a time`,
      'write seconds, such as 300, or 300s, 5m, 1h',
    )
  const skew = Number(number) * (seconds[unit] ?? Number.POSITIVE_INFINITY)
  if (skew > longestSkew)
    throw faultAt(setting, `${assigned(setting)} is more than a day`, 'write 24h or less')
  return skew
}

export function path(setting: Setting): string {
  return absolute(setting, setting.value)
}

/** A program by its path or name, and its arguments, between spaces; nothing quotes. Empty: none. */
export function command(setting: Setting): readonly string[] {
  const [program = '', ...args] = setting.value.split(/[ \t]+/)
  if (program === '') return []
  if (program.startsWith('/') ? program.endsWith('/') : !/^[\w][\w.+-]*$/.test(program))
    throw faultAt(
      setting,
      `'${shown(program)}' in '${setting.name}' is neither an absolute path nor the name of a program`,
      'write the path from / on, or a name that is in the PATH of the hook',
    )
  return [program, ...args]
}

/** One path or several with commas between them. */
export function paths(setting: Setting): readonly string[] {
  return parts(setting).map(part => absolute(setting, part))
}

/** Full object names, of either format: one configuration may serve repositories of both. */
export function commits(setting: Setting): readonly Oid[] {
  return parts(setting).map(part => {
    const oid = parseOid(part.toLowerCase())
    if (oid === null)
      throw faultAt(
        setting,
        `'${shown(part)}' in '${setting.name}' is not a full object name`,
        'write all of its 40 or 64 digits, as git rev-parse prints them',
      )
    if (isZero(oid))
      throw faultAt(setting, `'${setting.name}' is the zero object name`, 'write the name of a commit')
    return oid
  })
}

/** A tag name with `{branch}` in it; null where the value is empty. */
export function syncTag(setting: Setting): string | null {
  const { value } = setting
  if (value === '') return null
  const [before = '', after, ...more] = value.split('{branch}')
  if (after === undefined || more.length > 0)
    throw faultAt(
      setting,
      `${assigned(setting)} does not hold {branch} once`,
      'write it where the name of the branch shall stand, such as verified/{branch}',
    )
  if (value.startsWith('refs/'))
    throw faultAt(
      setting,
      `${assigned(setting)} is a full ref name`,
      'write the tag name, without refs/tags/',
    )
  if (/[{}]/.test(before + after) || value.startsWith('-') || !isRefName(`refs/tags/${before}x${after}`))
    throw faultAt(
      setting,
      `${assigned(setting)} is not a valid tag name`,
      'see git-check-ref-format(1); {branch} is the only placeholder',
    )
  return value
}

/** Fingerprint or 16-digit key id, in upper case; or the fingerprint of an OpenSSH key, as it is. */
export function keyName(setting: Setting): string {
  if (/^SHA256:[A-Za-z0-9+/]{43}$/.test(setting.value)) return setting.value
  if (!/^([0-9a-f]{16}|[0-9a-f]{40}|[0-9a-f]{64})$/i.test(setting.value))
    throw faultAt(
      setting,
      `${assigned(setting)} is not the fingerprint of a key`,
      'write its 40 or 64 hex digits without spaces, its 16-digit long id, or SHA256:… of OpenSSH',
    )
  return setting.value.toUpperCase()
}

function parts(setting: Setting): readonly string[] {
  const found = setting.value.split(',').map(part => part.trim())
  if (found.includes(''))
    throw faultAt(setting, `an empty part in '${setting.name}'`, 'write one comma between two parts')
  return found
}

function absolute(setting: Setting, value: string): string {
  if (!value.startsWith('/'))
    throw faultAt(
      setting,
      `'${shown(value)}' in '${setting.name}' is not an absolute path`,
      'write the path from / on',
    )
  return value
}

function assigned({ name, value }: Setting): string {
  return `${name} = ${shown(value)}`
}
