import { hexOf } from './bytes.ts'
import { type ObjectFormat, type Oid, parseOid } from './oid.ts'

/** One entry of a tree object. */
export type TreeEntry = {
  readonly kind: 'file' | 'folder' | 'link' | 'submodule'
  /** Without a slash; bytes that are no UTF-8 replaced. */
  readonly name: string
  readonly oid: Oid
}

/** Takes a tree object apart: `mode name NUL object-name` again and again; null where it is anything else. fsck-msgids. */
export function parseTree(bytes: Uint8Array, format: ObjectFormat): readonly TreeEntry[] | null {
  const width = format === 'sha1' ? 20 : 32
  const entries: TreeEntry[] = []
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at)
    const end = bytes.indexOf(0, at)
    if (space < at || end < space || end + 1 + width > bytes.length) return null
    const kind = kinds[text(bytes.subarray(at, space))]
    const name = text(bytes.subarray(space + 1, end))
    const oid = parseOid(hexOf(bytes.subarray(end + 1, end + 1 + width)), format)
    if (kind === undefined || oid === null || name === '' || name.includes('/')) return null
    entries.push({ kind, name, oid })
    at = end + 1 + width
  }
  const names = new Set(entries.map(({ name }) => name))
  return names.size === entries.length ? entries : null
}

const kinds: Readonly<Record<string, TreeEntry['kind']>> = {
  '40000': 'folder',
  '100644': 'file',
  '100664': 'file',
  '100755': 'file',
  '120000': 'link',
  '160000': 'submodule',
}

function text(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}
