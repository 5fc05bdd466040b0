/** Numbers that come out the same in every run: keys and histories of a benchmark are made of them, and nothing else. */
import { checkPrimeSync, createHash } from 'node:crypto'

/** As many octets as asked for, from SHA-256 over `words` and a counter. */
export function seededOctets(words: string, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, counter) =>
    createHash('sha256').update(`refwarden bench: ${words}: ${counter}`).digest(),
  )
  return Buffer.concat(blocks).subarray(0, length)
}

/** The first prime of so many bits from a seeded number on. Its two highest bits are set, as RSA wants its factors. */
export function seededPrime(words: string, bits: number): bigint {
  const octets = seededOctets(words, bits / 8)
  octets[0] = (octets[0] ?? 0) | 0xc0
  for (let candidate = bigintOf(octets) | 1n; ; candidate += 2n) {
    if ((candidate - 1n) % 65537n !== 0n && checkPrimeSync(candidate)) return candidate
  }
}

/** The number x with value · x = 1 modulo `modulus`, by Euclid's algorithm. */
export function inverse(value: bigint, modulus: bigint): bigint {
  let [rest, next] = [modulus, value % modulus]
  let [factor, nextFactor] = [0n, 1n]
  while (next !== 0n) {
    const quotient = rest / next
    ;[rest, next] = [next, rest - quotient * next]
    ;[factor, nextFactor] = [nextFactor, factor - quotient * nextFactor]
  }
  return ((factor % modulus) + modulus) % modulus
}

/** The big-endian number in these octets. */
export function bigintOf(octets: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(octets).toString('hex')}`)
}

/** The number, big-endian, in so many octets. */
export function octetsOf(value: bigint, length: number): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex')
}
