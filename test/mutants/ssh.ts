import type { Mutant } from './mutant.ts'

/** Signatures by OpenSSH keys, certificates, and which lines of the key directory trust them. */
export const sshMutants: readonly Mutant[] = [
  {
    name: 'an SSH signature for something else than git',
    file: 'src/core/ssh-signature.ts',
    find: 'if (namespace !== gitNamespace)',
    replace: "if (namespace === '-')",
    tests: ['ssh-signature'],
  },
  {
    name: 'something in the reserved field, which nobody signs',
    file: 'src/core/ssh-signature.ts',
    find: 'if (!isWhole(wire) || reserved.length > 0)',
    replace: 'if (!isWhole(wire))',
    tests: ['ssh-signature'],
  },
  {
    name: 'bytes behind the last field of an SSH signature',
    file: 'src/core/ssh-wire.ts',
    find: 'return sound && at === bytes.length',
    replace: 'return sound && at <= bytes.length',
    tests: ['ssh-signature'],
  },
  {
    name: 'text behind an SSH signature',
    file: 'src/core/ssh-armor.ts',
    find: 'if (rest.length > 0) return unreadable',
    replace: 'if (rest.length > 1_000_000) return unreadable',
    tests: ['ssh-signature'],
  },
  {
    name: 'a security key that nobody touched',
    file: 'src/core/judge.ts',
    find: '  if (!token.touched) return {',
    replace: "  if (!token.touched && presence === 'verified') return {",
    tests: ['ssh-signature'],
  },
  {
    name: 'a certificate that nobody checks',
    file: 'src/facts.ts',
    find: 'return parts.length === 0 || (await isCertified(certificate)) ? parts : null',
    replace: 'return parts',
    tests: ['ssh-certificate'],
  },
  {
    name: 'a certificate for other principals',
    file: 'src/core/ssh-authority.ts',
    find: 'if (!principals.some(principal => matchesPatternList(principal, patterns)))',
    replace: 'if (principals.length > 1000)',
    tests: ['ssh-certificate'],
  },
  {
    name: 'a certificate with critical options that nobody knows',
    file: 'src/core/ssh-authority.ts',
    find: 'if (critical.some(option => option !== verifyRequired))',
    replace: 'if (critical.length > 1000)',
    tests: ['ssh-certificate'],
  },
  {
    name: 'a certificate for a host',
    file: 'src/core/ssh-authority.ts',
    find: 'if (!user) return',
    replace: 'if (!user && principals.length > 1000) return',
    tests: ['ssh-certificate'],
  },
  {
    name: 'a certificate that is over',
    file: 'src/core/ssh-authority.ts',
    find: 'validUntil: earlier(line.validUntil, until),',
    replace: 'validUntil: line.validUntil,',
    tests: ['ssh-certificate'],
  },
  {
    name: 'a signer’s own key makes certificates',
    file: 'src/core/ssh-authority.ts',
    find: '  if (certifies === null) return null\n',
    replace: '  if (certifies === null) return line\n',
    tests: ['ssh-certificate'],
  },
]
