/** Git objects made by hand: any bytes, in both object formats, written by the thousand. gitformat-pack. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import type { ObjectFormat, Oid } from '../../src/core/oid.ts'
import { bytes, hex, text, uint32 } from './packets.ts'

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag'

export type GitObject = { readonly type: ObjectType; readonly body: Uint8Array; readonly oid: Oid }

/** The object with these bytes under its name. */
export function gitObject(format: ObjectFormat, type: ObjectType, body: Uint8Array | string): GitObject {
  const content = typeof body === 'string' ? text(body) : body
  const hash = createHash(format).update(`${type} ${content.length}\0`).update(content)
  return { type, body: content, oid: hash.digest('hex') as Oid }
}

/** A tree of plain files. */
export function treeOf(format: ObjectFormat, files: Readonly<Record<string, GitObject>>): GitObject {
  const names = Object.keys(files).sort()
  const entries = names.map(name => bytes(text(`100644 ${name}\0`), hex(files[name]?.oid ?? '')))
  return gitObject(format, 'tree', bytes(...entries))
}

/** Puts the objects into the repository, as one pack: git looks at none of them closer than it must. */
export function writeObjects(gitDir: string, format: ObjectFormat, objects: readonly GitObject[]): void {
  const { status, stderr } = spawnSync('git', ['index-pack', '--stdin', '--fix-thin'], {
    input: packOf(format, objects),
    env: { ...process.env, GIT_DIR: gitDir },
    maxBuffer: 1 << 26,
  })
  if (status !== 0) throw new Error(`git index-pack failed: ${stderr}`)
}

/** A pack of whole objects, each once. */
export function packOf(format: ObjectFormat, objects: readonly GitObject[]): Uint8Array {
  const unique = [...new Map(objects.map(object => [object.oid, object])).values()]
  const entries = unique.flatMap(({ type, body }) => [
    entryHead(types[type], body.length),
    deflateSync(body, { level: 1 }),
  ])
  const pack = Buffer.concat([text('PACK'), uint32(2), uint32(unique.length), ...entries])
  return bytes(pack, createHash(format).update(pack).digest())
}

const types: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 }

function entryHead(type: number, size: number): Uint8Array {
  const octets = [(type << 4) | (size & 15)]
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    octets.push((octets.pop() ?? 0) | 0x80, rest & 127)
  }
  return Uint8Array.from(octets)
}
