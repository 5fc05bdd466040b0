import { isWeak } from './judge.ts'
import type { SigningPart, TrustedKey } from './keyring.ts'

/** What a key is good for at a moment, as its owner and the admin want to hear of it. */
export type KeyState = {
  readonly kind: 'good' | 'expiring' | 'expired' | 'revoked' | 'not-yet' | 'unusable'
  /** Seconds since 1970: from then on no part of it signs; null: never, or no part does. */
  readonly until: number | null
  /** Of an unusable one: why. */
  readonly why: string | null
}

/** Seconds before the end of a key from which on it is `expiring`. */
export const notice = 30 * 86400

/** The state of its best part: a key whose subkey has expired still signs with another. */
export function keyState({ parts, unusable }: TrustedKey, now: number): KeyState {
  const [first] = parts
    .map(part => partState(part, now))
    .sort((one, other) => rank(one) - rank(other) || end(other) - end(one))
  if (unusable !== null || first === undefined) return { kind: 'unusable', until: null, why: unusable }
  return first
}

/** The state of one part by itself; one that neither signs nor, as an authority of OpenSSH, lets others sign is `unusable`. */
export function partState(part: SigningPart, now: number): KeyState {
  const { revoked, forSigning, validFrom, validUntil, ssh } = part
  if (!forSigning && ssh?.certifies == null)
    return { kind: 'unusable', until: null, why: ssh?.unfit ?? 'not for signing' }
  if (isWeak(part)) return { kind: 'unusable', until: null, why: 'fewer than 2048 bits' }
  const kind =
    revoked !== null
      ? 'revoked'
      : validUntil !== null && validUntil <= now
        ? 'expired'
        : validFrom > now
          ? 'not-yet'
          : validUntil !== null && validUntil <= now + notice
            ? 'expiring'
            : 'good'
  return { kind, until: validUntil, why: null }
}

/** Whether a push that it signs now may pass. */
export function signsNow({ kind }: KeyState): boolean {
  return kind === 'good' || kind === 'expiring'
}

const order: readonly KeyState['kind'][] = ['good', 'expiring', 'not-yet', 'expired', 'revoked', 'unusable']

function rank({ kind }: KeyState): number {
  return order.indexOf(kind)
}

function end({ until }: KeyState): number {
  return until ?? Number.POSITIVE_INFINITY
}
