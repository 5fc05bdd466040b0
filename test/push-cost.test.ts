// What the hook starts and loads for a push: each child and each module is time that every pusher waits. Counted, not timed.
import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { branch, commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { misbehavingGit } from './support/misbehaving-git.ts'
import { preload } from './support/preload.ts'
import type { Server } from './support/repository.ts'
import { makeServer } from './support/repository.ts'
import { suite } from './support/suite.ts'
import { assertAccepted } from './support/verdicts.ts'

const test = suite('cost of a push')
const alice = makeKey()

/** The last but one is asked for by the package openpgp alone, when it starts; the last by other commands. */
const watched = ['stream', 'child_process', 'crypto', 'worker_threads', 'readline']
const wild =
  'keys = @KEYS@\n\n[protect "refs/heads/main"]\nmode = all\n\n[protect "refs/heads/release/*"]\nmode = all\n'

async function withServer(action: (server: Server) => Promise<void>): Promise<void> {
  const server = makeServer({ trusted: [alice], configuration: wild })
  try {
    const seeded = server.seed([commit('base', alice)])
    const line = (name: string, count: number) =>
      branch(
        name,
        Array.from({ length: count }, (_, index) => commit(`${name}${index}`, alice)),
      )
    server.write([line('one', 1), line('four', 4), line('five', 5), branch('plain', [commit('p')])], seeded)
    await action(server)
  } finally {
    server.close()
  }
}

const pushes: readonly (readonly [name: string, refspec: string, calls: readonly string[]])[] = [
  ['refs that nothing protects', 'plain:topic', []],
  ['one signed commit', 'one:main', ['cat-file-1']],
  ['four', 'four:main', ['cat-file-1', 'cat-file-2']],
  ['more than are walked one by one', 'five:main', ['cat-file-1', 'cat-file-2', 'cat-file-3', 'rev-list-1']],
  ['a new branch', 'one:release/1', ['cat-file-1', 'for-each-ref-1']],
]
for (const [name, refspec, calls] of pushes)
  test(`children that are started for ${name}`, async () => {
    await withServer(async server => {
      const git = misbehavingGit(server)
      assertAccepted(server, await server.push([refspec]))
      assert.equal(git.calls(), calls)
    })
  })

test('a small push that git has unpacked is read without it, as far down as its tip', async () => {
  for (const [refspec, calls] of [
    ['one:main', []],
    ['four:main', ['cat-file-1']],
  ] as const)
    await withServer(async server => {
      const git = misbehavingGit(server)
      server.git('config', 'transfer.unpackLimit', '100') // what git takes where nothing is said
      assertAccepted(server, await server.push([refspec]))
      assert.equal(git.calls(), calls)
    })
})

test('where a symbolic ref may draw a push in, all refs are read, and a protected one is not moved past its name', async () => {
  const links: readonly (readonly [name: string, target: string])[] = [
    ['refs/heads/topic', 'refs/heads/main'],
    ['refs/heads/release/1', 'refs/heads/topic'],
    ['refs/heads/release/deep/1', 'refs/heads/topic'],
    ['refs/heads/release/\u{fffd}', 'refs/heads/topic'],
  ]
  for (const [name, target] of links)
    await withServer(async server => {
      server.git('symbolic-ref', name, target)
      assert.equal((await server.push(['plain:topic'])).codes, ['symbolic-ref'], name)
      assertAccepted(server, await server.push(['plain:other']))
    })
})

test('a symbolic ref as git wrote it long ago, a link in the file system, is seen too', async () => {
  await withServer(async server => {
    symlinkSync('refs/heads/main', join(server.gitDir, 'refs/heads/topic'))
    assert.equal((await server.push(['plain:topic'])).codes, ['symbolic-ref'])
  })
})

test('a name that git would find elsewhere is not where the branch stands', async () => {
  await withServer(async server => {
    const { client, gitDir } = server
    server.git('fetch', '--quiet', client, 'plain')
    const plain = server.git('rev-parse', 'FETCH_HEAD').trim()
    // git finds refs/refs/heads/release/9 where it is asked for refs/heads/release/9, which is not there
    server.git('update-ref', 'refs/refs/heads/release/9', plain)
    const input = `${plain} ${plain} refs/heads/release/9\n`
    const { exit } = await server.refwarden(['pre-receive', '--config', server.config], {
      env: { GIT_DIR: gitDir },
      input,
    })
    assert.is(exit, 1)
    assert.equal(server.decisions().at(-1).refs[0].commits[0].code, 'unsigned')
  })
})

const modules: readonly (readonly [name: string, refspec: string, loaded: readonly string[]])[] = [
  ['refs that nothing protects', 'plain:topic', []],
  ['one signed commit, the keys compiled', 'one:main', ['stream', 'crypto']],
]
for (const [name, refspec, loaded] of modules)
  test(`modules of Node.js that are loaded for ${name}`, async () => {
    await withServer(async server => {
      const seen = join(server.folder, 'modules')
      // a minute ahead: no key file counts as new, and the first push keeps the keys compiled
      preload(
        server,
        `const real = Date.now
Date.now = () => real() + 60000
process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(seen)}, JSON.stringify(process.moduleLoadList)))`,
      )
      const loadedNow = () => {
        const all = JSON.parse(readFileSync(seen, 'utf8'))
        return watched.filter(name => all.includes(`NativeModule ${name}`))
      }
      assertAccepted(server, await server.push(['four:release/1']))
      assert.equal(loadedNow(), watched.slice(0, -1))
      assertAccepted(server, await server.push([refspec]))
      assert.equal(loadedNow(), loaded)
    })
  })

test.run()
