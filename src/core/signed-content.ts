import { concatenated } from './bytes.ts'
import type { KeyMaterial } from './certificate.ts'

/** What a signature over `key` hashes, and what its fingerprint is the hash of. RFC 9580 §5.2.4, §5.5.4. */
export function contentOfKey({ version, body }: Pick<KeyMaterial, 'version' | 'body'>): Uint8Array {
  const head = new Uint8Array(version > 4 ? 5 : 3)
  const view = new DataView(head.buffer)
  head[0] = 0x95 + version
  if (version > 4) view.setUint32(1, body.length)
  else view.setUint16(1, body.length)
  return concatenated([head, body])
}

/** What the hash of a signature is over: `content`, then the signed part of the signature itself. RFC 9580 §5.2.4. */
export function hashedContent(
  version: number,
  salt: Uint8Array | null,
  content: Uint8Array,
  signatureData: Uint8Array,
): Uint8Array {
  const trailer = new Uint8Array(6)
  trailer.set([version, 0xff])
  new DataView(trailer.buffer).setUint32(2, signatureData.length)
  return concatenated([salt ?? new Uint8Array(), content, signatureData, trailer])
}

/** What a binding or revocation of a subkey hashes. */
export function contentOfSubkey(primary: KeyMaterial, subkey: KeyMaterial): Uint8Array {
  return concatenated([contentOfKey(primary), contentOfKey(subkey)])
}

/** What a certification of a user id hashes. */
export function contentOfUserId(primary: KeyMaterial, userId: Uint8Array): Uint8Array {
  const head = new Uint8Array(5)
  head[0] = 0xb4
  new DataView(head.buffer).setUint32(1, userId.length)
  return concatenated([contentOfKey(primary), head, userId])
}
