// `refwarden doctor` on many repositories and as other accounts: what it says, and its exit codes.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { renderExaminations, renderNagios } from '../src/core/doctor-report.ts'
import type { Examination, FindingCode } from '../src/core/finding.ts'
import { withoutUsedPatterns } from '../src/core/finding.ts'
import { codesIn, found, hookOf, withServer } from './support/doctor.ts'
import { commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { binary } from './support/paths.ts'
import type { Server } from './support/repository.ts'
import { makeServer } from './support/repository.ts'
import { suite } from './support/suite.ts'

const test = suite('doctor')

test('one repository: what each pattern matches, what is wrong, what to do', async () => {
  await withServer(async server => {
    const well = await server.refwarden(['doctor', server.gitDir])
    assert.is(well.exit, 0, well.stderr)
    assert.equal(well.stdout.split('\n'), [
      server.gitDir,
      '  [protect "refs/heads/main"] mode all: refs/heads/main',
      '  nothing is wrong',
      '',
      '1 repository: 0 faults, 0 warnings, 0 hints',
      '',
    ])
    chmodSync(hookOf(server), 0o644)
    const { exit, stdout } = await server.refwarden(['doctor', server.gitDir])
    assert.is(exit, 2)
    assert.equal(stdout.split('\n').slice(2, 4), [
      `  fault hook-not-executable: ${hookOf(server)}: it cannot be executed: git accepts every push`,
      `      chmod 0755 ${hookOf(server)}, and see that it is not mounted noexec`,
    ])
  })
})

test('--nagios: one line, performance data, the plugin’s exit codes', async () => {
  await withServer(async server => {
    const nagios = async (...args: readonly string[]) => {
      const { exit, stdout } = await server.refwarden(['doctor', '--nagios', ...args])
      assert.match(stdout, /^REFWARDEN [^\n]*\n$/)
      return [exit, stdout.trimEnd()]
    }
    const ok =
      '1 repository: 0 faults, 0 warnings, 0 hints | repositories=1;;;0 faults=0;;0;0 warnings=0;0;;0 hints=0;;;0'
    assert.equal(await nagios(server.gitDir), [0, `REFWARDEN OK - ${ok}`])
    server.git('config', 'receive.fsckObjects', 'false')
    assert.match((await nagios(server.gitDir)).join(), /^0,REFWARDEN OK - .* hints=1;;;0$/)
    server.trust(makeKey({ name: 'Bob | x', expires: Math.floor(Date.now() / 1000) + 86_400 }))
    const [exit, line] = await nagios(server.gitDir)
    assert.is(exit, 1)
    assert.match(
      `${line}`,
      /^REFWARDEN WARNING - .*: key-expiring: .*Bob \\x7c x.* \| repositories=1;;;0 faults=0;;0;0 warnings=1;0;;0 hints=1;;;0$/,
    )
    rmSync(hookOf(server))
    assert.match((await nagios(server.gitDir)).join(), /^2,REFWARDEN CRITICAL - .*hook-missing/)
    assert.match((await nagios('--all', '/nowhere')).join(), /^3,REFWARDEN UNKNOWN - \/nowhere: ENOENT$/)
    assert.match((await nagios()).join(), /^3,REFWARDEN UNKNOWN - no repository is named$/)
  })
})

test('--all: every bare repository of a tree, once, whatever links there are', async () => {
  await withServer(async server => {
    const tree = join(server.folder, 'tree')
    mkdirSync(join(tree, 'team/deep'), { recursive: true })
    const bare = ['a.git', 'team/b.git', 'team/deep/c.git', 'a.git/inside.git']
    for (const path of bare) git('init', '--quiet', '--bare', join(tree, path))
    git('init', '--quiet', join(tree, 'work'))
    mkdirSync(join(tree, 'a.git/objects/d.git'))
    mkdirSync(join(tree, 'no-repository/objects'), { recursive: true })
    symlinkSync('.', join(tree, 'team/loop'))
    symlinkSync('../team', join(tree, 'team/deep/up'))
    symlinkSync('a.git', join(tree, 'alias.git'))
    symlinkSync(server.gitDir, join(tree, 'out.git'))
    symlinkSync('nowhere', join(tree, 'dangling'))
    const { exit, stdout } = await server.refwarden(['doctor', '--json', '--all', tree])
    assert.is(exit, 2)
    const names = stdout
      .split('\n')
      .slice(0, -2)
      .map(line => JSON.parse(line).repository.slice(tree.length + 1))
    assert.equal(names.sort(), [...bare].sort())
    assert.equal(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '').summary.repositories, bare.length)
    const named = await server.refwarden([
      'doctor',
      '--json',
      '--all',
      tree,
      join(tree, 'alias.git'),
      server.gitDir,
    ])
    assert.is(named.stdout.split('\n').length, bare.length + 1 + 2)
  })
})

