import { faultAt, refuseHidden, shown } from './policy-line.ts'

/** Fingerprints of keys by the name that the host gives to whoever pushes. */
export type Pushers = ReadonlyMap<string, ReadonlySet<string>>

/**
 * The file that `signer-is-pusher` names: `NAME = FINGERPRINT, FINGERPRINT` a line, blank lines and comments beside.
 * Names are compared letter by letter. Throws a Fault with file and line on anything else, a name twice too.
 */
export function parsePushers(file: string, text: string): Pushers {
  const pushers = new Map<string, ReadonlySet<string>>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const place = { file, line: index + 1 }
    if (/^[ \t]*([;#]|$)/.test(line)) continue
    refuseHidden(place, line)
    const [, name = '', value] = /^([^=]*)=(.*)$/.exec(line)?.map(part => part.trim()) ?? []
    if (name === '' || value === undefined)
      throw faultAt(place, `'${shown(line.trim())}' names no user and keys`, 'write NAME = FINGERPRINT')
    if (pushers.has(name)) throw faultAt(place, `'${shown(name)}' stands here twice`, 'keep one of the two')
    const parts = value.split(',').map(part => part.trim())
    const fingerprints = parts.map(part => fingerprintIn(part))
    const wrong = fingerprints.indexOf(null)
    if (wrong >= 0)
      throw faultAt(
        place,
        `'${shown(parts[wrong] ?? '')}' is not the fingerprint of a key`,
        'write its 40 or 64 hex digits without spaces, or SHA256:… for OpenSSH, a comma between two',
      )
    pushers.set(name, new Set(fingerprints.filter(found => found !== null)))
  }
  return pushers
}

function fingerprintIn(text: string): string | null {
  if (/^SHA256:[A-Za-z0-9+/]{43}$/.test(text)) return text
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/i.test(text) ? text.toUpperCase() : null
}
