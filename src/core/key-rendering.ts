import { encodeArmor, splitArmor } from './armor.ts'
import { concatenated } from './bytes.ts'
import { type Component, collectKeys, type KeyPackets, tag } from './key-packets.ts'
import type { KeyFile } from './keyring.ts'

/**
 * A key file with these keys and lone revocations (bodies of their packets) and nothing else: in the form of `like`,
 * armored or binary, and with the comments that stand between its blocks, behind them: the first bytes of a file say what
 * it is, and a comment may begin with any.
 */
export function renderKeyFile(
  keys: readonly KeyPackets[],
  revocations: readonly Uint8Array[],
  like: KeyFile | null = null,
): Uint8Array {
  const blocks = [...revocations.map(body => packet(tag.signature, body)), ...keys.map(renderKey)]
  if (like !== null && isBinary(like)) return concatenated(blocks)
  const armor = like === null ? null : splitArmor(like.bytes)
  const comments = armor?.kind === 'blocks' ? armor.comments.map(line => `${line}\n`) : []
  const texts = [...blocks.map(block => encodeArmor(block, 'PGP PUBLIC KEY BLOCK')), ...comments]
  return Uint8Array.from(texts.join(''), character => character.charCodeAt(0))
}

/** The file with what `added` has beside it: copies of a key in one, no signature twice. */
export function mergedKeyFile(file: KeyFile, added: readonly KeyFile[]): Uint8Array {
  const { keys, revocations } = collectKeys([file, ...added])
  return renderKeyFile(keys, unique(revocations.map(({ body }) => body)), file)
}

/** RFC 9580 §10.1. */
function renderKey({ primary, userIds, attributes, subkeys }: KeyPackets): Uint8Array {
  return concatenated([
    component(tag.publicKey, primary),
    ...userIds.map(each => component(tag.userId, each)),
    ...attributes.map(each => component(tag.userAttribute, each)),
    ...subkeys.map(each => component(tag.publicSubkey, each)),
  ])
}

function component(type: number, { body, signatures }: Component): Uint8Array {
  return concatenated([packet(type, body), ...unique(signatures).map(each => packet(tag.signature, each))])
}

/** The new form of a header. RFC 9580 §4.2.1. */
function packet(type: number, body: Uint8Array): Uint8Array {
  const header = new Uint8Array(6)
  header[0] = 0xc0 | type
  header[1] = 0xff
  new DataView(header.buffer).setUint32(2, body.length)
  return concatenated([header, body])
}

function unique(all: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...new Map(all.map(bytes => [bytes.join(), bytes])).values()]
}

function isBinary({ bytes }: KeyFile): boolean {
  return ((bytes[0] ?? 0) & 0x80) !== 0
}
