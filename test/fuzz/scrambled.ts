import * as fc from 'fast-check'

/**
 * Bytes that are nearly one of `seeds`: parts of them taken out, doubled, moved, put together with parts of another,
 * whole lines too, single bits and bytes changed, words of `words` strewn in. What a parser trips over is rarely noise.
 */
export function scrambled(
  seeds: readonly Uint8Array[],
  words: readonly (string | Uint8Array)[] = [],
  longest = 64 * 1024,
): fc.Arbitrary<Uint8Array> {
  const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
  const seed = fc.constantFrom(...seeds)
  const strewn = fc.constantFrom(...words, '\n', '\n ', ' ', '\0', '\r\n').map(word => Buffer.from(word))
  const change = fc.oneof(
    fc.record({ kind: fc.constant('bit' as const), at: place, bit: fc.nat(7) }),
    fc.record({ kind: fc.constant('byte' as const), at: place, byte: fc.nat(255) }),
    fc.record({ kind: fc.constant('put' as const), at: place, bytes: fc.uint8Array({ maxLength: 8 }) }),
    fc.record({ kind: fc.constant('put' as const), at: place, bytes: strewn }),
    fc.record({ kind: fc.constant('take' as const), at: place, until: place }),
    fc.record({ kind: fc.constant('double' as const), at: place, until: place, to: place }),
    fc.record({ kind: fc.constant('graft' as const), at: place, until: place, to: place, of: seed }),
    fc.record({ kind: fc.constant('line' as const), at: place, to: place, copies: fc.nat(3) }),
    fc.record({ kind: fc.constant('cut' as const), at: place }),
  )
  const changes = fc.array(change, { minLength: 1, maxLength: 6 })
  return fc
    .oneof(
      { weight: 8, arbitrary: fc.tuple(seed, changes) },
      { weight: 1, arbitrary: fc.tuple(fc.uint8Array({ maxLength: 400 }), changes) },
    )
    .map(([start, all]) => all.reduce<Uint8Array>(changed, start).subarray(0, longest))
}

type Change = {
  readonly kind: 'bit' | 'byte' | 'put' | 'take' | 'double' | 'graft' | 'line' | 'cut'
  /** Places as parts of the whole: 0 is its beginning, 1 its end. */
  readonly at: number
  readonly until?: number
  readonly to?: number
  readonly bit?: number
  readonly byte?: number
  readonly bytes?: Uint8Array
  readonly of?: Uint8Array
  readonly copies?: number
}

function changed(before: Uint8Array, { kind, at: part, ...how }: Change): Uint8Array {
  const at = Math.floor(part * (before.length + 1))
  const to = Math.floor((how.to ?? 0) * (before.length + 1))
  const put = (bytes: Uint8Array, place: number) =>
    Buffer.concat([before.subarray(0, place), bytes, before.subarray(place)])
  switch (kind) {
    case 'bit':
      return before.map((byte, index) => (index === at ? byte ^ (1 << (how.bit ?? 0)) : byte))
    case 'byte':
      return before.map((byte, index) => (index === at ? (how.byte ?? 0) : byte))
    case 'put':
      return put(how.bytes ?? new Uint8Array(), at)
    case 'take':
      return Buffer.concat([before.subarray(0, at), before.subarray(endOf(before, at, how.until))])
    case 'double':
      return put(before.subarray(at, endOf(before, at, how.until)), to)
    case 'graft': {
      const other = how.of ?? before
      const start = Math.floor(part * (other.length + 1))
      return put(other.subarray(start, endOf(other, start, how.until)), to)
    }
    case 'line': {
      const start = before.lastIndexOf(0x0a, at - 1) + 1
      const end = before.indexOf(0x0a, at) + 1 || before.length
      const line = before.subarray(start, end)
      const rest = Buffer.concat([before.subarray(0, start), before.subarray(end)])
      const next = rest.indexOf(0x0a, Math.min(to, rest.length)) + 1
      const copies = Array.from({ length: how.copies ?? 0 }, () => line)
      return Buffer.concat([rest.subarray(0, next), ...copies, rest.subarray(next)])
    }
    case 'cut':
      return before.subarray(0, at)
  }
}

function endOf({ length }: Uint8Array, start: number, part = 0): number {
  return start + Math.floor(part * (length - start + 1))
}
