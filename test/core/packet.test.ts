import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import { hex, parseSubpackets, readNumber, readPacket } from '../../src/core/packet.ts'
import { bytes, packet, subpacket, text, uint16, uint32 } from '../support/packets.ts'
import { suite } from '../support/suite.ts'

const test = suite('packet')

function body(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => index & 0xff)
}

for (const header of ['new', 'new5', 'old'] as const)
  for (const size of [0, 1, 191, 192, 193, 8383, 8384, 70_000])
    test(`a packet of ${size} octets with a header of the form ${header}`, () => {
      const found = readPacket(bytes(packet(2, body(size), header), text('rest')))
      assert.is(found?.tag, 2)
      assert.ok(Buffer.from(found?.body ?? []).equals(body(size)))
      assert.is(Buffer.from(found?.rest ?? []).toString(), 'rest')
    })

test('short headers of the old form state their length in one octet or in two', () => {
  assert.is(readPacket(bytes(0x88, 3, text('abc')))?.body.length, 3)
  assert.is(readPacket(bytes(0x89, uint16(3), text('abc')))?.body.length, 3)
  assert.is(readPacket(bytes(0x88, 3, text('abcd')))?.rest.length, 1)
})

const none: readonly [what: string, given: Uint8Array][] = [
  ['nothing', bytes()],
  ['text', text('-----BEGIN')],
  ['a tag without a length', bytes(0xc2)],
  ['an old tag without a length', bytes(0x88)],
  ['an old length that is cut off', bytes(0x8a, 0, 0)],
  ['a two-octet length that is cut off', bytes(0xc2, 192)],
  ['a five-octet length that is cut off', bytes(0xc2, 255, 0, 0, 0)],
  ['a body that is cut off', bytes(0xc2, 4, text('abc'))],
  ['an old body that is cut off', bytes(0x88, 4, text('abc'))],
  ['a body of four gigabytes that is not there', bytes(0xc2, 255, uint32(0xffffffff), text('abc'))],
  ['an old one', bytes(0x8a, uint32(0xffffffff), text('abc'))],
  ['a partial length', packet(2, body(2000), 'partial')],
  ['a partial length of one octet', bytes(0xc2, 0xe0, 1, 1, 1)],
  ['no length at all', packet(2, body(20), 'indeterminate')],
]

for (const [what, given] of none) test(`${what} is no packet`, () => assert.is(readPacket(given), null))

test('a number is big-endian, and none where octets are missing', () => {
  assert.is(readNumber(bytes(1, 2, 3, 4), 0, 4), 0x01020304)
  assert.is(readNumber(bytes(255, 255, 255, 255), 0, 4), 0xffffffff)
  assert.is(readNumber(bytes(1, 2, 3, 4), 2, 2), 0x0304)
  assert.is(readNumber(bytes(1, 2, 3, 4), 1, 4), null)
  assert.is(readNumber(bytes(1, 2, 3, 4), 4, 1), null)
  assert.is(readNumber(bytes(1, 2, 3, 4), 99, 2), null)
})

test('hex is upper-case and keeps zeros', () => {
  assert.is(hex(bytes(0, 1, 0xab, 0xff)), '0001ABFF')
  assert.is(hex(bytes()), '')
})

test('subpackets keep their order, type, critical bit and data', () => {
  const area = bytes(subpacket(2, uint32(7), true), subpacket(16, body(8)), subpacket(100, body(0)))
  assert.equal(
    parseSubpackets(area)?.map(({ type, critical, data }) => [type, critical, data.length]),
    [
      [2, true, 4],
      [16, false, 8],
      [100, false, 0],
    ],
  )
  assert.equal(parseSubpackets(bytes()), [])
})

for (const size of [0, 190, 191, 192, 8382, 8383, 60_000])
  test(`a subpacket with ${size} octets of data`, () => {
    const [found, ...others] = parseSubpackets(subpacket(20, body(size))) ?? []
    assert.ok(Buffer.from(found?.data ?? [1]).equals(body(size)))
    assert.is(others.length, 0)
  })

test('a length may take more octets than it needs', () => {
  assert.is(parseSubpackets(bytes(255, uint32(3), 20, 1, 2))?.[0]?.data.length, 2)
})

const badAreas: readonly [what: string, area: Uint8Array][] = [
  ['a subpacket without a type', bytes(0)],
  ['one behind a good one', bytes(subpacket(2, uint32(7)), 0)],
  ['a length and nothing else', bytes(1)],
  ['data that is cut off', bytes(5, 2, 0, 0)],
  ['a two-octet length that is cut off', bytes(192)],
  ['a five-octet length that is cut off', bytes(255, 0, 0, 0)],
  ['four gigabytes', bytes(255, uint32(0xffffffff), 2)],
  ['an octet too many', bytes(subpacket(2, uint32(7)), 9)],
]

for (const [what, area] of badAreas)
  test(`${what}: no subpackets`, () => assert.is(parseSubpackets(area), null))

test('arbitrary bytes never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), given => {
      const found = readPacket(given)
      if (found !== null) assert.ok(found.body.length + found.rest.length < given.length)
      const subpackets = parseSubpackets(given)
      const sum = subpackets?.reduce((total, { data }) => total + data.length + 2, 0) ?? 0
      assert.ok(sum <= given.length)
    }),
    { numRuns: 5000 },
  )
})

test('what is written is read', () => {
  const entry = fc.record({
    type: fc.nat(127),
    critical: fc.boolean(),
    data: fc.uint8Array({ maxLength: 300 }),
  })
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 5 }), entries => {
      const area = bytes(...entries.map(({ type, critical, data }) => subpacket(type, data, critical)))
      const read = parseSubpackets(area)?.map(({ type, critical, data }) => [type, critical, hex(data)])
      assert.equal(
        read,
        entries.map(({ type, critical, data }) => [type, critical, hex(data)]),
      )
    }),
  )
})

test.run()
