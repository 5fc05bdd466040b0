// Makes the vectors anew, with new keys: node scripts/run.mjs test/vectors/make.ts. What is committed was made once,
// with git 2.39.5, GnuPG 2.2.40, openpgp 6.3.2, OpenSSH 9.2, OpenSSL 3.0 and node:crypto.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addKeyrings } from './keyrings.ts'
import { adder, type Collection, newKey } from './maker.ts'
import { addObjects } from './objects.ts'
import { addOpenssh } from './openssh.ts'
import { addPrograms } from './programs.ts'
import { addSignatures } from './signatures.ts'
import { renderVector, vectorFolder } from './vector.ts'

const made: Collection = { vectors: [], keys: new Map() }
const alice = newKey({ name: 'Alice' })
const add = adder(made, alice)
addObjects(add, alice)
addSignatures(add, alice)
addKeyrings(add, alice)
addOpenssh(add)
await addPrograms(add)

const keyFolder = join(vectorFolder, 'keys')
rmSync(keyFolder, { recursive: true, force: true })
mkdirSync(keyFolder)
for (const name of readdirSync(vectorFolder)) if (name.endsWith('.txt')) rmSync(join(vectorFolder, name))
for (const [name, armored] of made.keys) writeFileSync(join(keyFolder, name), armored)
const names = new Set<string>()
for (const vector of made.vectors) {
  if (names.has(vector.name)) throw new Error(`two vectors are named ${vector.name}`)
  names.add(vector.name)
  writeFileSync(join(vectorFolder, `${vector.name}.txt`), renderVector(vector))
}
console.log(`${made.vectors.length} vectors, ${made.keys.size} key files`)
