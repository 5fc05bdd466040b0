import { hex, type Subpacket } from './packet.ts'

/** Which key a signature says that it is by, upper-case hex. What proves the key is the arithmetic. */
export type Issuer = { readonly fingerprint: string | null; readonly keyId: string | null }

/** RFC 9580 §5.2.3.12 and §5.2.3.35. */
export const issuerSubpackets = { keyId: 16, fingerprint: 33 } as const

/**
 * A fingerprint where there is one, else a key id. Each may stand in either area, since the arithmetic proves the
 * key; but all that are there must name one key. Null where they do not, and where none is there.
 */
export function readIssuer(subpackets: readonly Subpacket[], version: 4 | 6): Issuer | null {
  const length = version === 4 ? 20 : 32
  let fingerprint: string | null = null
  let keyId: string | null = null
  for (const { type, data } of subpackets) {
    if (type === issuerSubpackets.fingerprint) {
      if (data[0] !== version || data.length !== length + 1) return null
      const named = hex(data.subarray(1))
      if (fingerprint !== null && named !== fingerprint) return null
      fingerprint = named
    } else if (type === issuerSubpackets.keyId) {
      const named = hex(data)
      if (data.length !== 8 || (keyId !== null && named !== keyId)) return null
      keyId = named
    }
  }
  if (fingerprint === null) return keyId === null ? null : { fingerprint, keyId }
  const named = keyIdOf(fingerprint, version)
  return keyId === null || keyId === named ? { fingerprint, keyId: named } : null
}

/** RFC 9580 §5.5.4: the last 64 bits of a version 4 fingerprint, the first 64 of a version 6 one. */
function keyIdOf(fingerprint: string, version: 4 | 6): string {
  return version === 4 ? fingerprint.slice(-16) : fingerprint.slice(0, 16)
}