test('--all says what repositories have in common once, and nothing of those that are well', async () => {
  await withServer(async server => {
    for (const name of ['second.git', 'third.git']) {
      git('clone', '--quiet', '--mirror', server.gitDir, join(server.folder, name))
      const { exit, stderr } = await server.refwarden([
        'install',
        '--config',
        server.config,
        join(server.folder, name),
      ])
      assert.is(exit, 0, stderr)
      git('--git-dir', join(server.folder, name), 'config', 'receive.fsckObjects', 'true')
    }
    rmSync(hookOf(server))
    server.trust(makeKey({ name: 'Bob', expires: Math.floor(Date.now() / 1000) - 86_400 }))
    const { stdout } = await server.refwarden(['doctor', '--config', server.config, '--all', server.folder])
    assert.is(stdout.split('key-expired').length, 2, stdout)
    assert.match(
      stdout,
      `in ${['client.git', 'repo.git', 'second.git', 'third.git'].map(name => join(server.folder, name)).join(', ')}\n`,
    )
    assert.match(stdout, 'client.git\n')
    assert.is(stdout.split('third.git').length, 2, stdout)
    assert.match(stdout, /^4 repositories: /m)
  })
})

test('a pattern that one of the repositories has is no slip in the others', async () => {
  const one = (pattern: string, refs: readonly string[]): Examination => ({
    ...{ repository: '/r', signers: [], log: null, patterns: [{ pattern, mode: 'all', refs }] },
    findings:
      refs.length > 0
        ? []
        : [
            {
              code: 'pattern-matches-nothing',
              what: `[protect "${pattern}"] matches nothing in this repository`,
              remedy: '',
            },
          ],
  })
  const codes = (given: readonly Examination[]) =>
    withoutUsedPatterns(given).flatMap(({ findings }) => findings.map(({ code }) => code))
  assert.equal(codes([one('refs/heads/a', []), one('refs/heads/a', ['refs/heads/a'])]), [])
  assert.equal(codes([one('refs/heads/a', []), one('refs/heads/b', ['refs/heads/b'])]), [
    'pattern-matches-nothing',
  ])
})

test('what is hostile is printed as text, on one line', () => {
  const nasty = { code: 'not-examined', what: '/r\u001b[2J\u202e: x | y', remedy: 'a\u0007' } as const
  const examination = {
    repository: '/\u001b]0;x\u0007',
    findings: [nasty],
    patterns: [],
    signers: [],
    log: null,
  }
  for (const line of [...renderExaminations([examination], false), renderNagios([examination])])
    assert.not.match(line, /[\p{Cc}\p{Cf}]/u)
  assert.is(renderNagios([examination]).split('|').length, 2)
})

test('options that do not go together', async () => {
  await withServer(async server => {
    for (const args of [
      ['--json', '--nagios'],
      ['--account', 'git'],
      ['--account', '-1'],
    ])
      assert.is((await server.refwarden(['doctor', ...args, server.gitDir])).exit, 2)
  })
})

const root = process.getuid?.() === 0 ? null : 'only root can become another account'
const git12345 = 12345

