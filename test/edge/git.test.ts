import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Batch } from '../../src/core/batch-reader.ts'
import { Fault } from '../../src/core/fault.ts'
import { findGitDir, git, gitLine, gitLines, gitObjects, gitObjectsListed } from '../../src/edge/git.ts'
import { gitObjectsAtOnce } from '../../src/edge/git-at-once.ts'
import * as assert from '../support/assert.ts'
import { branch, commit, type History, merge, writeHistory } from '../support/history.ts'
import { suite } from '../support/suite.ts'

const test = suite('git')
const folder = mkdtempSync(join(tmpdir(), 'g-'))
const gitDir = join(folder, 'r.git')
const inherited = { ...process.env }
const realGit = spawnSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).stdout.trim()
let history: History

test.before(() => {
  spawnSync('git', ['init', '--quiet', '--bare', gitDir])
  history = writeHistory(gitDir, [
    commit('one'),
    branch('side', [commit('two')]),
    commit('three'),
    merge('side'),
  ])
})
test.before.each(() => {
  for (const name of Object.keys(process.env)) if (!(name in inherited)) delete process.env[name]
  Object.assign(process.env, inherited)
})
test.after(() => rmSync(folder, { recursive: true, force: true }))

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

function lines(...args: readonly string[]): Promise<string[]> {
  return all(gitLines(gitDir, args))
}

async function objects(batches: AsyncIterable<Batch>) {
  return (await all(batches)).flatMap(batch => batch.objects)
}

async function atOnce(sizeLimit: number, ...names: readonly string[]): Promise<Batch | null> {
  return gitObjectsAtOnce(gitDir, names.map(name => `${name}\n`).join(''), sizeLimit)
}

function faulty(promise: Promise<unknown>, words: RegExp): Promise<Error> {
  return assert.rejects(promise, error => error instanceof Fault && words.test(error.message))
}

/** Puts a program named git before the real one, which it finds as `$GIT`. */
function stand(script: string): void {
  const bin = mkdtempSync(join(folder, 'bin-'))
  writeFileSync(join(bin, 'git'), `#!/bin/sh\nGIT='${realGit}'\n${script}\n`, { mode: 0o755 })
  process.env['PATH'] = `${bin}:${inherited['PATH']}`
}

test('lines come one by one, and none where there are none', async () => {
  const tip = history.oid('merge-side')
  assert.equal(await lines('rev-list', '--max-count=1', tip), [tip])
  assert.equal(await lines('rev-list', '--max-count=0', tip), [])
  assert.equal(await all(gitLines(gitDir, ['rev-list', '--stdin'], `${history.oid('one')}\n`)), [
    history.oid('one'),
  ])
})

test('an exit code that is not expected is a fault that says what git said', async () => {
  await faulty(lines('rev-list', 'f'.repeat(40)), /^git rev-list failed: .*bad object/)
  await faulty(lines('symbolic-ref', '--quiet', 'refs/heads/main'), /^git symbolic-ref failed/)
  assert.equal(await all(gitLines(gitDir, ['symbolic-ref', '--quiet', 'refs/heads/main'], '', [0, 1])), [])
  await faulty(all(gitLines(gitDir, ['rev-list', 'f'.repeat(40)], '', [0, 1])), /rev-list/)
})

test('one line is an answer where git ends well, and nothing else is', async () => {
  const asked = (revision: string) => gitLine(gitDir, ['rev-parse', '--verify', '--quiet', revision])
  assert.is(await asked('main'), history.oid('merge-side'))
  assert.is(await asked('nothing'), null)
  // git writes the parent of it before it says that this is no single revision
  for (const revision of ['main~1^@', 'main~2^!', 'side..main'])
    assert.is(await asked(revision), null, revision)
  const answer = `echo ${'a'.repeat(40)}`
  stand(answer)
  assert.is(await asked('main'), 'a'.repeat(40))
  for (const code of [1, 128]) {
    stand(`${answer}; exit ${code}`)
    assert.is(await asked('main'), null, `${code}`)
  }
  stand(`${answer}; ${answer}`)
  assert.is(await asked('main'), null, 'two lines')
  for (const end of ['exit 2', 'exit 127', 'kill -9 $$', 'kill -15 $$']) {
    stand(`${answer}; ${end}`)
    await faulty(asked('main'), /^git rev-parse failed/)
  }
  stand(`printf '%s' ${'a'.repeat(40)}`)
  await faulty(asked('main'), /cut off/)
})

const deaths: readonly [what: string, script: string][] = [
  ['killed at once', 'kill -9 $$'],
  ['killed when it had answered', `echo ${'a'.repeat(40)}; kill -9 $$`],
  ['ended by a signal that it could have handled', 'kill -15 $$'],
  ['failed without a word', 'exit 1'],
  ['failed when it had answered', `echo ${'a'.repeat(40)}; exit 128`],
]

