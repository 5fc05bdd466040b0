import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { decodeArmor, encodeArmor, splitArmor } from '../../src/core/armor.ts'
import { armor, text } from '../support/packets.ts'
import { suite } from '../support/suite.ts'

const label = 'PGP SIGNATURE'
const data = Uint8Array.from({ length: 100 }, (_, index) => index)
const plain = armor(data)

const signature = suite('armor: a signature')

signature('its data comes out', () => {
  assert.equal(decodeArmor(text(plain), label), { kind: 'block', bytes: data })
})

signature('any bytes come out as they went in', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.boolean(), (bytes, crc) => {
      const decoded = decodeArmor(text(armor(bytes, { crc })), label)
      return decoded.kind === 'block' && Buffer.from(decoded.bytes).equals(bytes)
    }),
  )
  assert.ok(true)
})

const accepted: readonly (readonly [name: string, armored: string])[] = [
  ['no checksum', armor(data, { crc: false })],
  [
    'headers of any known form',
    armor(data, { headers: ['Version: GnuPG v1', 'Comment: a: b', 'Charset: UTF-8', 'Comment:'] }),
  ],
  ['a comment that is not ASCII', armor(data, { headers: ['Comment: schlüssel'] })],
  ['CRLF', armor(data, { newline: '\r\n' })],
  ['white space at the ends of lines', plain.replaceAll('\n', ' \t\n')],
  ['empty lines at the end', `${plain}\n\n \n`],
  ['no newline at the end', plain.trimEnd()],
  ['one long line', armor(data, { width: 4096 })],
]
for (const [name, armored] of accepted)
  signature(`accepted: ${name}`, () => {
    assert.equal(decodeArmor(text(armored), label), { kind: 'block', bytes: data })
  })

const refused: readonly (readonly [name: string, armored: string, detail: RegExp])[] = [
  ['nothing', '', /first line/],
  ['an empty line before it', `\n${plain}`, /first line/],
  ['another label', plain.replaceAll('SIGNATURE', 'MESSAGE'), /first line/],
  ['a label in lower case', plain.replace('BEGIN', 'Begin'), /first line/],
  ['four dashes', plain.slice(1), /first line/],
  ['an indented first line', ` ${plain}`, /first line/],
  ['text behind the first line', plain.replace('-----\n', '----- x\n'), /first line/],
  ['no empty line', plain.replace('\n\n', '\n'), /empty line/],
  ['a header without a colon', plain.replace('\n\n', '\nVersion 1\n\n'), /empty line/],
  ['a header without a name', plain.replace('\n\n', '\n: 1\n\n'), /empty line/],
  ['a header with a carriage return in it', plain.replace('\n\n', '\nComment: a\rb\n\n'), /empty line/],
  ['a header with an escape in it', plain.replace('\n\n', '\nComment: \u001b[2K\n\n'), /empty line/],
  ['an empty line in the data', plain.replace(/\n(?=[^\n]+\n=)/, '\n\n'), /not followed by/],
  ['a blank in the data', plain.replace('AAEC', 'AA EC'), /base64/],
  ['another alphabet', plain.replace('AAEC', 'AA_-'), /base64/],
  ['NUL in the data', plain.replace('AAEC', 'AA\0C'), /base64/],
  ['no padding', plain.replace('==\n=', '\n='), /base64/],
  ['too much padding', plain.replace('==\n=', '====\n='), /base64/],
  ['padding in the middle', plain.replace('AAEC', 'AA=='), /base64/],
  ['pad bits that are not zero', plain.replace('Yw==', 'Yx=='), /base64/],
  ['no data', `-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n`, /no data/],
  ['a wrong checksum', plain.replace(/\n=..../, '\n=AAAA'), /checksum/],
  ['a short checksum', plain.replace(/\n=..../, '\n=AAA'), /checksum/],
  ['two checksums', plain.replace(/\n(=....)/, '\n$1\n$1'), /not followed by/],
  ['no last line', plain.replace(/-----END.*\n/, ''), /not followed by/],
  ['another last line', plain.replace('END PGP SIGNATURE', 'END PGP MESSAGE'), /not followed by/],
  ['text behind it', `${plain}x`, /text follows/],
  ['another block behind it', `${plain}${plain}`, /text follows/],
  ['NUL behind it', `${plain}\0`, /text follows/],
]
for (const [name, armored, detail] of refused)
  signature(`refused: ${name}`, () => {
    assert.ok(name === 'nothing' || armored !== plain)
    const decoded = decodeArmor(text(armored), label)
    assert.is(decoded.kind, 'unreadable')
    if (decoded.kind === 'unreadable') assert.match(decoded.detail, detail)
  })

