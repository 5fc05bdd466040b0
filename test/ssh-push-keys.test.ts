// What an admin does to the OpenSSH keys of the key directory, as pushes of stock git find it.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from './support/assert.ts'
import { compiledFiles } from './support/compiled.ts'
import { commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { opensshMissing } from './support/openssh.ts'
import { clockOf, preload } from './support/preload.ts'
import { at, list } from './support/ssh-place.ts'
import { suite } from './support/suite.ts'

const test = suite('ssh pushes: the key directory')

test.unless(opensshMissing, 'a back-dated commit by a key that has ended: good for git, refused here', () =>
  at({}, async place => {
    const { server, work, send } = place
    const key = work.key('retired')
    const text = `alice@example.org valid-before="20230101Z" ${work.line(key)}\n`
    list(place, 'allowed_signers', text)
    const past = '2022-06-01T00:00:00Z'
    work.commit(key, 'back-dated', { env: { GIT_COMMITTER_DATE: past, GIT_AUTHOR_DATE: past } })
    const git = work.attempt('git', [
      '-c',
      `gpg.ssh.allowedSignersFile=${join(server.keys, 'allowed_signers')}`,
      'verify-commit',
      'HEAD',
    ])
    assert.is(git.exit, 0, git.output)
    assert.equal((await send()).codes, ['key-expired'])
    list(place, 'allowed_signers', text.replace('2023', '2099'))
    assert.is((await send()).accepted, true)
  }),
)

test.unless(
  opensshMissing,
  'a revoked key is out at the next push, and a list that is damaged lets nothing in',
  () =>
    at({}, async place => {
      const { server, work, send } = place
      const [key, other] = [work.key('alice'), work.key('bob')]
      list(place, 'team.pub', `${work.line(key)}\n${work.line(other)}\n`)
      const revoked = join(server.folder, 'revoked')
      writeFileSync(revoked, '# nobody\n')
      server.configure(`keys = @KEYS@\nrevoked-keys = ${revoked}\n\n[protect "refs/heads/main"]\n`)
      clockOf(server)(60) // so that no file counts as new, and what was read is compiled
      work.commit(key, 'one')
      assert.is((await send()).accepted, true)
      assert.is(compiledFiles(server).length, 1)
      work.commit(key, 'two')
      writeFileSync(`${revoked}.new`, `${work.fingerprint(key)}\n`)
      renameSync(`${revoked}.new`, revoked)
      assert.equal((await send()).codes, ['key-revoked'])
      work.run('git', ['reset', '--quiet', '--hard', 'HEAD~1'])
      work.commit(other, 'three')
      assert.is((await send()).accepted, true)
      for (const text of ['', `${work.fingerprint(key)}x\n`, readFileSync(key, 'utf8')]) {
        writeFileSync(revoked, text)
        work.commit(other, 'four')
        const refused = await send()
        assert.is(refused.accepted, false)
        assert.match(server.decisions().at(-1).fault, revoked)
      }
    }),
)

test.unless(
  opensshMissing,
  'verify without a configuration: what is revoked of the keys on the command line',
  () =>
    at({}, async place => {
      const { server, work, send } = place
      const [key, other] = [work.key('alice'), work.key('bob')]
      list(place, 'team.pub', `${work.line(key)}\n${work.line(other)}\n`)
      work.commit(key, 'one')
      assert.is((await send()).accepted, true)
      const revoked = join(server.folder, 'revoked')
      const verdict = async (...args: readonly string[]) => {
        const done = await server.refwarden(['verify', 'main', '--json', ...args], { cwd: server.gitDir })
        return [
          done.exit,
          done.exit === 2 ? done.stderr.split('\n')[0] : JSON.parse(done.stdout.split('\n')[0] ?? '').code,
        ]
      }
      const keys = ['--keys', server.keys, '--revoked-keys', revoked]
      writeFileSync(revoked, `${work.fingerprint(other)}\n`)
      assert.equal(await verdict(...keys), [0, null])
      writeFileSync(revoked, `${work.fingerprint(key)}\n`)
      assert.equal(await verdict(...keys), [1, 'key-revoked'])
      const alone = await verdict('--revoked-keys', revoked, '--config', server.config)
      assert.equal(alone, [2, 'error: --revoked-keys is of use with --keys alone'])
    }),
)

test.unless(opensshMissing, 'OpenPGP and OpenSSH keys side by side, in commits and tags', () => {
  const alice = makeKey()
  const configuration =
    'keys = @KEYS@\n\n[protect "refs/heads/main"]\n\n[protect "refs/tags/*"]\n\n[protect "refs/heads/pgp"]\n'
  return at({ trusted: [alice], configuration }, async place => {
    const { server, work, send } = place
    const key = work.key('alice')
    list(place, 'allowed_signers', `alice@example.org ${work.line(key)}\n`)
    work.commit(key, 'one')
    const sign = ['-c', 'gpg.format=ssh', '-c', `user.signingKey=${key}`]
    work.run('git', [...sign, 'tag', '-s', '-m', 'one', 'v1'])
    assert.is((await send()).accepted, true)
    assert.is((await send('v1')).accepted, true)
    work.run('git', [
      '-c',
      'gpg.format=ssh',
      '-c',
      `user.signingKey=${work.key('x')}`,
      'tag',
      '-s',
      '-m',
      'two',
      'v2',
    ])
    assert.equal((await send('v2')).codes, ['unknown-key'])
    server.write([commit('by OpenPGP', alice)])
    assert.is((await server.push(['main:pgp'])).accepted, true)
    const verified = await server.refwarden(['verify', '--keys', server.keys, '--json', 'main'])
    const [line] = verified.stdout.split('\n').map(text => JSON.parse(text || 'null'))
    const signer = work.fingerprint(key)
    assert.equal([line.verdict, line.signer, line.key, line.signedAt], ['verified', signer, signer, null])
    const report = await server.refwarden(['verify', '--keys', server.keys, 'main'])
    assert.match(report.stdout, signer)
    assert.match(report.stdout, 'alice@example.org')
  })
})

test.unless(opensshMissing, 'a bad line refuses every push, and the log has file and line', () =>
  at({}, async place => {
    const { server, work, send } = place
    const key = work.key('alice')
    list(place, 'allowed_signers', `# team\nalice@example.org namespace="git" ${work.line(key)}\n`)
    work.commit(key, 'one')
    const refused = await send()
    assert.is(refused.accepted, false)
    assert.match(
      server.decisions()[0].fault,
      `${server.keys}/allowed_signers:2: 'namespace="git"' is no option`,
    )
    list(place, 'allowed_signers', `# team\nalice@example.org namespaces="git" ${work.line(key)}\n`)
    assert.is((await send()).accepted, true)
  }),
)

test.unless(opensshMissing, 'keys compiled by an earlier push, and those of another file', () =>
  at({}, async place => {
    const { server, work, send } = place
    const [key, authority] = [work.key('alice'), work.key('authority')]
    const text = `alice@example.org ${work.line(key)}\n*@example.org cert-authority ${work.line(authority)}\n`
    list(place, 'allowed_signers', text)
    work.run('ssh-keygen', ['-q', '-s', authority, '-I', 'alice', '-n', 'alice@example.org', `${key}.pub`])
    clockOf(server)(60) // so that no key file counts as new
    work.commit(key, 'one')
    assert.is((await send()).accepted, true)
    assert.is(compiledFiles(server).length, 1)
    work.commit(`${key}-cert.pub`, 'certified, from the compiled keys')
    assert.is((await send()).accepted, true)
    work.commit(work.key('stranger'), 'a stranger, from the compiled keys')
    assert.equal((await send()).codes, ['unknown-key'])
  }),
)

test.unless(opensshMissing, 'OpenSSH keys alone do not load openpgp', () =>
  at({}, async place => {
    const { server, work, send } = place
    const key = work.key('alice')
    list(place, 'alice.pub', work.line(key))
    const log = join(server.folder, 'loaded')
    writeFileSync(log, '')
    // openpgp asks for it as soon as it is loaded, and nothing else in the program does
    preload(
      server,
      `const crypto = require('node:crypto')
const { getCiphers } = crypto
crypto.getCiphers = () => {
  require('node:fs').appendFileSync(${JSON.stringify(log)}, 'openpgp')
  return getCiphers()
}`,
    )
    const isLoaded = () => readFileSync(log, 'utf8') === 'openpgp'
    work.commit(key, 'one')
    assert.is((await send()).accepted, true)
    assert.is(isLoaded(), false)
    server.trust(makeKey())
    work.commit(key, 'two')
    assert.is((await send()).accepted, true)
    assert.is(isLoaded(), true)
  }),
)

test.run()
