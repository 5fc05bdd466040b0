import * as fc from 'fast-check'
import { armor, subpackets, unarmor } from '../support/packets.ts'
import { type Base, shownAs, verdictOf } from './base.ts'
import { type FuzzProperty, fuzzProperty } from './property.ts'
import { meansTheSame } from './same-signature.ts'
import { layoutOf, packetOf, type SignatureLayout, type Subpacket } from './signature-layout.ts'

/**
 * Signatures that are taken apart and put together another way: subpackets moved, doubled, left out, their lengths
 * written anew. Verified is exactly what has the same signed area and numbers, and nothing around them that is refused.
 */
export function signatureChanges(bases: readonly Base[]): FuzzProperty {
  const known = bases.flatMap(base => {
    const parts = partsOf(base)
    return parts === null ? [] : [shownAs(base.name, { base, ...parts })]
  })
  const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
  const area = fc.constantFrom('hashed' as const, 'unhashed' as const)
  const foreign = fc.constantFrom(
    ...known.flatMap(({ layout }) => [...layout.hashed, ...layout.unhashed]),
    ...additions,
  )
  const change: fc.Arbitrary<Change> = fc.oneof(
    fc.record({ kind: fc.constant('move' as const), from: area, at: place, to: area, before: place }),
    fc.record({ kind: fc.constant('double' as const), from: area, at: place, to: area, before: place }),
    fc.record({ kind: fc.constant('drop' as const), from: area, at: place }),
    fc.record({ kind: fc.constant('add' as const), to: area, before: place, subpacket: foreign }),
    fc.record({ kind: fc.constant('long' as const), from: area, at: place }),
    fc.record({ kind: fc.constant('critical' as const), from: area, at: place }),
    fc.record({
      kind: fc.constant('octet' as const),
      from: area,
      at: place,
      octet: fc.nat(255),
      before: place,
    }),
    fc.record({
      kind: fc.constant('header' as const),
      header: fc.constantFrom('old' as const, 'new' as const),
      lengthOctets: fc.constantFrom(0 as const, 1 as const, 2 as const, 4 as const, 5 as const),
    }),
    fc.record({ kind: fc.constant('prefix' as const), octet: fc.nat(255) }),
    fc.record({ kind: fc.constant('more' as const), octet: fc.nat(255) }),
    fc.record({ kind: fc.constant('promised' as const), octet: fc.integer({ min: -3, max: 3 }) }),
    fc.record({ kind: fc.constant('zeros' as const), at: place, octet: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant('number' as const), at: place, octet: fc.nat(255), before: place }),
    fc.record({
      kind: fc.constant('field' as const),
      field: fc.constantFrom('version', 'type', 'keyAlgorithm', 'hashAlgorithm'),
      octet: fc.nat(255),
    }),
  )
  const values = fc.tuple(
    fc.constantFrom(...known),
    fc.array(change, { minLength: 1, maxLength: 4 }),
    fc.boolean(),
  )
  return fuzzProperty(
    'a signature put together anew',
    values,
    async ([{ base, layout, before, after }, changes, crc]) => {
      const next = changes.reduce(changed, layout)
      const text = armor(packetOf(next), { crc })
      const folded = base.type === 'commit' ? text.trimEnd().replaceAll('\n', '\n ') : text
      const object = Buffer.concat([before, Buffer.from(folded), after])
      const { signature } = await verdictOf(base, object)
      const expected = meansTheSame(layout, next)
      if (signature.ok !== expected)
        throw new Error(
          `${base.name}: ${signature.ok ? 'verified' : signature.reason}, and it should ${expected ? '' : 'not '}be`,
        )
    },
  )
}

type Area = 'hashed' | 'unhashed'

type Change = {
  readonly kind:
    | 'move'
    | 'double'
    | 'drop'
    | 'add'
    | 'long'
    | 'critical'
    | 'octet'
    | 'header'
    | 'prefix'
    | 'more'
    | 'promised'
    | 'zeros'
    | 'number'
    | 'field'
  readonly from?: Area
  readonly to?: Area
  /** Places as parts of the whole. */
  readonly at?: number
  readonly before?: number
  readonly octet?: number
  readonly subpacket?: Subpacket
  readonly header?: 'old' | 'new'
  readonly lengthOctets?: SignatureLayout['lengthOctets']
  readonly field?: string
}

