import { hex } from '../../src/core/packet.ts'
import { type SignatureLayout, subpacketBytes } from './signature-layout.ts'

/** Whether `next` is the same signature as `layout` and a strict reader can have no doubt of it. */
export function meansTheSame(layout: SignatureLayout, next: SignatureLayout): boolean {
  const signed = ({ version, type, keyAlgorithm, hashAlgorithm, hashed, salt, numbers }: SignatureLayout) =>
    JSON.stringify([
      [version, type, keyAlgorithm, hashAlgorithm],
      hashed.map(subpacket => hex(subpacketBytes(subpacket))).join(''),
      hex(salt),
      numbers instanceof Uint8Array
        ? hex(numbers)
        : numbers.map(({ octets }) => hex(octets).replace(/^(00)+/, '')),
    ])
  if (signed(layout) !== signed(next) || next.more.length > 0 || next.promised !== 0) return false
  const length = next.version === 4 ? 20 : 32
  const all = [...next.hashed, ...next.unhashed]
  const issuers = all.flatMap(({ type, data }) => {
    if (type === 33)
      return [
        data[0] === next.version && data.length === length + 1
          ? keyIdOf(hex(data.subarray(1)), next.version)
          : 'none',
      ]
    return type === 16 ? [hex(data)] : []
  })
  const fingerprints = all.filter(({ type }) => type === 33).map(({ data }) => hex(data))
  const isClear = new Set(issuers).size === 1 && new Set(fingerprints).size < 2
  return (
    isClear &&
    issuersOf(layout) === issuers[0] &&
    next.unhashed.every(({ critical, type }) => !critical || understood.has(type))
  )
}

function issuersOf({ version, hashed, unhashed }: SignatureLayout): string | undefined {
  const all = [...hashed, ...unhashed]
  const fingerprint = all.find(({ type }) => type === 33)
  if (fingerprint !== undefined) return keyIdOf(hex(fingerprint.data.subarray(1)), version)
  const keyId = all.find(({ type }) => type === 16)
  return keyId === undefined ? undefined : hex(keyId.data)
}

function keyIdOf(fingerprint: string, version: number): string {
  return version === 4 ? fingerprint.slice(-16) : fingerprint.slice(0, 16)
}

/** Creation time, expiry, issuer, signer's user id, issuer fingerprint. */
const understood: ReadonlySet<number> = new Set([2, 3, 16, 28, 33])
