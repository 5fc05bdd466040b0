import { splitArmor } from './armor.ts'
import { byteText } from './bytes.ts'
import { floodedKey, secretKey, unreadableKey } from './key-fault.ts'
import type { KeyFile } from './keyring.ts'
import { readPacket } from './packet.ts'

/** A key or user id packet and the signatures that stand behind it; bodies of packets. */
export type Component = { readonly body: Uint8Array; readonly signatures: readonly Uint8Array[] }

/** A transferable public key, from however many files, unread: nothing in it is believed yet. RFC 9580 §10.1. */
export type KeyPackets = {
  readonly primary: Component
  readonly userIds: readonly Component[]
  readonly subkeys: readonly Component[]
  /** Photos and the like: kept, never looked at. */
  readonly attributes: readonly Component[]
  /** In the order in which they were read, each once. */
  readonly files: readonly string[]
}

/** A key revocation signature that stands without its key. RFC 9580 §10.1.3. */
export type LoneRevocation = { readonly file: string; readonly body: Uint8Array }

/**
 * The keys of all files, those with the same primary key in one: what one copy revokes is revoked. Whatever is not a
 * public key or a key revocation is a Fault that names the file: a message, a secret key, a cut-off file, garbage.
 */
export function collectKeys(files: readonly KeyFile[]): {
  readonly keys: readonly KeyPackets[]
  readonly revocations: readonly LoneRevocation[]
} {
  const keys = new Map<string, OpenKey>()
  const revocations: LoneRevocation[] = []
  for (const file of files) {
    let found = 0
    for (const block of blocksOf(file)) found += readBlock(block, file.path, keys, revocations)
    if (found === 0) throw unreadableKey(file.path, 'no public key in it')
  }
  return { keys: [...keys.values()].map(closed), revocations }
}

type OpenComponent = { body: Uint8Array; signatures: Uint8Array[] }

type OpenKey = {
  readonly primary: OpenComponent
  readonly userIds: Map<string, OpenComponent>
  readonly attributes: Map<string, OpenComponent>
  readonly subkeys: Map<string, OpenComponent>
  readonly files: Set<string>
}

/** For each key; for each block of a file. Debian's developers have some hundred signatures each. */
const mostSignatures = 10_000
const mostComponents = 1_000
const mostPackets = 500_000
const tooMuch = 'a key with too many signatures or user ids'

function blocksOf({ path, bytes }: KeyFile): readonly Uint8Array[] {
  const stranger = strangerIn(bytes)
  if (stranger !== null) throw unreadableKey(path, stranger)
  if (((bytes[0] ?? 0) & 0x80) !== 0) return [bytes]
  const armor = splitArmor(bytes)
  switch (armor.kind) {
    case 'blocks':
      return armor.blocks
    case 'secret':
      throw secretKey(path)
    case 'unreadable':
      throw unreadableKey(`${path}:${armor.line}`, armor.detail)
  }
}

/** What people put into such folders by mistake. */
function strangerIn(bytes: Uint8Array): string | null {
  const start = byteText(bytes.subarray(0, 12))
  if (start.endsWith('KBXf')) return 'a GnuPG keybox, not an exported key'
  if (start.startsWith('\xff\xfe')) return 'text in UTF-16, as PowerShell writes it'
  return start.startsWith('\xef\xbb\xbf') ? 'a byte order mark before its text' : null
}

/** Adds what `block` holds to `keys` and `revocations`, and says how many of both that were. */
function readBlock(
  block: Uint8Array,
  file: string,
  keys: Map<string, OpenKey>,
  revocations: LoneRevocation[],
): number {
  let found = 0
  let key: OpenKey | null = null
  let component: OpenComponent | null = null
  let rest = block
  for (let count = 0; rest.length > 0; count += 1) {
    const packet = readPacket(rest)
    if (packet === null) throw unreadableKey(file, 'cut off or damaged')
    if (count >= mostPackets) throw floodedKey(file, 'too many packets')
    rest = packet.rest
    switch (packet.tag) {
      case tag.publicKey:
        key = entry(keys, packet.body, newKey)
        key.files.add(file)
        component = key.primary
        found += 1
        break
      case tag.userId:
      case tag.userAttribute:
      case tag.publicSubkey:
        if (key === null) throw unreadableKey(file, 'it begins in the middle of a key')
        component = entry(mapFor(key, packet.tag), packet.body, newComponent)
        break
      case tag.signature:
        if (component === null) {
          revocations.push({ file, body: keyRevocation(packet.body, file) })
          found += 1
        } else component.signatures.push(packet.body)
        if (component !== null && component.signatures.length > mostSignatures)
          throw floodedKey(file, tooMuch)
        break
      case tag.secretKey:
      case tag.secretSubkey:
        throw secretKey(file)
      default:
        if (!ignored.has(packet.tag) && packet.tag < firstUncritical)
          throw unreadableKey(file, `a packet of type ${packet.tag} in it, which no public key has`)
    }
  }
  return found
}

/** RFC 9580 §5. */
export const tag = {
  signature: 2,
  secretKey: 5,
  publicKey: 6,
  secretSubkey: 7,
  userId: 13,
  publicSubkey: 14,
  userAttribute: 17,
} as const

/** Marker, GnuPG's ring trust, padding. */
const ignored: ReadonlySet<number> = new Set([10, 12, 21])

/** Packets from here on may be passed over by who does not know them. RFC 9580 §4.3. */
const firstUncritical = 40

function mapFor(key: OpenKey, packetTag: number): Map<string, OpenComponent> {
  return packetTag === tag.userId
    ? key.userIds
    : packetTag === tag.userAttribute
      ? key.attributes
      : key.subkeys
}

function newKey(body: Uint8Array): OpenKey {
  return {
    primary: newComponent(body),
    userIds: new Map(),
    attributes: new Map(),
    subkeys: new Map(),
    files: new Set(),
  }
}

function newComponent(body: Uint8Array): OpenComponent {
  return { body, signatures: [] }
}

/** What `map` holds for these bytes, made if need be. */
function entry<T>(map: Map<string, T>, body: Uint8Array, make: (body: Uint8Array) => T): T {
  const name = new TextDecoder('latin1').decode(body)
  const known = map.get(name)
  if (known !== undefined) return known
  const made = make(body)
  map.set(name, made)
  return made
}

/** `body`, where it is of type 0x20; RFC 9580 §5.2.1.11. Version 3 has the type behind a length octet. */
function keyRevocation(body: Uint8Array, file: string): Uint8Array {
  const type = (body[0] ?? 0) < 4 ? body[2] : body[1]
  if (type !== 0x20) throw unreadableKey(file, 'a signature in it that is no revocation of a key')
  return body
}

function closed(key: OpenKey): KeyPackets {
  const parts = {
    primary: key.primary,
    userIds: [...key.userIds.values()],
    subkeys: [...key.subkeys.values()],
    attributes: [...key.attributes.values()],
  }
  const components = [parts.primary, ...parts.userIds, ...parts.subkeys, ...parts.attributes]
  const files = [...key.files]
  const signatures = components.reduce((sum, component) => sum + component.signatures.length, 0)
  if (signatures > mostSignatures || components.length > mostComponents)
    throw floodedKey(files[0] ?? '', tooMuch)
  return { ...parts, files }
}
