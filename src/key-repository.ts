import { parseCommit } from './core/commit.ts'
import { Fault } from './core/fault.ts'
import { assertKeyFile } from './core/key-file.ts'
import type { KeyFile } from './core/keyring.ts'
import { formatOf, type Oid } from './core/oid.ts'
import { printable } from './core/printable.ts'
import { parseTree, type TreeEntry } from './core/tree.ts'
import type { ObjectVerdict } from './core/verdict.ts'
import { git } from './edge/git.ts'
import { genuineBytes, inspectObject, type Trust } from './inspect.ts'
import { objectLimit, readNamed } from './objects.ts'
import { readServerRefs } from './server-refs.ts'
import { fetchUpstream, type Upstream } from './upstream.ts'

/** Where the keys of a fleet are kept. */
export type KeyRepository = Omit<Upstream, 'remote'> & {
  /** Null: `origin` where it has one, else its own branch is what counts. */
  readonly remote: string | null
  /** Full name. */
  readonly branch: string
  /** Names of the folders down to the one with the keys, from the root of the tree. */
  readonly folder: readonly string[]
}

/** Bytes of all key files, and of one tree. */
const keyLimit = 64 * 1024 * 1024
const treeLimit = 4 * 1024 * 1024

/** Where the branch stands, fetched first. Throws a Fault where it cannot be, or is not there. */
export async function readTip(repository: KeyRepository, now: number): Promise<Oid> {
  const { gitDir, branch } = repository
  const remote = repository.remote ?? ((await hasOrigin(gitDir)) ? 'origin' : null)
  const oid =
    remote === null
      ? (await readServerRefs(gitDir, [])).get(branch)?.oid
      : (await fetchUpstream({ ...repository, remote }, name => name === branch, now)).get(branch)
  if (oid !== undefined && oid !== null) return oid
  throw new Fault(`${remote ?? gitDir}: it has no ${branch}`, 'name the branch with the keys: --branch NAME')
}

/** The verdict of the tip by itself: its signature is over all that is in its tree. */
export async function judgeTip(gitDir: string, tip: Oid, trust: Trust): Promise<ObjectVerdict> {
  const [stored] = await readNamed(gitDir, [tip], objectLimit)
  if (stored === undefined || stored === null)
    throw new Fault(`${tip}: missing`, 'run git fsck in the repository')
  return inspectObject(stored, trust)
}

/**
 * The key files in a commit, hashed against the names by which the signed commit leads to them. What would be a Fault
 * in a key folder is one here; names that begin with a dot are passed over.
 */
export async function readKeysAt({ gitDir, folder }: KeyRepository, tip: Oid): Promise<readonly KeyFile[]> {
  const [commit] = await bytesOf(gitDir, [tip], objectLimit)
  const parsed = parseCommit(tip, commit ?? new Uint8Array(), formatOf(tip) ?? 'sha1')
  if ('reason' in parsed) throw new Fault(`${tip}: no commit`)
  let entries = await readTree(gitDir, parsed.tree)
  for (const name of folder) {
    const found = entries.find(entry => entry.kind === 'folder' && entry.name === name)
    if (found === undefined)
      throw new Fault(`${tip}: no folder ${folder.join('/')}`, 'name it: --folder PATH')
    entries = await readTree(gitDir, found.oid)
  }
  const files = entries.filter(({ name }) => !name.startsWith('.'))
  for (const { name, kind } of files) assertFile(name, kind)
  const bytes = await bytesOf(
    gitDir,
    files.map(({ oid }) => oid),
    keyLimit,
  )
  return files.map(({ name }, index) => ({ path: name, bytes: bytes[index] ?? new Uint8Array() }))
}

function assertFile(name: string, kind: TreeEntry['kind']): void {
  assertKeyFile(name, kind === 'folder')
  if (kind !== 'file' || printable(name) !== name)
    throw new Fault(`${printable(name)}: not a plain file`, 'put the key itself there')
}

async function readTree(gitDir: string, oid: Oid): Promise<readonly TreeEntry[]> {
  const [bytes] = await bytesOf(gitDir, [oid], treeLimit)
  const entries = parseTree(bytes ?? new Uint8Array(), formatOf(oid) ?? 'sha1')
  if (entries === null) throw new Fault(`${oid}: a damaged tree`, 'run git fsck in the repository')
  return entries
}

async function bytesOf(gitDir: string, oids: readonly Oid[], limit: number): Promise<readonly Uint8Array[]> {
  const objects = await readNamed(gitDir, oids, limit)
  return objects.map((object, index) => {
    const bytes = object === null ? null : genuineBytes(object)
    if (bytes === null)
      throw new Fault(`${oids[index]}: missing or too large`, 'run git fsck in the repository')
    return bytes
  })
}

async function hasOrigin(gitDir: string): Promise<boolean> {
  const { exitCode } = await git(['config', '--get', 'remote.origin.url'], { gitDir, allowFailure: true })
  return exitCode === 0
}
