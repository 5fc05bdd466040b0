import type { Fault } from './fault.ts'
import type { Finding, FindingCode, Signer } from './finding.ts'
import { describeState, ownerOf } from './key-list.ts'
import type { FilledKeySet, KeySet } from './key-sets.ts'
import { type KeyState, keyState, signsNow } from './key-state.ts'
import type { TrustedKey } from './keyring.ts'

/** A set of keys as it was read, or the fault that a push would meet in it. */
export type ReadKeySet = { readonly set: KeySet; readonly read: FilledKeySet | Fault }

/**
 * Who cannot sign, or soon no more. Of the keys that sign sync tags only that they expire: what else is wrong with them
 * is met when they are asked to sign. `now`: seconds since 1970.
 */
export function diagnoseKeys({ set, read }: ReadKeySet, now: number): readonly Finding[] {
  if (!('keys' in read))
    return set.signs === 'commits'
      ? [{ code: 'keys-broken', what: read.message, remedy: read.remedy ?? 'mend it' }]
      : []
  const findings = read.keys.flatMap(key => diagnoseKey(key, now))
  if (set.signs !== 'commits') return findings.filter(({ code }) => code === 'key-expiring')
  if (signersOf(read, now).length > 0) return findings
  return [
    {
      code: 'no-signer',
      what: `${set.paths.join(', ')}: none of the keys can sign now`,
      remedy: 'add the public key of somebody who may sign: refwarden keys add',
    },
    ...findings,
  ]
}

/** The keys that may sign now, each with its end. */
export function signersOf({ keys }: FilledKeySet, now: number): readonly Signer[] {
  return keys.flatMap(key => {
    const state = keyState(key, now)
    return signsNow(state) ? [{ fingerprint: key.fingerprint, until: state.until }] : []
  })
}

type Trouble = Exclude<KeyState['kind'], 'good'>

const codes: Readonly<Record<Trouble, FindingCode>> = {
  expiring: 'key-expiring',
  expired: 'key-expired',
  revoked: 'key-revoked',
  'not-yet': 'key-unusable',
  unusable: 'key-unusable',
}

const remedies: Readonly<Record<Trouble, string>> = {
  expiring: 'ask its owner for the extended key',
  expired: 'ask its owner for the extended key, or remove it',
  revoked: 'nothing: what it signs is refused by its name',
  'not-yet': 'see whose clock is wrong',
  unusable: 'ask its owner for another key, or remove it',
}

function diagnoseKey(key: TrustedKey, now: number): readonly Finding[] {
  const state = keyState(key, now)
  if (state.kind === 'good') return []
  const what = `${key.files.join(', ')}: ${key.fingerprint} (${ownerOf(key)}): ${describeState(state, now)}`
  return [{ code: codes[state.kind], what, remedy: remedies[state.kind] }]
}