for (const [what, script] of deaths)
  test(`a git that was ${what} is a fault, never an empty answer`, async () => {
    stand(script)
    await faulty(lines('rev-list'), /^git rev-list failed/)
    await faulty(objects(gitObjects(gitDir, '', 10)), /^git c/)
    await faulty(atOnce(10, 'f'.repeat(40)), /^git c/)
    await faulty(objects(gitObjectsListed(gitDir, ['rev-list'], '', 10)), /^git /)
    await faulty(git(['rev-list']), /^git rev-list failed/)
  })

test('no git at all is a fault', async () => {
  process.env['PATH'] = join(folder, 'nowhere')
  await faulty(lines('rev-list'), /^git rev-list failed/)
  await faulty(objects(gitObjects(gitDir, '', 10)), /^git cat-file failed/)
  await faulty(atOnce(10), /^git cat-file failed/)
  await faulty(objects(gitObjectsListed(gitDir, ['rev-list'], '', 10)), /^git .* failed/)
  await faulty(git(['rev-list']), /^git rev-list failed/)
})

test('an answer that is cut off is a fault, though git says that all is well', async () => {
  stand('printf abc')
  await faulty(lines('rev-list'), /cut off/)
  stand(`printf '%s commit 10\\nabc' ${'a'.repeat(40)}`)
  await faulty(objects(gitObjects(gitDir, '', 10)), /cut off/)
  await faulty(atOnce(10), /cut off/)
  stand("echo 'all is well'")
  await faulty(objects(gitObjects(gitDir, '', 10)), /no object/)
  await faulty(atOnce(10), /no object/)
})

test('objects come as they are stored; one too large without its bytes, a missing one not at all', async () => {
  const [one, two] = [history.oid('one'), history.oid('two')]
  const stored = (oid: string) =>
    spawnSync('git', ['cat-file', 'commit', oid], { env: { ...process.env, GIT_DIR: gitDir } }).stdout
  const found = await objects(gitObjects(gitDir, `${one}\n${two}\n`, 10_000))
  assert.equal(
    found.map(({ oid, type, bytes }) => [oid, type, Buffer.from(bytes ?? []).toString()]),
    [one, two].map(oid => [oid, 'commit', stored(oid).toString()]),
  )
  const small = await objects(gitObjects(gitDir, `${one}\n`, 10))
  assert.equal(
    small.map(({ size, bytes }) => [size, bytes]),
    [[stored(one).length, null]],
  )
  const batches = await all(gitObjects(gitDir, `${'f'.repeat(40)}\n${one}\n`, 10))
  assert.equal(
    batches.flatMap(({ missing }) => missing),
    ['f'.repeat(40)],
  )
  assert.equal(
    batches.flatMap(({ objects }) => objects.map(({ oid }) => oid)),
    [one],
  )
})

test('a few objects that are waited for are the same; where they are too large together, there is no answer', async () => {
  const names = [history.oid('one'), 'f'.repeat(40), history.oid('two')]
  for (const limit of [10, 10_000]) {
    const [found, streamed] = [
      await atOnce(limit, ...names),
      await all(gitObjects(gitDir, `${names.join('\n')}\n`, limit)),
    ]
    assert.equal(found, {
      objects: streamed.flatMap(({ objects }) => objects),
      missing: streamed.flatMap(({ missing }) => missing),
    })
  }
  stand(`printf '%s blob 9000000\n' ${'a'.repeat(40)}; head -c 9000000 /dev/zero; echo`)
  assert.is(await atOnce(10), null)
})

test('listed objects come in the order of the list, all of them', async () => {
  const tip = history.oid('merge-side')
  const found = await objects(gitObjectsListed(gitDir, ['rev-list', '--stdin'], `${tip}\n`, 10_000))
  assert.equal(
    found.map(({ oid }) => oid),
    await lines('rev-list', tip),
  )
  assert.is(found.length, 4)
})

const losses: readonly [what: string, script: string, words: RegExp][] = [
  [
    'the list is killed half-way',
    'case "$*" in *rev-list*) "$GIT" "$@" | head -n 2; kill -9 $$;; *) exec "$GIT" "$@";; esac',
    /rev-list failed/,
  ],
  [
    'the list fails half-way',
    'case "$*" in *rev-list*) "$GIT" "$@" | head -n 2; exit 128;; *) exec "$GIT" "$@";; esac',
    /rev-list failed/,
  ],
  [
    'the list breaks off within a name',
    'case "$*" in *rev-list*) "$GIT" "$@" | head -c 60; exit 0;; *) exec "$GIT" "$@";; esac',
    /./,
  ],
  [
    'the reader leaves one out',
    'case "$*" in *cat-file*) head -n 3 | "$GIT" "$@";; *) exec "$GIT" "$@";; esac',
    /answered 3 of 4/,
  ],
  [
    'the reader reads none',
    'case "$*" in *cat-file*) exit 0;; *) exec "$GIT" "$@";; esac',
    /answered 0 of 4/,
  ],
  [
    'the reader is killed',
    'case "$*" in *cat-file*) head -n 3 | "$GIT" "$@"; kill -9 $$;; *) exec "$GIT" "$@";; esac',
    /cat-file failed/,
  ],
  [
    'the list names what is not there',
    `case "$*" in *rev-list*) echo ${'f'.repeat(40)};; *) exec "$GIT" "$@";; esac`,
    /git has no object ffff/,
  ],
]