const additions: readonly Subpacket[] = [
  subpackets.created(1),
  subpackets.signatureExpires(1),
  subpackets.issuer('0123456789ABCDEF'),
  subpackets.issuerFingerprint(4, 'AB'.repeat(20)),
  subpackets.notation('a@example.org', 'b', true),
  subpackets.notation('a@example.org', 'b'),
  subpackets.unknown(true),
  subpackets.unknown(false),
  subpackets.embedded(Buffer.from('not a signature')),
].map(encoded => {
  const tag = encoded[1] ?? 0
  return { type: tag & 0x7f, critical: tag >= 0x80, lengthOctets: 1, data: encoded.subarray(2) }
})

/** The signature of `base` and the bytes around its armor; null where it is not in the usual form. */
function partsOf({ object }: Base): {
  readonly layout: SignatureLayout
  readonly before: Uint8Array
  readonly after: Uint8Array
} | null {
  const text = Buffer.from(object).toString('latin1')
  const start = text.lastIndexOf('-----BEGIN PGP SIGNATURE-----')
  const last = '-----END PGP SIGNATURE-----'
  const end = text.indexOf(last, start) + last.length
  const layout = layoutOf(unarmor(text.slice(start, end).replaceAll('\n ', '\n')))
  return layout === null ? null : { layout, before: object.subarray(0, start), after: object.subarray(end) }
}

function changed(layout: SignatureLayout, change: Change): SignatureLayout {
  const { kind, from = 'hashed', to = 'hashed', octet = 0 } = change
  const index = Math.floor((change.at ?? 0) * layout[from].length)
  const found = layout[from][index]
  const without = { ...layout, [from]: layout[from].toSpliced(index, 1) }
  const put = (into: SignatureLayout, subpacket: Subpacket): SignatureLayout => ({
    ...into,
    [to]: into[to].toSpliced(Math.floor((change.before ?? 0) * (into[to].length + 1)), 0, subpacket),
  })
  const replaced = (subpacket: Subpacket) => ({ ...layout, [from]: layout[from].with(index, subpacket) })
  if (kind === 'header')
    return { ...layout, header: change.header ?? 'new', lengthOctets: change.lengthOctets ?? 0 }
  if (kind === 'prefix') return { ...layout, prefix: Uint8Array.of(octet, 255 - octet) }
  if (kind === 'more') return { ...layout, more: Uint8Array.of(...layout.more, octet) }
  if (kind === 'promised') return { ...layout, promised: octet }
  if (kind === 'zeros' || kind === 'number') return withNumber(layout, change)
  if (kind === 'field') return { ...layout, [change.field ?? 'type']: octet }
  if (kind === 'add') return change.subpacket === undefined ? layout : put(layout, change.subpacket)
  if (found === undefined) return layout
  if (kind === 'move') return put(without, found)
  if (kind === 'double') return put(layout, found)
  if (kind === 'drop') return without
  if (kind === 'long') return replaced({ ...found, lengthOctets: 5 })
  if (kind === 'critical') return replaced({ ...found, critical: !found.critical })
  const data = Uint8Array.from(found.data)
  data[Math.floor((change.before ?? 0) * data.length)] = octet
  return replaced({ ...found, data })
}

function withNumber(
  layout: SignatureLayout,
  { kind, at = 0, octet = 0, before = 0 }: Change,
): SignatureLayout {
  const { numbers } = layout
  const set = (octets: Uint8Array) =>
    octets.map((value, place) => (place === Math.floor(before * octets.length) ? octet : value))
  if (numbers instanceof Uint8Array) return kind === 'zeros' ? layout : { ...layout, numbers: set(numbers) }
  const index = Math.floor(at * numbers.length)
  const number = numbers[index]
  if (number === undefined) return layout
  const octets = kind === 'zeros' ? Buffer.concat([Buffer.alloc(octet), number.octets]) : set(number.octets)
  return { ...layout, numbers: numbers.with(index, { bits: octets.length * 8, octets }) }
}