signature('no change of a few bytes makes it throw, or read other data', () => {
  const change = fc.tuple(
    fc.nat(plain.length),
    fc.constantFrom('', '\n', '=', '-', 'A', ' ', '\0', '\r', 'é'),
  )
  let read = 0
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), changes => {
      const armored = changes.reduce((made, [at, put]) => made.slice(0, at) + put + made.slice(at + 1), plain)
      const decoded = decodeArmor(text(armored), label)
      if (decoded.kind === 'block') read += 1
      // the checksum stands for the data: what is read is what was armored, or the checksum went with it
      return decoded.kind === 'unreadable' || !armored.includes('\n=') || data.length === decoded.bytes.length
    }),
    { numRuns: 3000 },
  )
  assert.ok(read > 0)
})

signature.run()

const keys = suite('armor: a key file')

const key = armor(data, { type: 'PUBLIC KEY BLOCK' })

function faultLine(file: string): number | null {
  const split = splitArmor(text(file))
  return split.kind === 'unreadable' ? split.line : null
}

keys('several blocks, with comments between them', () => {
  const other = armor(data.subarray(1), { type: 'PUBLIC KEY BLOCK', headers: ['Comment: second'] })
  assert.equal(splitArmor(text(`alice -- since 2020\n\n${key}pub  rsa4096\nbob\n${other}\nthe end\n`)), {
    kind: 'blocks',
    blocks: [data, data.subarray(1)],
    comments: ['alice -- since 2020', 'pub  rsa4096', 'bob', 'the end'],
  })
})

keys('what is encoded reads as it was, and has a checksum', () => {
  for (const length of [1, 2, 3, 47, 48, 49]) {
    const block = data.subarray(0, length)
    const encoded = encodeArmor(block, 'PGP PUBLIC KEY BLOCK')
    assert.is(encoded, armor(block, { type: 'PUBLIC KEY BLOCK' }))
    assert.equal(splitArmor(text(encoded)), { kind: 'blocks', blocks: [block], comments: [] })
  }
})

keys('the colon that GnuPG puts before a revocation certificate is a fault that says so', () => {
  const split = splitArmor(text(`${key}This is a revocation certificate\n:${key}`))
  assert.is(split.kind, 'unreadable')
  if (split.kind === 'unreadable') assert.match(split.detail, /remove the colon/)
})

const lookAlikes = [
  ' -----BEGIN PGP PUBLIC KEY BLOCK-----',
  '> -----BEGIN PGP PUBLIC KEY BLOCK-----',
  '- -----BEGIN PGP PUBLIC KEY BLOCK-----',
  '----BEGIN PGP PUBLIC KEY BLOCK----',
  '------BEGIN PGP PUBLIC KEY BLOCK------',
  '-----BEGIN PGP PUBLIC KEY BLOCK-----x',
  '-----Begin PGP Public Key Block-----',
  '-----BEGIN  PGP PUBLIC KEY BLOCK-----',
  '-----BEGIN PGP',
  'BEGIN PGP PUBLIC KEY BLOCK',
  '—–—BEGIN PGP PUBLIC KEY BLOCK—–—',
  '\ufeff-----BEGIN PGP PUBLIC KEY BLOCK-----',
  '-----END PGP PUBLIC KEY BLOCK-----',
  '-----BEGIN PGP SIGNATURE-----',
  '-----BEGIN PGP MESSAGE-----',
  '-----BEGIN PGP SIGNED MESSAGE-----',
  '-----BEGIN CERTIFICATE-----',
]
for (const line of lookAlikes)
  keys(`no comment, but a fault: ${JSON.stringify(line)}`, () => {
    assert.is(faultLine(`${key}${line}\n${key}`), key.split('\n').length)
  })

for (const kind of [
  'PGP PRIVATE KEY BLOCK',
  'PGP SECRET KEY BLOCK',
  'OPENSSH PRIVATE KEY',
  'RSA PRIVATE KEY',
])
  keys(`a secret key: ${kind}`, () => {
    const split = splitArmor(text(`${key}-----BEGIN ${kind}-----\n\nAAAA\n-----END ${kind}-----\n`))
    assert.is(split.kind, 'secret')
  })

keys('a damaged block is a fault, whatever stands beside it', () => {
  assert.is(faultLine(`${key}${key.replace('AAEC', 'AA*C')}`) !== null, true)
  assert.is(faultLine(`${key}${key.slice(0, 120)}`) !== null, true)
})

keys('text without a block is a fault', () => {
  assert.is(faultLine('../keys/alice.asc\n'), 1)
  assert.is(faultLine(''), 1)
})

keys('a line of any length ends in a fault, not in a wait', () => {
  assert.is(faultLine('BEGIN'.repeat(2_000_000)), 1)
})

keys.run()
