import type { Key } from './keys.ts'
import { bytes, packet, subpackets } from './packets.ts'
import { keyFrame } from './secret.ts'
import { signaturePacket } from './signature-packet.ts'

/**
 * The thief's key with the first subkey of `owner` bound by it too: each of the two could say that the other's
 * signatures are his.
 */
export function claiming(thief: Key, owner: Key): Uint8Array {
  const [subkey] = owner.subkeys
  if (subkey === undefined) throw new Error('no subkey')
  const data = bytes(keyFrame(4, thief.primary.publicBody), keyFrame(4, subkey.publicBody))
  const bound = signaturePacket(thief.primary, data, { type: 0x18, alsoHashed: [subpackets.keyFlags(0x02)] })
  return bytes(thief.publicBinary, packet(14, subkey.publicBody), bound)
}
