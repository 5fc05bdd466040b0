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
  const { keyIds, fingerprints } = named(subpackets)
  const length = version === 4 ? 20 : 32
  if (!fingerprints.every(data => data[0] === version && data.length === length + 1)) return null
  if (!keyIds.every(data => data.length === 8)) return null
  const fingerprint = fingerprints[0] === undefined ? null : hex(fingerprints[0].subarray(1))
  const keyId =
    fingerprint === null ? (keyIds[0] === undefined ? null : hex(keyIds[0])) : keyIdOf(fingerprint, version)
  if (keyId === null) return null
  if (!fingerprints.every(data => hex(data.subarray(1)) === fingerprint)) return null
  return keyIds.every(data => hex(data) === keyId) ? { fingerprint, keyId } : null
}

function named(subpackets: readonly Subpacket[]) {
  const dataOf = (wanted: number) => subpackets.filter(({ type }) => type === wanted).map(({ data }) => data)
  return { keyIds: dataOf(issuerSubpackets.keyId), fingerprints: dataOf(issuerSubpackets.fingerprint) }
}

/** RFC 9580 §5.5.4: the last 64 bits of a version 4 fingerprint, the first 64 of a version 6 one. */
function keyIdOf(fingerprint: string, version: 4 | 6): string {
  return version === 4 ? fingerprint.slice(-16) : fingerprint.slice(0, 16)
}