test.unless(root, 'root looks as the owner: what he may not enter, read and run', async () => {
  await withAccount(async server => {
    assert.equal(await codesOf(server), [])
    chownSync(join(server.gitDir, 'hooks'), 0, 0)
    chmodSync(join(server.gitDir, 'hooks'), 0o700)
    assert.equal(await codesOf(server), ['hook-unreachable'])
    const history = server.write([commit('unsigned')])
    const sent = await pushAs(server, `${history.oid('unsigned')}:refs/heads/main`)
    assert.is(sent.exit, 0, sent.stderr)
    chmodSync(join(server.gitDir, 'hooks'), 0o755)
    assert.equal(await codesOf(server), [])
    const refused = await pushAs(
      server,
      `${server.write([commit('another')]).oid('another')}:refs/heads/main`,
    )
    assert.is(refused.exit, 1, refused.stderr)
    chmodSync(hookOf(server as never), 0o744)
    chownSync(hookOf(server as never), 0, 0)
    assert.equal(await codesOf(server), ['hook-not-executable'])
    chmodSync(hookOf(server as never), 0o755)
    chmodSync(server.config, 0o600)
    assert.equal(await codesOf(server), ['config-broken'])
    chmodSync(server.config, 0o644)
    rmSync(join(server.gitDir, 'refwarden.jsonl'))
    chownSync(server.gitDir, git12345, git12345)
    chmodSync(server.gitDir, 0o555)
    assert.ok((await codesOf(server)).includes('log-unwritable'))
  })
})

test.unless(root, 'root looks at repositories of several accounts in one go', async () => {
  await withAccount(async server => {
    const second = join(server.folder, 'second.git')
    git('init', '--quiet', '--bare', second)
    const { stdout } = await server.refwarden(['doctor', '--json', second, server.gitDir])
    const names = stdout
      .split('\n')
      .slice(0, -2)
      .map(line => JSON.parse(line).repository)
    assert.equal(names, [second, server.gitDir])
  })
})

test.unless(
  root,
  'who is neither root nor the owner says so; nobody but root can be somebody else',
  async () => {
    await withAccount(async server => {
      const as = (...args: readonly string[]) =>
        spawnSync(binary, ['doctor', '--json', ...args, server.gitDir], {
          uid: 23456,
          gid: 23456,
          cwd: '/',
          encoding: 'utf8',
        })
      assert.ok(codesIn(as().stdout).includes('other-account'))
      const denied = as('--account', '12345')
      assert.is(denied.status, 2)
      assert.match(denied.stderr, 'only root can look as somebody else')
      const { stdout } = await server.refwarden(['doctor', '--json', '--account', '23456', server.gitDir])
      assert.ok(codesIn(stdout).includes('other-account'))
    })
  },
)

test.run()

function git(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('git', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}

async function codesOf(server: Server): Promise<readonly FindingCode[]> {
  return found(server as never)
}

/** A repository that belongs to uid 12345, who runs git there; below a folder that all may enter. */
async function withAccount(action: (server: Server) => Promise<void>): Promise<void> {
  const before = process.env['TMPDIR']
  const open = mkdtempSync('/tmp/doctor-')
  chmodSync(open, 0o755)
  process.env['TMPDIR'] = open
  const alice = makeKey({ name: 'Alice' })
  const server = makeServer({ trusted: [alice] })
  try {
    chmodSync(server.folder, 0o755)
    server.git('symbolic-ref', 'HEAD', 'refs/heads/main')
    server.git('config', 'receive.fsckObjects', 'true')
    server.seed([commit('seed', alice)])
    give(server.gitDir)
    await action(server)
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
    rmSync(open, { recursive: true })
  }
}

function give(path: string): void {
  for (const name of ['', ...readdirSync(path, { recursive: true, encoding: 'utf8' })]) {
    if (!lstatSync(join(path, name)).isSymbolicLink()) chownSync(join(path, name), git12345, git12345)
  }
}

function pushAs({ client, gitDir }: Server, refspec: string) {
  give(client)
  const env = { PATH: process.env['PATH'] ?? '', GIT_DIR: client, HOME: '/nowhere' }
  const args = ['push', '--force', gitDir, refspec]
  const { status, stderr } = spawnSync('git', args, {
    uid: git12345,
    gid: git12345,
    cwd: '/',
    env,
    encoding: 'utf8',
  })
  return { exit: status, stderr }
}
