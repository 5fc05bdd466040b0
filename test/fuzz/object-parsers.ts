import * as fc from 'fast-check'
import { decodeArmor } from '../../src/core/armor.ts'
import { parseCommit } from '../../src/core/commit.ts'
import { parseSubpackets, readPacket } from '../../src/core/packet.ts'
import { parseSignature, parseSignaturePackets } from '../../src/core/signature.ts'
import { parseTag } from '../../src/core/tag.ts'
import { armor, unarmor } from '../support/packets.ts'
import { readVectors } from '../vectors/vector.ts'
import { fail } from './answer.ts'
import { nameOf } from './base.ts'
import { type FuzzProperty, fuzzProperty } from './property.ts'
import { scrambled } from './scrambled.ts'

/** What is read of a pushed object: whatever it holds there is an answer, and what is taken is taken whole. */
export function objectParsers(): readonly FuzzProperty[] {
  return [...objectProperties(), ...signatureProperties()]
}

const vectors = readVectors()

function objectProperties(): readonly FuzzProperty[] {
  const words = [
    'tree ',
    'parent ',
    'author ',
    'committer ',
    'gpgsig ',
    'gpgsig-sha256 ',
    'mergetag ',
    'encoding ',
  ]
  const tagWords = ['object ', 'type commit\n', 'tag ', 'tagger ', '-----BEGIN PGP SIGNATURE-----\n']
  const objects = scrambled(
    vectors.map(({ object }) => object),
    [...words, ...tagWords],
  )
  return [
    fuzzProperty('parseCommit takes every byte of what it takes', objects, bytes => {
      for (const format of ['sha1', 'sha256'] as const) {
        const commit = parseCommit(nameOf({ type: 'commit', format }, bytes), bytes, format)
        if ('reason' in commit) continue
        const payload = Buffer.concat(commit.payload)
        if (!Buffer.from(bytes).includes('gpgsig') && !payload.equals(bytes))
          fail('unsigned bytes are missing')
        for (const parent of commit.parents)
          if (!payload.includes(`\nparent ${parent}\n`)) fail('a parent that is not in the signed bytes')
        if (!payload.includes(commit.author.slice(0, 10)) && !commit.author.includes('\ufffd')) fail('author')
      }
    }),
    fuzzProperty('parseTag takes every byte of what it takes', objects, bytes => {
      for (const format of ['sha1', 'sha256'] as const) {
        const tag = parseTag(nameOf({ type: 'tag', format }, bytes), bytes, format)
        if ('reason' in tag) continue
        if (!Buffer.concat([...tag.payload, ...tag.signatures]).equals(bytes)) fail('bytes are missing')
        if (!Buffer.concat(tag.payload).includes(`\ntag ${tag.name}\n`))
          fail('a name that is not in the signed bytes')
      }
    }),
  ]
}

function signatureProperties(): readonly FuzzProperty[] {
  const texts = vectors.flatMap(({ object }) => {
    const text = Buffer.from(object).toString('latin1').replaceAll('\n ', '\n')
    const [found] = /-----BEGIN[\s\S]*?-----END[^\n]*\n?/.exec(text) ?? []
    return found === undefined ? [] : [found]
  })
  const label = 'PGP SIGNATURE'
  const words = [
    `-----BEGIN ${label}-----\n\n`,
    `-----END ${label}-----\n`,
    '=AAAA\n',
    'Comment: x\n',
    '-----',
    '==',
  ]
  const packets = scrambled(texts.map(text => unarmor(text)))
  const armored = fc.oneof(
    scrambled(
      texts.map(text => Buffer.from(text, 'latin1')),
      words,
    ),
    packets.map(bytes => Buffer.from(armor(bytes))),
    packets.map(bytes => Buffer.from(armor(bytes, { crc: false }))),
  )
  return [
    fuzzProperty('parseSignature and the armor below it', armored, text => {
      const block = decodeArmor(text, label)
      if (block.kind === 'block') {
        const again = decodeArmor(Buffer.from(armor(block.bytes)), label)
        if (again.kind !== 'block' || !Buffer.from(again.bytes).equals(block.bytes)) fail('armor')
      }
      const signature = parseSignature(text)
      if (signature.kind === 'document' && block.kind !== 'block') fail('a signature without an armor')
    }),
    fuzzProperty('parseSignaturePackets and the packets below it', packets, bytes => {
      const packet = readPacket(bytes)
      if (packet !== null && packet.body.length + packet.rest.length >= bytes.length)
        fail('a packet without a header')
      const subpackets = parseSubpackets(bytes) ?? []
      if (subpackets.reduce((sum, { data }) => sum + data.length + 2, 0) > bytes.length)
        fail('more than there is')
      const signature = parseSignaturePackets(bytes)
      if (signature.kind === 'document' && packet?.rest.length !== 0) fail('bytes behind the signature')
    }),
  ]
}
