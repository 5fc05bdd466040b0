import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Compiled } from './support/compiled.ts'
import { compiledFiles, compiledText, declareCompiled, keyFile } from './support/compiled.ts'
import type { Key } from './support/keys.ts'
import { makeKey } from './support/keys.ts'
import { now } from './support/signature-packet.ts'
import { suite } from './support/suite.ts'

/*
 * A key that is removed, revoked or changed is so at the next push: the keys that a push left compiled in the
 * repository are of no use for another state of the key directory, another policy or another time.
 */
const [alice, bob] = [makeKey(), makeKey({ name: 'Bob' })]
const test = suite('attacks: compiled keys that are out of date')

function declare(name: string, others: readonly Key[], action: (compiled: Compiled) => Promise<void>): void {
  declareCompiled(test, name, { trusted: [alice, bob], others }, action)
}

declare('a key taken out is out, and in again with its file', [], async ({ server, path, pushedBy }) => {
  const file = keyFile(server, bob)
  const key = readFileSync(file)
  rmSync(file)
  assert.is(await pushedBy(bob), 'unknown-key')
  assert.is(await pushedBy(alice), 'accepted')
  assert.not.match(compiledText(path()), bob.fingerprint)
  writeFileSync(file, key, { mode: 0o644 })
  assert.is(await pushedBy(bob), 'accepted')
})

declare('a revocation put beside the key counts', [], async ({ server, pushedBy }) => {
  const revocation = join(server.keys, 'bob.rev')
  writeFileSync(revocation, bob.revocation({ at: now() - 60, reason: 2 }), { mode: 0o644 })
  assert.is(await pushedBy(bob), 'key-revoked')
  assert.is(await pushedBy(bob), 'key-revoked')
  rmSync(revocation)
  assert.is(await pushedBy(bob), 'accepted')
})

const zoe = makeKey({ name: 'Zoe' })
declare('a key written over another, of its size and its date', [zoe], async ({ server, pushedBy }) => {
  const file = keyFile(server, bob)
  const { mtime, size, ino } = statSync(file)
  writeFileSync(file, zoe.publicArmored)
  utimesSync(file, mtime, mtime)
  const after = statSync(file)
  assert.equal([after.mtime, after.size, after.ino], [mtime, size, ino])
  assert.is(await pushedBy(bob), 'unknown-key')
  assert.is(await pushedBy(zoe), 'accepted')
})

declare('the same, of its date to the nanosecond', [zoe], async ({ server, pushedBy }) => {
  const file = keyFile(server, bob)
  const date = now() - 3600
  utimesSync(file, date, date)
  assert.is(await pushedBy(bob), 'accepted')
  writeFileSync(file, zoe.publicArmored)
  utimesSync(file, date, date)
  assert.is(await pushedBy(bob), 'unknown-key')
  assert.is(await pushedBy(zoe), 'accepted')
})

declare('a link turned to another folder', [], async ({ server, pushedBy }) => {
  const [link, other] = [join(server.folder, 'link'), join(server.folder, 'other')]
  symlinkSync(server.keys, link)
  mkdirSync(other)
  writeFileSync(join(other, 'alice.asc'), alice.publicArmored)
  server.configure(`keys = ${link}\n[protect "refs/heads/*"]\n`)
  for (const key of [alice, bob]) assert.is(await pushedBy(key), 'accepted')
  symlinkSync(other, `${link}.new`)
  renameSync(`${link}.new`, link)
  assert.is(await pushedBy(bob), 'unknown-key')
  assert.is(await pushedBy(alice), 'accepted')
})

declare('a folder that others may write now, a file that they may', [], async ({ server, pushedBy }) => {
  const file = keyFile(server, bob)
  chmodSync(server.keys, 0o777)
  assert.match(await pushedBy(alice), /^fault: .*keys: others may write it$/)
  server.configure('keys = @KEYS@\nstrict-modes = no\n[protect "refs/heads/*"]\n')
  assert.is(await pushedBy(alice), 'accepted')
  server.configure('keys = @KEYS@\n[protect "refs/heads/*"]\n')
  assert.match(await pushedBy(alice), /^fault: .*keys: others may write it$/)
  chmodSync(server.keys, 0o755)
  chmodSync(file, 0o666)
  assert.match(await pushedBy(alice), /^fault: .*\.asc: others may write it$/)
  chmodSync(file, 0o644)
  assert.is(await pushedBy(alice), 'accepted')
})

const petra = makeKey({ name: 'Petra' })
const restricted = petra.with({ selfSignedAt: now() + 400, flags: 0x01 })
declare(
  'a restriction dated ahead counts from its time on',
  [petra],
  async ({ server, path, clock, pushedBy }) => {
    server.trust(petra)
    writeFileSync(join(server.keys, 'petra-2.asc'), restricted.publicArmored, { mode: 0o644 })
    for (const _ of [1, 2]) assert.is(await pushedBy(petra), 'accepted')
    assert.match(compiledText(path()), petra.fingerprint)
    clock(200) // and 300 of skew
    assert.is(await pushedBy(petra), 'key-not-for-signing')
    assert.is(await pushedBy(alice), 'accepted')
  },
)

declare('the same, by a skew of the policy', [petra], async ({ server, pushedBy }) => {
  server.trust(petra)
  writeFileSync(join(server.keys, 'petra-2.asc'), restricted.publicArmored, { mode: 0o644 })
  assert.is(await pushedBy(petra), 'accepted')
  server.configure('keys = @KEYS@\nclock-skew = 1h\n[protect "refs/heads/*"]\n')
  assert.is(await pushedBy(petra), 'key-not-for-signing')
})

declare('files that changed a moment ago are not compiled', [], async ({ server, clock, pushedBy }) => {
  for (const file of compiledFiles(server)) rmSync(file)
  clock(0)
  writeFileSync(keyFile(server, bob), bob.publicArmored)
  assert.is(await pushedBy(bob), 'accepted')
  assert.equal(compiledFiles(server), [])
  clock(60)
  assert.is(await pushedBy(bob), 'accepted')
  assert.is(compiledFiles(server).length, 1)
})

test.run()
