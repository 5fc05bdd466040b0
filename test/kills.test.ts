/**
 * SIGKILL at every step of post-receive and of sync, and at any moment: branch and tag always belong together.
 * `npm run kills` does it in all ways, more than 200 times; here are a few of them.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Oid } from '../src/core/oid.ts'
import type { Step } from './support/history.ts'
import { branch, commit, makeHistory } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { type Extent, everything, killEverywhere, type Scene } from './support/kills.ts'
import type { MarkedServer } from './support/marked.ts'
import { makeMarked } from './support/marked.ts'
import { writeObjects } from './support/objects.ts'
import { suite } from './support/suite.ts'

const test = suite('kills')
const alice = makeKey({ name: 'Alice' })
const main = 'refs/heads/main'
const tag = 'refs/tags/verified/main'

const few: Extent = { ways: ['all before'], moments: 6, inARow: 3 }
const isWhole = process.env['REFWARDEN_KILLS'] === 'all'
const extent = isWhole ? everything : few

/** More than there are runs. */
const length = isWhole ? 600 : 100

/** Signed revisions one upon the other; each is followed by one that nobody has signed, in which nothing goes on. */
const steps = Array.from({ length }, (_, index): readonly Step[] => [
  commit(`good-${index}`, alice),
  branch(`bad-${index}`, [commit(`bad-${index}`)]),
])
const history = makeHistory(steps.flat())
const good = Array.from({ length }, (_, index) => history.oid(`good-${index}`))

/** Where branch and tag stand, counted in good revisions. */
function standing(it: MarkedServer): { readonly tag: number; readonly branch: number } {
  const listed = it.git('for-each-ref', '--format=%(refname) %(objectname) %(*objectname)', main, tag)
  const refs = new Map(listed.split('\n').map(line => [line.split(' ')[0], line.split(' ')] as const))
  return { tag: numberOf(refs.get(tag)?.[2]), branch: numberOf(refs.get(main)?.[1]) }
}

function numberOf(oid: string | undefined): number {
  const number = oid === undefined ? -1 : good.indexOf(oid as Oid)
  if (oid !== undefined && number < 0) throw new Error(`${oid} is no good revision`)
  return number
}

async function assertSound(it: MarkedServer): Promise<void> {
  const { exit, stdout, stderr } = await it.refwarden(['verify', 'verified/main', '--config', it.config])
  assert.is(exit, 0, stdout + stderr)
  const fsck = spawnSync('git', ['--git-dir', it.gitDir, 'fsck', '--full', '--strict', '--no-dangling'])
  assert.equal([fsck.status, fsck.stdout.toString(), fsck.stderr.toString()], [0, '', ''])
}

test('post-receive', async () => {
  const it = makeMarked({ trusted: [alice] })
  try {
    writeObjects(it.gitDir, it.format, history.objects)
    let pushed = 0
    let marked = -1
    it.setRef(main, good[0] ?? null)
    const scene: Scene = {
      it,
      args: ['post-receive', '--config', it.config],
      advance() {
        const [before, after] = [good[pushed], good[++pushed]]
        it.setRef(main, after ?? null)
        return { input: `${before} ${after} ${main}\n`, exit: 0 }
      },
      assertConsistent(why) {
        const { tag, branch } = standing(it)
        assert.ok(marked <= tag && tag <= branch && branch === pushed, `${why}: ${marked} ${tag} ${branch}`)
        marked = tag
      },
      assertGood: why => assert.equal(standing(it), { tag: pushed, branch: pushed }, why),
    }
    assert.ok((await killEverywhere(scene, extent)) >= (isWhole ? 110 : 14))
    await assertSound(it)
  } finally {
    it.close()
  }
})

test('sync', async () => {
  const it = makeMarked({ trusted: [alice] })
  try {
    const upstream = join(it.folder, 'upstream.git')
    const at = (...args: readonly string[]) => {
      const { status, stderr } = spawnSync('git', ['--git-dir', upstream, ...args])
      if (status !== 0) throw new Error(stderr.toString())
    }
    it.git('init', '--quiet', '--bare', upstream)
    it.git('remote', 'add', 'origin', upstream)
    writeObjects(upstream, it.format, history.objects)
    let signed = 0
    let marked = -1
    const scene: Scene = {
      it,
      args: ['sync', '--config', it.config],
      advance(isLong) {
        const isHeld = ++signed % 3 === 0 || isLong
        at('update-ref', main, history.oid(`${isHeld ? 'bad' : 'good'}-${signed}`))
        return { input: '', exit: isHeld ? 1 : 0 }
      },
      assertConsistent(why) {
        const { tag, branch } = standing(it)
        assert.ok(marked <= tag && tag <= branch && branch <= signed, `${why}: ${marked} ${tag} ${branch}`)
        marked = tag
      },
      assertGood: why => assert.equal(standing(it), { tag: signed, branch: signed }, why),
    }
    assert.ok((await killEverywhere(scene, extent)) >= (isWhole ? 110 : 20))
    await assertSound(it)
  } finally {
    it.close()
  }
})

test.run()
