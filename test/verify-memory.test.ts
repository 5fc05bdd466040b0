// refwarden verify holds on to nothing of what it has judged.
import * as assert from 'uvu/assert'
import type { Oid } from '../src/core/oid.ts'
import { makeKey } from './support/keys.ts'
import { makeMarked } from './support/marked.ts'
import { treeOf, writeObjects } from './support/objects.ts'
import { now } from './support/signature-packet.ts'
import { commitObject } from './support/signed-object.ts'
import { suite } from './support/suite.ts'

const test = suite('verify-memory')
const alice = makeKey({ name: 'Alice' })
const signedAt = now() - 10 * 86400

test('memory does not grow with the history', async () => {
  const it = makeMarked({ hooks: false, trusted: [alice] })
  try {
    const tree = treeOf(it.format, {})
    const objects = [tree]
    for (let index = 0; index < commits; index++) {
      const parent = index === 0 ? [] : [objects[index]?.oid as Oid]
      const signer = index % 10 === 0 ? alice : null
      objects.push(
        commitObject(it.format, tree.oid, parent, { at: signedAt + index, message: `${index}\n` }, signer),
      )
    }
    writeObjects(it.gitDir, it.format, objects)
    it.setRef('refs/heads/main', objects[commits]?.oid as Oid)
    it.configure('keys = @KEYS@\n[protect "refs/heads/*"]\n')
    const run = await it.refwarden(['verify', 'main', '--json', '--config', it.config], {
      env: { NODE_OPTIONS: `--max-old-space-size=${heap}` },
    })
    const got = run.stdout.split('\n').length - 2
    assert.is(got, commits, `it held on to more than ${heap} MB after ${got} commits: ${run.stderr}`)
    assert.is(run.exit, 1)
  } finally {
    it.close()
  }
})

/**
 * Megabytes that the program may hold on to, a few more than it needs for a short history; V8 ends a program that
 * holds on to more. Its resident memory says nothing: it rises with the garbage that V8 has not collected yet.
 */
const heap = 18
const commits = 40_000

test.run()
