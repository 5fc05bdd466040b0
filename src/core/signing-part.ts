import { Fault } from './fault.ts'
import type { SigningPart, TrustedKey } from './keyring.ts'
import { printable } from './printable.ts'
import type { Moment } from './self-signature.ts'

/** The part of `key` whose fingerprint or key id (upper-case hex) is `name`, or null. */
export function partNamed({ parts }: TrustedKey, name: string): SigningPart | null {
  return parts.find(({ fingerprint, keyId }) => fingerprint === name || keyId === name) ?? null
}

/** What `name` stands for: a subkey for itself alone, a primary key for all that it vouches for. */
export function partsMeant(key: TrustedKey, name: string): readonly SigningPart[] {
  const named = partNamed(key, name)
  if (named === null) return []
  return isPrimary(named) ? key.parts : [named]
}

/**
 * Which part of `key` signs when `name` is asked for: the subkey that it names; where it names the primary key, the
 * newest subkey that may sign, else the primary key itself, as GnuPG chooses. A Fault that names the file where what it
 * names cannot sign now.
 */
export function signingPart(key: TrustedKey, name: string, { now }: Moment): SigningPart {
  const meant = partsMeant(key, name)
  const [newest] = meant
    .filter(part => whyUnfit(part, now) === null)
    .sort(
      (one, other) => Number(isPrimary(one)) - Number(isPrimary(other)) || other.validFrom - one.validFrom,
    )
  if (newest !== undefined) return newest
  const named = partNamed(key, name)
  const why = key.unusable ?? (named === null ? 'is not in it' : whyUnfit(named, now))
  throw new Fault(
    `${key.files.map(printable).join(', ')}: signing-key ${name} ${why}`,
    'renew it and export it again, or let signing-key name another',
  )
}

/** For a file of `signing-keys` that is of no use. */
export function unfitSecret(
  path: string,
  what: string,
  remedy = 'export it again: gpg --armor --export-secret-keys KEY',
): Fault {
  return new Fault(`${printable(path)}: ${what}`, remedy)
}

function isPrimary({ fingerprint, primary }: SigningPart): boolean {
  return fingerprint === primary
}

function whyUnfit({ forSigning, revoked, validFrom, validUntil }: SigningPart, now: number): string | null {
  if (revoked !== null) return 'is revoked'
  if (validFrom > now) return 'is not valid yet'
  if (validUntil !== null && validUntil <= now) return 'has expired'
  return forSigning ? null : 'is not for signing'
}
