import { Fault } from './fault.ts'
import type { SigningPart, TrustedKey } from './keyring.ts'
import type { Moment } from './self-signature.ts'

/**
 * Which part of `key` signs when `name` (fingerprint or key id, upper-case hex) is asked for: the subkey that it names,
 * or the newest that may sign where it names the primary key, as GnuPG chooses. Null where it names none; a Fault where
 * what it names cannot sign now.
 */
export function signingPart(key: TrustedKey, name: string, { now }: Moment): SigningPart | null {
  const isNamed = ({ fingerprint, keyId }: SigningPart) => fingerprint === name || keyId === name
  const named = key.parts.find(isNamed)
  if (named === undefined) return null
  const isPrimary = named.fingerprint === named.primary
  const candidates = isPrimary ? key.parts : [named]
  const fit = candidates
    .filter(part => whyUnfit(part, now) === null)
    .sort((one, other) => other.validFrom - one.validFrom)
  const [newest] = fit
  if (newest !== undefined) return newest
  throw new Fault(`signing-key: ${name} ${whyUnfit(named, now)}`, 'name another key, or renew this one')
}

function whyUnfit({ forSigning, revoked, validFrom, validUntil }: SigningPart, now: number): string | null {
  if (!forSigning) return 'is not for signing'
  if (revoked !== null) return 'is revoked'
  if (validFrom > now) return 'is not valid yet'
  return validUntil !== null && validUntil <= now ? 'has expired' : null
}
