/**
 * Something dies in the middle of a push: the client, receive-pack, the hook or a git of the hook's. Nothing gets in that
 * was not accepted, the repository stays whole, the decision is logged where it can be, and the next push finds its way.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { branch, commit, makeHistory } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { deeds, type MisbehavingGit, misbehavingGit } from './support/misbehaving-git.ts'
import { packOf } from './support/objects.ts'
import { receivePack } from './support/receive-pack.ts'
import { makeServer, type Server } from './support/repository.ts'
import { suite } from './support/suite.ts'
import { assertAccepted } from './support/verdicts.ts'

const alice = makeKey()
const test = suite('faults in the middle of a push')

async function withServer(action: (server: Server) => Promise<void>): Promise<void> {
  const server = makeServer({ trusted: [alice] })
  try {
    const seeded = server.seed([commit('base', alice)])
    server.write(
      [
        branch('good', [commit('s', alice)]),
        branch('bad', [commit('t'), commit('u', alice)]),
        branch(
          'far',
          ['1', '2', '3', '4', '5', '6'].map(name => commit(`far ${name}`, alice)),
        ),
      ],
      seeded,
    )
    await action(server)
    assertWhole(server)
    assertAccepted(server, await server.push(['good:main']))
  } finally {
    server.close()
  }
}

function assertWhole(server: Server): void {
  assert.is(server.git('fsck', '--strict').replace(/^(notice|dangling|unreachable).*\n/gm, ''), '')
}

function branchOf(gitDir: string, name: string): string {
  return readFileSync(join(gitDir, 'refs/heads', name), 'utf8').trim()
}

/** A git of the hook's that waits until it is let go, and says whose child it is. */
function holding(server: Server): { readonly git: MisbehavingGit; held(): Promise<number>; release(): void } {
  const [at, go] = [join(server.folder, 'held'), join(server.folder, 'go')]
  const git = misbehavingGit(server)
  git.spoil('*', `echo $PPID >'${at}~'; mv '${at}~' '${at}'; while [ ! -e '${go}' ]; do sleep 0.02; done`)
  return {
    git,
    async held() {
      await until(() => existsSync(at))
      return Number(readFileSync(at, 'utf8'))
    },
    release: () => writeFileSync(go, ''),
  }
}

async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await sleep(10) // the file's own limit ends it
}

function startPush(server: Server, refspec: string): ChildProcess {
  const env = { ...process.env, GIT_DIR: server.client }
  return spawn('git', ['push', '--quiet', server.gitDir, refspec], { env, stdio: 'ignore' })
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise(resolve => child.on('close', () => resolve()))
}

/** proc_pid_stat(5). */
function parentOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1])
}

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

for (const victim of ['client', 'receive-pack'] as const)
  for (const [source, verdict] of [
    ['good', 'accepted'],
    ['bad', 'rejected'],
  ] as const)
    test(`the ${victim} is killed while the hook judges a ${source} push: it decides and says so in the log`, () =>
      withServer(async server => {
        const base = branchOf(server.gitDir, 'main')
        const { git, held, release } = holding(server)
        const client = startPush(server, `${source}:main`)
        const gone = ended(client)
        const hook = await held()
        const receiver = parentOf(hook)
        if (victim === 'client') client.kill('SIGKILL')
        else process.kill(receiver, 'SIGKILL')
        await gone
        release()
        await until(() => !isRunning(hook) && !isRunning(receiver))
        assert.equal(
          server.decisions().map(decision => decision.verdict),
          [verdict],
        )
        const moved = victim === 'client' && source === 'good' ? branchOf(server.client, 'good') : base
        assert.ok([base, moved].includes(branchOf(server.gitDir, 'main')))
        git.spoil(null)
      }))

test('the connection ends within the pack: the hook is not even asked', () =>
  withServer(async server => {
    const [before, after] = [branchOf(server.gitDir, 'main'), branchOf(server.client, 'good')]
    const pack = packOf('sha1', makeHistory([commit('x', alice), commit('y', alice)]).objects)
    for (const length of [0, 11, 40, pack.length - 21, pack.length - 1]) {
      const commands = [{ before, after, ref: 'refs/heads/main' }]
      const { refs } = await receivePack(server.gitDir, { commands, pack: pack.subarray(0, length) })
      assert.is.not(refs.get('refs/heads/main'), 'ok')
      assert.is(branchOf(server.gitDir, 'main'), before)
    }
    assert.equal(server.decisions(), [])
    assert.equal(leftOvers(server), [])
  }))

for (const deed of ['killed', 'the hook killed'] as const)
  test(`each git of the hook's in turn: ${deed}; a real push is refused and leaves nothing behind`, () =>
    withServer(async server => {
      const base = branchOf(server.gitDir, 'main')
      const git = misbehavingGit(server)
      // a few commits take one git, more of them a list of git's too
      for (const [source, least] of [
        ['bad', 1],
        ['good', 1],
        ['far', 2],
      ] as const) {
        git.spoil(null)
        await server.push([`${source}:main`])
        server.setRef('refs/heads/main', base as never)
        const calls = git.calls()
        assert.ok(calls.length >= least, `${source}: ${calls.join(' ')}`)
        for (const call of calls) {
          git.spoil(call, deeds[deed])
          const { accepted, output } = await server.push([`${source}:main`])
          assert.is(accepted, false, `${source}, ${call}: ${output}`)
          assert.is(branchOf(server.gitDir, 'main'), base)
          git.calls()
        }
      }
      assert.equal(leftOvers(server), [])
      git.spoil(null)
    }))

/** What git keeps the objects of a push in until it is accepted. */
function leftOvers(server: Server): readonly string[] {
  return readdirSync(join(server.gitDir, 'objects')).filter(name => /^(incoming|tmp_objdir)/.test(name))
}

test('the hook is killed at some moment: a push goes through only by a decision that is in the log', () =>
  withServer(async server => {
    const base = branchOf(server.gitDir, 'main')
    const hook = join(server.gitDir, 'hooks/pre-receive')
    const stub = join(server.folder, 'stub')
    writeFileSync(stub, readFileSync(hook), { mode: 0o755 })
    for (const source of ['bad', 'good'])
      for (const delay of [0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15]) {
        const killer = `(sleep ${delay}; kill -KILL $$) </dev/null >/dev/null 2>&1 &`
        writeFileSync(hook, `#!/bin/sh\n${killer}\nexec '${stub}' "$@"\n`)
        const logged = server.decisions().length
        const { accepted, output } = await server.push([`${source}:main`])
        const decided = server.decisions().slice(logged)
        if (accepted) assert.equal([source, decided[0]?.verdict], ['good', 'accepted'], output)
        assert.is(branchOf(server.gitDir, 'main') === base, !accepted, output)
        if (source === 'bad') assert.ok(decided.every(({ verdict }) => verdict === 'rejected'))
        server.setRef('refs/heads/main', base as never)
      }
    writeFileSync(hook, readFileSync(stub))
  }))

test.run()
