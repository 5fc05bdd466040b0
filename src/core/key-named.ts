import { Fault } from './fault.ts'
import type { SigningPart, TrustedKey } from './keyring.ts'
import { partsMeant } from './signing-part.ts'

/**
 * The keys that `name` may stand for: a fingerprint or 16-digit long id of theirs or of a subkey, spaces and `0x` left
 * out; else those with this text in a user id, in any case of its letters.
 */
export function keysNamed(keys: readonly TrustedKey[], name: string): readonly TrustedKey[] {
  const digits = digitsOf(name)
  const byId = keys.filter(key => namesOf(key).some(id => id === digits || id === name))
  if (byId.length > 0 || name.trim() === '') return byId
  const text = name.toLowerCase()
  return keys.filter(({ userIds }) => userIds.some(userId => userId.toLowerCase().includes(text)))
}

/** The only one that it stands for. Throws a Fault with `remedy` where there is none, and where there are several. */
export function keyNamed(keys: readonly TrustedKey[], name: string, remedy: string): TrustedKey {
  const found = new Map(keysNamed(keys, name).map(key => [key.fingerprint, key]))
  const [key, ...others] = found.values()
  if (key === undefined) throw new Fault(`${name}: no such key`, remedy)
  if (others.length === 0) return key
  throw new Fault(
    `${name}: ${found.size} keys may be meant: ${[...found.keys()].join(', ')}`,
    'write the fingerprint of one',
  )
}

/** The parts of `key` that `name` stands for: a subkey's name for itself alone, any other for all. */
export function partsNamed(key: TrustedKey, name: string): readonly SigningPart[] {
  const meant = partsMeant(key, digitsOf(name))
  return meant.length > 0 ? meant : key.parts
}

function digitsOf(name: string): string {
  return name.replace(/\s/g, '').replace(/^0x/i, '').toUpperCase()
}

/** An unusable key has no parts, so that its id is taken from its fingerprint: the last digits, or the first in version 6. */
function namesOf({ fingerprint, parts }: TrustedKey): readonly string[] {
  const own = fingerprint.length === 64 ? fingerprint.slice(0, 16) : fingerprint.slice(-16)
  return [fingerprint, own, ...parts.flatMap(part => [part.fingerprint, part.keyId])]
}
