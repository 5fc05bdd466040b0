import type { Policy, Protection } from '../../src/core/policy.ts'

/** A section for `pattern` with every setting as it is where none is made. */
export function protection(pattern: string, changes: Partial<Protection>): Protection {
  return {
    pattern,
    mode: 'all',
    keys: [],
    revokedKeys: [],
    trustRoots: [],
    rewind: false,
    delete: false,
    signerIsCommitter: false,
    signerIsPusher: null,
    ...changes,
  }
}

/** A configuration of these sections and nothing else. */
export function policyOf(...protections: readonly Protection[]): Policy {
  return {
    protections,
    clockSkew: 300,
    strictModes: true,
    log: null,
    logCommand: [],
    syncTag: null,
    signingKey: null,
    signingKeys: [],
    recoveryKeys: [],
    revokedKeys: [],
  }
}