for (const [what, script, words] of losses)
  test(`a fault where ${what}`, async () => {
    stand(script)
    const tip = history.oid('merge-side')
    await faulty(objects(gitObjectsListed(gitDir, ['rev-list', '--stdin'], `${tip}\n`, 10_000)), words)
  })

test('a reader that stops early ends its child', async () => {
  const noted = join(folder, 'pid')
  stand(`echo $$ >'${noted}'; echo first; exec sleep 600`)
  for await (const line of gitLines(gitDir, ['rev-list'])) {
    assert.is(line, 'first')
    break
  }
  const pid = Number(readFileSync(noted, 'utf8'))
  while (isRunning(pid)) await new Promise(resolve => setTimeout(resolve, 5))
  assert.is(isRunning(pid), false)
})

function isRunning(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false
  return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

test('nothing of a client’s environment reaches git', async () => {
  Object.assign(process.env, {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'alias.probe',
    GIT_CONFIG_VALUE_0: '!echo reached',
    GIT_TRACE: join(folder, 'trace'),
    GIT_NAMESPACE: 'x',
    GIT_DIR: join(folder, 'elsewhere'),
  })
  stand('env')
  const seen = await lines('x')
  const named = seen.map(line => line.split('=')[0] ?? '').filter(name => name.startsWith('GIT_'))
  assert.equal(named.sort(), [
    'GIT_CONFIG_GLOBAL',
    'GIT_CONFIG_NOSYSTEM',
    'GIT_DIR',
    'GIT_GRAFT_FILE',
    'GIT_NO_LAZY_FETCH',
    'GIT_NO_REPLACE_OBJECTS',
    'GIT_OPTIONAL_LOCKS',
    'GIT_SHALLOW_FILE',
    'GIT_TERMINAL_PROMPT',
  ])
  assert.ok(seen.includes(`GIT_DIR=${gitDir}`))
  assert.not.ok(seen.some(line => /^(HOME|NODE_OPTIONS|LANG)=/.test(line)))
})

test('replaced, grafted and shallow commits are seen as they are stored', async () => {
  const copy = join(folder, 'lying.git')
  spawnSync('git', ['init', '--quiet', '--bare', copy])
  const { oid } = writeHistory(copy, [commit('one'), commit('two'), commit('three')])
  const asGit = (...args: readonly string[]) =>
    spawnSync('git', args, { env: { ...process.env, GIT_DIR: copy }, encoding: 'utf8' })
      .stdout.trim()
      .split('\n')
  const tip = oid('three')
  const whole = [tip, oid('two'), oid('one')]
  const seen = () => all(gitLines(copy, ['rev-list', tip]))
  asGit('replace', oid('two'), oid('one'))
  assert.equal(asGit('rev-list', tip), [tip, oid('two')], 'git follows a replacement')
  assert.equal(await seen(), whole)
  const [stored] = await objects(gitObjects(copy, `${oid('two')}\n`, 10_000))
  assert.match(Buffer.from(stored?.bytes ?? []).toString(), /two\n$/)
  asGit('replace', '-d', oid('two'))
  mkdirSync(join(copy, 'info'), { recursive: true })
  writeFileSync(join(copy, 'info/grafts'), `${tip}\n`)
  assert.equal(asGit('rev-list', tip), [tip], 'git follows a graft')
  assert.equal(await seen(), whole)
  rmSync(join(copy, 'info/grafts'))
  writeFileSync(join(copy, 'shallow'), `${tip}\n`)
  assert.equal(asGit('rev-list', tip), [tip], 'git stops at a shallow boundary')
  assert.equal(await seen(), whole)
})

test('a command of the admin’s gives its output, its exit code, or a fault', async () => {
  const { stdout, exitCode } = await git(['rev-parse', 'refs/heads/main'], { gitDir })
  assert.is(Buffer.from(stdout).toString(), `${history.oid('merge-side')}\n`)
  assert.is(exitCode, 0)
  const quiet = await git(['rev-parse', '--verify', '--quiet', 'refs/heads/none'], {
    gitDir,
    allowFailure: true,
  })
  assert.is(quiet.exitCode, 1)
  await faulty(git(['rev-parse', '--verify', 'refs/heads/none'], { gitDir }), /^git rev-parse failed/)
  const hashed = await git(['hash-object', '--stdin'], { gitDir, input: 'hello\n' })
  assert.is(Buffer.from(hashed.stdout).toString(), 'ce013625030ba8dba906f756967f9e9ca394464a\n')
})

test('a command that is killed is a fault, even where failure is allowed', async () => {
  stand('kill -9 $$')
  await faulty(git(['x'], { gitDir, allowFailure: true }), /^git x failed/)
})

test('the repository around a folder is found, and none is a fault', async () => {
  assert.is(await findGitDir(gitDir), gitDir)
  assert.is(await findGitDir(join(gitDir, 'objects')), gitDir)
  const work = join(folder, 'work')
  spawnSync('git', ['init', '--quiet', work])
  assert.is(await findGitDir(work), join(work, '.git'))
  await faulty(findGitDir(folder), /not a git repository/)
})

test.run()
