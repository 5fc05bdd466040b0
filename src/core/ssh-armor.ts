import type { Armor } from './armor.ts'
import { decodeBase64 } from './base64.ts'
import { cursorOf, decoded, nextLine } from './text-line.ts'

/**
 * The one block that `text` is, such as `SSH SIGNATURE`, with nothing before it and nothing but empty lines behind it.
 * OpenSSH, PROTOCOL.sshsig §1, and stricter: ssh-keygen(1) does not look at what follows the block, and takes base64
 * with white space anywhere. Linear in the length of `text`; never throws.
 */
export function decodeSshArmor(text: Uint8Array, label: string): Armor {
  const [first, last] = [`-----BEGIN ${label}-----`, `-----END ${label}-----`]
  const cursor = cursorOf(decoded(text))
  if (nextLine(cursor) !== first) return unreadable(`its first line is not ${first}`)
  const data: string[] = []
  let line = nextLine(cursor)
  for (; line !== null && line !== '' && !line.startsWith('-'); line = nextLine(cursor)) data.push(line)
  if (line !== last) return unreadable(`its data is not followed by ${last}`)
  for (let rest = nextLine(cursor); rest !== null; rest = nextLine(cursor))
    if (rest !== '') return unreadable(`text follows its ${last}`)
  const bytes = decodeBase64(data)
  if (bytes === null) return unreadable('its data is not canonical base64')
  return bytes.length > 0 ? { kind: 'block', bytes } : unreadable('it holds no data')
}

function unreadable(detail: string): Armor {
  return { kind: 'unreadable', detail }
}
