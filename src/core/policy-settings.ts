import type { KeySources, Policy, Protection } from './policy.ts'
import { faultAt, type Setting, shown } from './policy-line.ts'
import type { PolicyText, Section, Settings } from './policy-text.ts'
import {
  clockSkew,
  command,
  commits,
  keyName,
  modeOf,
  path,
  paths,
  syncTag,
  yesOrNo,
} from './policy-values.ts'
import { unfitPattern } from './ref-pattern.ts'

/**
 * What the files say together. A later one overrides an earlier one setting by setting: sections are the same where
 * their patterns are, letter by letter. Throws a Fault at the first value that is wrong, overridden or not.
 */
export function policyFrom(texts: readonly PolicyText[]): Policy {
  for (const text of texts) policyOf(text)
  const merged = texts.reduce(overridden, { settings: new Map(), sections: new Map() })
  const policy = policyOf(merged)
  const setting = merged.settings.get('sync-tag')
  if (setting !== undefined && policy.syncTag !== null && policy.signingKey === null)
    throw faultAt(
      setting,
      'sync-tag without signing-key',
      'name the key that signs it: signing-key = FINGERPRINT',
    )
  if (setting !== undefined && policy.syncTag !== null && policy.signingKeys.length === 0)
    throw faultAt(
      setting,
      'sync-tag without signing-keys',
      'name the file of the secret key: signing-keys = PATH',
    )
  for (const { pattern, mode, keys } of policy.protections) {
    const section = merged.sections.get(pattern)
    if (section !== undefined && mode !== 'none' && keys.length === 0)
      throw faultAt(
        section,
        `[protect "${shown(pattern)}"] has no keys`,
        'name the files or folders of the trusted keys: keys = PATH, here or above the first section',
      )
  }
  return policy
}

/** Whether this file asks for the check of who may write configuration and keys; null where it does not say. */
export function strictModesOf({ settings }: PolicyText): boolean | null {
  return given(settings, 'strict-modes', yesOrNo) ?? null
}

function overridden(base: PolicyText, next: PolicyText): PolicyText {
  const sections = new Map(base.sections)
  for (const [pattern, section] of next.sections) {
    const before = sections.get(pattern)
    sections.set(pattern, {
      ...section,
      settings: new Map([...(before?.settings ?? []), ...section.settings]),
    })
  }
  return { settings: new Map([...base.settings, ...next.settings]), sections }
}

function policyOf(text: PolicyText): Policy {
  const { settings } = text
  const keys = given(settings, 'keys', paths) ?? []
  const revokedKeys = given(settings, 'revoked-keys', paths) ?? []
  return {
    protections: [...text.sections.values()].map(section => protectionOf(section, { keys, revokedKeys })),
    clockSkew: given(settings, 'clock-skew', clockSkew) ?? 300,
    strictModes: strictModesOf(text) ?? true,
    log: given(settings, 'log', path) ?? null,
    logCommand: given(settings, 'log-command', command) ?? [],
    syncTag: given(settings, 'sync-tag', syncTag) ?? null,
    signingKey: given(settings, 'signing-key', keyName) ?? null,
    signingKeys: given(settings, 'signing-keys', paths) ?? [],
    recoveryKeys: given(settings, 'recovery-keys', paths) ?? [],
    revokedKeys,
  }
}

function protectionOf(section: Section, { keys, revokedKeys }: KeySources): Protection {
  const { pattern, settings } = section
  const unfit = unfitPattern(pattern)
  if (unfit !== null) throw faultAt(section, `'${shown(pattern)}' ${unfit.what}`, unfit.remedy)
  return {
    pattern,
    mode: given(settings, 'mode', modeOf) ?? 'all',
    keys: given(settings, 'keys', paths) ?? keys,
    // a revocation counts wherever it stands: one at the top cannot be forgotten by a section
    revokedKeys: [...revokedKeys, ...(given(settings, 'revoked-keys', paths) ?? [])],
    trustRoots: given(settings, 'trust-root', commits) ?? [],
    rewind: given(settings, 'rewind', yesOrNo) ?? false,
    delete: given(settings, 'delete', yesOrNo) ?? false,
    signerIsCommitter: given(settings, 'signer-is-committer', yesOrNo) ?? false,
    signerIsPusher: given(settings, 'signer-is-pusher', path) ?? null,
  }
}

function given<Value>(
  settings: Settings,
  name: string,
  parse: (setting: Setting) => Value,
): Value | undefined {
  const setting = settings.get(name)
  return setting === undefined ? undefined : parse(setting)
}
