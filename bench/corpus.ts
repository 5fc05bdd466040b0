// npm run corpus -- FOLDER: `refwarden verify` beside GnuPG on real signed objects. FOLDER holds keys/, objects.jsonl.gz
// (one {id, type, raw: base64} a line) and gnupg.tsv (oid, type, status, key, public-key algorithm, hash algorithm, time).
// The objects become a repository again, a shallow clone where the corpus lacks a parent. The built binary judges its
// commits as one history and each tag by its name. Exits with 1 where the two disagree on who signed which bytes, or
// where an object has no verdict.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parseCommit } from '../src/core/commit.ts'
import type { Oid } from '../src/core/oid.ts'
import type { GitObject } from '../test/support/objects.ts'
import { gitObject, treeOf, writeObjects } from '../test/support/objects.ts'
import { binary } from '../test/support/paths.ts'
import { commitObject } from '../test/support/signed-object.ts'

/** A line of `refwarden verify --json`. */
type Answer = {
  readonly commit?: Oid
  readonly tag?: Oid
  readonly code: string | null
  readonly signer: string | null
  readonly key: string | null
  readonly signedAt: string | null
}

const given = process.argv[2]
if (given === undefined) throw new Error('name the folder of the corpus')
const corpus = resolve(given)
const gitDir = mkdtempSync(join(tmpdir(), 'rw-corpus-'))
process.on('exit', () => rmSync(gitDir, { recursive: true, force: true }))
execFileSync('git', ['init', '--quiet', '--bare', gitDir])

const objects = readLines(gunzipSync(readFileSync(join(corpus, 'objects.jsonl.gz')))).map(readObject)
const theirs = new Map(
  readLines(readFileSync(join(corpus, 'gnupg.tsv'))).map(line => {
    const [oid = '', , status = '', key = '', , , time = ''] = line.split('\t')
    return [oid, { status, key, time }] as const
  }),
)
const keys = readdirSync(join(corpus, 'keys'))
  .map(name => join(corpus, 'keys', name))
  .filter(isUsable)
  .flatMap(file => ['--keys', file])

const top = rebuild()
const answers = new Map<string, Answer>()
for (const oid of [top, ...objects.filter(({ type }) => type === 'tag').map(object => object.oid)])
  for (const answer of verify(oid)) answers.set(answer.commit ?? answer.tag ?? '', answer)

const table = new Map<string, number>()
const disagreements: string[] = []
for (const { oid, type } of objects) {
  const [gnupg, ours] = [theirs.get(oid), answers.get(oid)]
  if (gnupg === undefined) throw new Error(`${oid} is not in gnupg.tsv`)
  if (ours === undefined || !agrees(ours, gnupg))
    disagreements.push(`${oid} ${type}: GnuPG ${gnupg.status} ${gnupg.key}, ours ${JSON.stringify(ours)}`)
  const verdict = ours === undefined ? 'no verdict' : (ours.code ?? 'verified')
  const row = `${type.padEnd(6)}  ${gnupg.status.padEnd(24)}  ${verdict.padEnd(24)}`
  table.set(row, (table.get(row) ?? 0) + 1)
}
console.log(`${'object'.padEnd(6)}  ${'GnuPG'.padEnd(24)}  ${'refwarden'.padEnd(24)}  count`)
for (const [row, count] of [...table].sort()) console.log(`${row}  ${String(count).padStart(5)}`)
for (const line of disagreements) console.log(`DISAGREES ${line}`)
console.log(`${objects.length} objects, ${disagreements.length} disagreements`)
process.exitCode = disagreements.length === 0 ? 0 : 1

function readLines(bytes: Uint8Array): readonly string[] {
  const lines = Buffer.from(bytes).toString().split('\n')
  return lines.filter(line => line !== '' && !line.startsWith('#'))
}

function readObject(line: string): GitObject {
  const { id, type, raw } = JSON.parse(line)
  const object = gitObject('sha1', type, Buffer.from(raw, 'base64'))
  if (object.oid !== id) throw new Error(`${id} has the bytes of ${object.oid}`)
  return object
}

/** A file that is no good key would be a fault of every run; here it is named and left out. */
function isUsable(file: string): boolean {
  const { status, stdout, stderr } = refwarden(['keys', 'check', '--keys', file])
  if (status === 2) console.log(`left out: ${`${stdout}${stderr}`.replaceAll(`${corpus}/`, '').trim()}`)
  return status !== 2
}

/** Writes the objects, cuts history off above parents that are not there, and returns a commit on top of all tips. */
function rebuild(): Oid {
  const commits = objects.flatMap(({ oid, type, body }) => {
    const commit = type === 'commit' ? parseCommit(oid, body, 'sha1') : null
    return commit !== null && 'parents' in commit ? [commit] : []
  })
  const present = new Set(objects.map(({ oid }) => oid))
  const cut = commits.filter(({ parents }) => parents.some(parent => !present.has(parent)))
  writeFileSync(join(gitDir, 'shallow'), cut.map(({ oid }) => `${oid}\n`).join(''))
  const below = new Set(commits.filter(commit => !cut.includes(commit)).flatMap(({ parents }) => parents))
  const tips = commits.map(({ oid }) => oid).filter(oid => !below.has(oid))
  const tree = treeOf('sha1', {})
  const merge = commitObject('sha1', tree.oid, tips, { message: 'all of it\n' }, null)
  writeObjects(gitDir, 'sha1', [...objects, tree, merge])
  console.log(`${commits.length} commits with ${tips.length} tips, cut off at ${cut.length}`)
  return merge.oid
}

/** Exit code 2 says that the clone is shallow, after all that is there was judged. */
function verify(oid: Oid): readonly Answer[] {
  const { status, stdout, stderr } = refwarden(['verify', oid, ...keys, '--at', 'signature', '--json'])
  const isCutOff = status === 2 && stderr.includes('this clone is shallow')
  if (status !== 0 && status !== 1 && !isCutOff) throw new Error(`${oid}: ${stderr}`)
  const lines = stdout.split('\n').filter(line => line !== '')
  return lines.map(line => JSON.parse(line)).filter(answer => !('summary' in answer))
}

function refwarden(args: readonly string[]) {
  return spawnSync(binary, args, { cwd: gitDir, encoding: 'utf8', maxBuffer: 1 << 28 })
}

/** The same signer, or nobody, of these bytes; a signature is a key's own only where `signer` is given. */
function agrees(ours: Answer, gnupg: { readonly key: string; readonly time: string }): boolean {
  if (gnupg.key === '-') return ours.signer === null
  const seconds = ours.signedAt === null ? '' : String(Date.parse(ours.signedAt) / 1000)
  return ours.signer !== null && ours.key === gnupg.key && seconds === gnupg.time
}
