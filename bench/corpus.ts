// npm run corpus -- FOLDER: our facts beside GnuPG's on real signed objects. FOLDER holds keys/, objects.jsonl.gz (one
// {id, type, raw: base64} a line) and gnupg.tsv (oid, type, status, key, public-key algorithm, hash algorithm, time).
// Exits with 1 where the two disagree on who signed which bytes.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { keyringOf } from '../src/core/keyring.ts'
import { parseOid } from '../src/core/oid.ts'
import { inspectObject } from '../src/inspect.ts'
import { readTrustedKeys } from '../src/trust.ts'

const folder = process.argv[2]
if (folder === undefined) throw new Error('name the folder of the corpus')
const clock = { rule: 'signature', now: Math.floor(Date.now() / 1000), skew: 300 } as const
const keyFiles: string[] = []
for (const name of readdirSync(join(folder, 'keys'))) {
  const file = join(folder, 'keys', name)
  try {
    await readTrustedKeys({ keys: [file], revokedKeys: [] }, clock, false)
    keyFiles.push(file)
  } catch (error) {
    console.log(`left out: ${(error as Error).message.replace(`${folder}/`, '')}`)
  }
}
const trust = {
  keyring: keyringOf((await readTrustedKeys({ keys: keyFiles, revokedKeys: [] }, clock, false)).trusted),
  clock,
}
const gnupg = new Map(
  readFileSync(join(folder, 'gnupg.tsv'), 'utf8')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => {
      const [oid = '', , status = '', key = '', , , time = ''] = line.split('\t')
      return [oid, { status, key, time }] as const
    }),
)
const table = new Map<string, number>()
const disagreements: string[] = []
for (const line of gunzipSync(readFileSync(join(folder, 'objects.jsonl.gz')))
  .toString()
  .split('\n')) {
  if (line === '') continue
  const { id, type, raw } = JSON.parse(line)
  const oid = parseOid(id)
  const theirs = gnupg.get(id)
  if (oid === null || theirs === undefined) throw new Error(`${id} is not in gnupg.tsv`)
  const bytes = Buffer.from(raw, 'base64')
  const { signature } = await inspectObject({ oid, type, size: bytes.length, bytes }, trust)
  const ours = signature.ok ? 'verified' : signature.reason
  const made = signature.ok || signature.at !== null
  const signer = made ? signature.signer?.fingerprint : null
  const agrees =
    theirs.key === '-' ? signer === null : signer === theirs.key && String(signature.at) === theirs.time
  if (!agrees)
    disagreements.push(`${id} ${type}: GnuPG ${theirs.status} ${theirs.key}, ours ${ours} ${signer}`)
  const row = `${type.padEnd(6)}  ${theirs.status.padEnd(24)}  ${ours.padEnd(24)}`
  table.set(row, (table.get(row) ?? 0) + 1)
}
console.log(`${'object'.padEnd(6)}  ${'GnuPG'.padEnd(24)}  ${'refwarden'.padEnd(24)}  count`)
for (const [row, count] of [...table].sort()) console.log(`${row}  ${String(count).padStart(5)}`)
for (const line of disagreements) console.log(`DISAGREES ${line}`)
console.log(
  `${[...table.values()].reduce((sum, count) => sum + count, 0)} objects, ${disagreements.length} disagreements`,
)
process.exitCode = disagreements.length === 0 ? 0 : 1
