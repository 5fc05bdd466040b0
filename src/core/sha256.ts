/**
 * SHA-256 of `bytes` in lower-case hex. FIPS 180-4 §6.2. For the few hundred bytes of a configuration: loading
 * node:crypto takes a hook a thousand times as long.
 */
export function sha256(bytes: Uint8Array): string {
  const blocks = padded(bytes)
  const state = Uint32Array.from(initial)
  const schedule = new Uint32Array(64)
  for (let at = 0; at < blocks.byteLength; at += 64) {
    for (let t = 0; t < 16; t++) schedule[t] = blocks.getUint32(at + 4 * t)
    addBlock(state, schedule)
  }
  return Array.from(state, word => word.toString(16).padStart(8, '0')).join('')
}

/** §5.1.1: a one, zeros, the length in bits. */
function padded(bytes: Uint8Array): DataView {
  const blocks = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64)
  blocks.set(bytes)
  blocks[bytes.length] = 0x80
  const view = new DataView(blocks.buffer)
  view.setBigUint64(blocks.length - 8, 8n * BigInt(bytes.length))
  return view
}

/** §6.2.2. Elements out of range are of no consequence: all indices are below the lengths. */
function addBlock(state: Uint32Array, w: Uint32Array): void {
  for (let t = 16; t < 64; t++) {
    const [x, y] = [w[t - 15] ?? 0, w[t - 2] ?? 0]
    const small0 = rotated(x, 7) ^ rotated(x, 18) ^ (x >>> 3)
    const small1 = rotated(y, 17) ^ rotated(y, 19) ^ (y >>> 10)
    w[t] = small1 + (w[t - 7] ?? 0) + small0 + (w[t - 16] ?? 0)
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let t = 0; t < 64; t++) {
    const large1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
    const one = (h + large1 + ((e & f) ^ (~e & g)) + (constants[t] ?? 0) + (w[t] ?? 0)) | 0
    const large0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
    const two = (large0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0]
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) state[index] = (state[index] ?? 0) + word
}

function rotated(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by))
}

/** §4.2.2 and §5.3.3: the first 32 bits of the fractions of the cube roots, and square roots, of the first primes. */
const primes = Array.from({ length: 312 }, (_, number) => number).filter(
  number =>
    number > 1 && !Array.from({ length: 16 }, (_, d) => d + 2).some(d => d < number && number % d === 0),
)
const constants = Uint32Array.from(primes.slice(0, 64), prime => fraction(Math.cbrt(prime)))
const initial = Uint32Array.from(primes.slice(0, 8), prime => fraction(Math.sqrt(prime)))

function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32)
}
