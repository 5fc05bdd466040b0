/** Kills a command of the built binary at every step of it, and at any moment. */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { MarkedServer } from './marked.ts'
import type { MisbehavingGit } from './misbehaving-git.ts'
import { misbehavingGit } from './misbehaving-git.ts'
import { binary } from './paths.ts'
import { now } from './signature-packet.ts'

/** What is told to a run on stdin, and its exit code where nobody kills it. */
export type Next = { readonly input: string; readonly exit: number }

export type Scene = {
  readonly it: MarkedServer
  readonly args: readonly string[]
  /** Makes work for the next run; `isLong`: for one that takes every step that there is. */
  advance(isLong: boolean): Next
  /** Throws where something is not as it may be at any time. */
  assertConsistent(why: string): void
  /** Throws where it is not as it has to be after a run to its end. */
  assertGood(why: string): void
}

/** What is killed at a call of git; shell, as in misbehaving-git.ts. */
const killings = {
  'all before': () => 'kill -KILL 0',
  'all after': () => 'real "$@"; kill -KILL 0',
  // git lives on, and does what it was asked to do
  'refwarden alone at': (mark: string) => `kill -KILL $PPID; real "$@"; : >'${mark}'; exit`,
} as const

export type Extent = {
  readonly ways: readonly (keyof typeof killings)[]
  /** By chance, after the steps. */
  readonly moments: number
  /** Kills after which a run to its end comes. */
  readonly inARow: number
}

export const everything: Extent = {
  ways: ['all before', 'all after', 'refwarden alone at'],
  moments: 100,
  inARow: 1,
}

/** Kills at every call of git, and at moments by chance; runs to the end come in between. Returns how many it killed. */
export async function killEverywhere(scene: Scene, { ways, moments, inARow }: Extent): Promise<number> {
  const { it } = scene
  const git = misbehavingGit(it)
  const orphan = join(it.folder, 'orphan-has-ended')
  stepInTransactions(it, git)
  await runToEnd(scene, git, 'the first run')
  await runToEnd(scene, git, 'a run that shows its steps', true)
  const steps = git.calls()
  let kills = 0
  for (const way of ways)
    for (const step of steps) {
      if (isHeld(step) && way !== 'all before') continue
      const why = `killed ${way} ${step}`
      const next = scene.advance(true)
      git.spoil(step, killings[way](orphan))
      const end = await run(scene, git, next, null)
      git.spoil(null)
      // refwarden does not wait for a git that it has heard enough of
      if (way === 'all after' && end === next.exit) {
        scene.assertGood(why)
        continue
      }
      assert.is(end, 'SIGKILL', why)
      if (way === 'refwarden alone at') await appears(orphan, why)
      scene.assertConsistent(why)
      if (++kills % inARow === 0 || isHeld(step)) await runToEnd(scene, git, why)
      makeOld(it.gitDir)
    }
  const began = performance.now()
  await runToEnd(scene, git, 'a run that shows how long it takes')
  const milliseconds = performance.now() - began
  for (const most = kills + moments; kills < most; ) {
    const delay = Math.random() * milliseconds
    const why = `killed after ${delay} of ${milliseconds} ms`
    makeOld(it.gitDir)
    if ((await run(scene, git, scene.advance(false), delay)) !== 'SIGKILL') continue
    scene.assertConsistent(why)
    if (++kills % 5 === 0) await runToEnd(scene, git, why)
  }
  await runToEnd(scene, git, 'the last run')
  return kills
}

async function runToEnd(scene: Scene, git: MisbehavingGit, why: string, isLong = false): Promise<void> {
  makeOld(scene.it.gitDir)
  const next = scene.advance(isLong)
  assert.is(await run(scene, git, next, null), next.exit, `the next run: ${why}`)
  scene.assertGood(why)
}

/** Its exit code, or the signal that ended it; after so many milliseconds all of it is killed. */
function run(
  { it, args }: Scene,
  git: MisbehavingGit,
  { input }: Next,
  killAfter: number | null,
): Promise<string | number | null> {
  git.calls()
  return new Promise((resolve, reject) => {
    const env = { PATH: git.path, GIT_DIR: it.gitDir, HOME: it.folder }
    const child = spawn(binary, args, {
      cwd: it.gitDir,
      env,
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    const timer = killAfter === null ? undefined : setTimeout(killGroup, killAfter, child.pid)
    child.stdin.on('error', () => {}) // it was killed before it had read all
    child.stdin.end(input)
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      resolve(signal ?? code)
    })
  })
}

function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL')
  } catch {
    // it has ended
  }
}

/** The next run comes late enough to see that locks were left behind. */
function makeOld(gitDir: string): void {
  const files = readdirSync(join(gitDir, 'refs'), { recursive: true, encoding: 'utf8' })
  for (const name of ['HEAD.lock', 'HEAD.lock.lock', ...files.map(file => join('refs', file))])
    if (name.endsWith('.lock') && existsSync(join(gitDir, name)))
      utimesSync(join(gitDir, name), now() - 3600, now() - 3600)
}

async function appears(mark: string, why: string): Promise<void> {
  for (let waited = 0; !existsSync(mark); waited++) {
    if (waited > 3000) throw new Error(`git did not end: ${why}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  rmSync(mark)
}

/** Makes a step of the moment in which git holds the locks of the refs that it is about to move. githooks(5). */
function stepInTransactions({ gitDir }: MarkedServer, { path }: MisbehavingGit): void {
  const git = `${path.split(':')[0]}/git`
  const script = `#!/bin/sh\nif [ "$1" = prepared ]; then '${git}' version >/dev/null; fi\n`
  writeFileSync(join(gitDir, 'hooks/reference-transaction'), script, { mode: 0o755 })
}

function isHeld(step: string): boolean {
  return step.startsWith('version-')
}
