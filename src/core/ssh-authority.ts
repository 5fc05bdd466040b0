import type { SigningPart, SshAuthority } from './keyring.ts'
import { plainMailboxes } from './mailbox.ts'
import type { SshCertificate } from './ssh-certificate.ts'
import type { SshFingerprints } from './ssh-fingerprint.ts'
import { matchesPatternList } from './ssh-pattern.ts'

/**
 * The key of `certificate` as the authority of `line` lets it sign; null where that line makes nobody an authority. An
 * unfit one is made too, so that a signature by it can be named for what it is. As sshsig.c, check_allowed_keys_line,
 * and stricter: a critical option that is not known here, which says where and for what the key may be used, is
 * refused.
 */
export function certifiedPart(
  certificate: SshCertificate,
  line: SigningPart,
  { sha256, sha1 }: SshFingerprints,
): SigningPart | null {
  const certifies = line.ssh?.certifies ?? null
  if (certifies === null) return null
  const { key, from, until, critical } = certificate
  const unfit = whyUnfit(certificate, line, certifies)
  const revoked = line.revoked ?? (isRevoked(certificate, certifies, { sha256, sha1 }) ? forAllTime : null)
  return {
    fingerprint: sha256,
    keyId: sha256.slice(0, 16),
    primary: sha256,
    version: 0,
    algorithm: key.algorithm,
    spki: key.spki,
    bits: key.bits,
    validFrom: Math.max(line.validFrom, from),
    validUntil: earlier(line.validUntil, until),
    revoked,
    forSigning: unfit === null,
    mailboxes: plainMailboxes(
      certificate.principals.filter(name => matchesPatternList(name, certifies.principals)),
    ),
    ssh: {
      unfit,
      presence: critical.includes(verifyRequired) ? 'verified' : 'touch',
      application: key.application,
      certifies: null,
    },
  }
}

const forAllTime = { at: 0, forAllTime: true }

/** The one critical option that says something of signatures: a security key must ask for more than a touch. */
const verifyRequired = 'verify-required'

function whyUnfit(
  { user, principals, critical, signature }: SshCertificate,
  line: SigningPart,
  { principals: patterns }: SshAuthority,
): string | null {
  if (!user) return 'its certificate is for a host'
  if (critical.some(option => option !== verifyRequired)) return 'its certificate is for logins alone'
  if (!principals.some(principal => matchesPatternList(principal, patterns)))
    return 'its certificate is for other principals'
  if (signature.hash === 'sha1') return 'its certificate is signed over SHA-1'
  if (line.algorithm === 'rsa' && line.bits < 2048) return 'its authority has fewer than 2048 bits'
  return signature.token?.touched === false ? "its authority's security key was not touched" : null
}

/** A serial number of zero is none. OpenSSH, PROTOCOL.krl; krl.c, is_cert_revoked. */
function isRevoked(
  { serial, keyId }: SshCertificate,
  { revoked }: SshAuthority,
  { sha256, sha1 }: SshFingerprints,
): boolean {
  const digits = serial.toString(16).padStart(16, '0')
  return (
    revoked.keys.includes(sha256) ||
    revoked.keys.includes(sha1) ||
    revoked.keyIds.includes(keyId) ||
    (serial !== 0n && revoked.serials.some(([first, last]) => first <= digits && digits <= last))
  )
}

function earlier(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other)
}
