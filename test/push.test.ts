import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { GpgHome } from './support/gpg.ts'
import { gpgHome, gpgMissing } from './support/gpg.ts'
import { commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { push } from './support/push.ts'
import type { Run, Server } from './support/repository.ts'
import { makeServer, run } from './support/repository.ts'
import { suite } from './support/suite.ts'
import { assertAccepted } from './support/verdicts.ts'

/*
 * What people do: git, gpg and ssh-keygen as they come, a clone with a work tree, and the commands that the hook's
 * hints tell them to run.
 */
const test = suite('push: by hand, with git and gpg')

let gpg: GpgHome
let server: Server
let work: string

const configuration = `\
keys = @KEYS@

[protect "refs/heads/main"]
mode = all

[protect "refs/heads/mainline"]
mode = first-parent

[protect "refs/heads/release/*"]

[protect "refs/tags/v*"]
`

test.before(() => {
  if (gpgMissing !== null) return
  gpg = gpgHome()
  gpg.run([
    '--passphrase=',
    '--quick-generate-key',
    'Alice <alice@example.org>',
    'ed25519',
    'default',
    'never',
  ])
  server = makeServer({ configuration, trusted: [makeKey()] })
  writeFileSync(join(server.keys, 'alice.asc'), gpg.run(['--armor', '--export', 'alice@example.org']).stdout)
  work = join(server.folder, 'work')
  const cloned = spawnSync('git', ['clone', '--quiet', server.gitDir, work], { encoding: 'utf8' })
  if (cloned.status !== 0) throw new Error(cloned.stderr)
  for (const [name, value] of [
    ['user.name', 'Alice'],
    ['user.email', 'alice@example.org'],
    ['user.signingKey', 'alice@example.org'],
  ] as const)
    spawnSync('git', ['-C', work, 'config', name, value])
})
test.after(() => {
  if (gpgMissing !== null) return
  server.close()
  gpg.close()
})

/** Runs a command line in the clone, as typed. */
async function type(line: string, input = ''): Promise<Run> {
  const done = await run('sh', ['-c', line], { cwd: work, env: gpg.env, input })
  assert.is(done.exit, 0, `${line}\n${done.stdout}${done.stderr}`)
  return done
}

/** A file and a commit of it. */
async function save(name: string, flags = '-S'): Promise<void> {
  await type(`echo ${name} > ${name} && git add ${name} && git commit --quiet ${flags} -m 'add ${name}'`)
}

function pushed(...refspecs: readonly string[]) {
  return push(join(work, '.git'), 'origin', refspecs)
}

/** The command in the first hint that matches, as the terminal shows it. */
function hinted(remote: readonly string[], command: RegExp): string {
  const line = remote.find(text => text.startsWith('hint: ') && command.test(text)) ?? ''
  return line.replace(/^hint: +/, '')
}

test.unless(gpgMissing, 'git commit -S goes through', async () => {
  await save('one')
  await save('two')
  assertAccepted(server, await pushed('main'))
  const { signers, judged } = server.decisions().at(-1).refs[0]
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(gpg.run(['--with-colons', '--list-keys']).stdout)?.[1]
  assert.equal([signers, judged], [[fingerprint], 2])
})

test.unless(
  gpgMissing,
  'unsigned commits: what is fit is pushed as told, the rest mended as told',
  async () => {
    await save('three')
    const { stdout: fit } = await type('git rev-parse HEAD')
    await save('four', '--no-gpg-sign')
    await save('five')
    await save('six', '--no-gpg-sign')
    const refused = await pushed('main')
    assert.equal([refused.accepted, refused.codes], [false, ['unsigned']], refused.output)
    await type(hinted(refused.remote, /git push origin/))
    assert.is(server.refs().get('refs/heads/main'), fit.trim())

    const again = await pushed('main')
    assert.is(again.accepted, false)
    await type(hinted(again.remote, /git rebase/))
    assertAccepted(server, await pushed('main'))
    assert.is(server.decisions().at(-1).refs[0].judged, 3)
  },
)

test.unless(gpgMissing, 'a new branch is mended as told, and nothing below it is made anew', async () => {
  const { stdout: below } = await type('git rev-parse main')
  await type('git checkout --quiet -b release/1')
  await save('fix', '--no-gpg-sign')
  await save('another')
  const refused = await pushed('release/1')
  assert.equal([refused.accepted, refused.codes], [false, ['unsigned']], refused.output)
  await type(hinted(refused.remote, /git rebase/))
  assertAccepted(server, await pushed('release/1'))
  assert.is((await type('git rev-parse HEAD~2')).stdout, below)
  await type('git checkout --quiet main')
})

test.unless(gpgMissing, 'git tag -s goes through, other tags do not', async () => {
  await type('git tag -s -m one v1 && git tag -a -m two v2 && git tag v3 && git tag -s -m four v4')
  await type('git update-ref refs/tags/v5 $(git rev-parse v4)')
  assertAccepted(server, await pushed('v1'))
  for (const [tag, code] of [
    ['v2', 'unsigned-tag'],
    ['v3', 'unsigned-tag'],
    ['v5', 'tag-name'],
  ] as const) {
    const refused = await pushed(tag)
    assert.equal([refused.accepted, refused.codes], [false, [code]], refused.output)
  }
  assertAccepted(server, await pushed('v4', 'v3:refs/tags/nightly'))
})

test.unless(gpgMissing, 'git merge: signed, of unsigned work, of a signed tag', async () => {
  await type('git checkout --quiet -b side')
  await save('seven', '--no-gpg-sign')
  await type('git checkout --quiet main && git push --quiet origin main:mainline')
  await type('git merge --quiet --no-ff -S --no-edit side')
  const refused = await pushed('main')
  assert.equal([refused.accepted, refused.codes], [false, ['unsigned']], refused.output)
  assertAccepted(server, await pushed('main:mainline'))
  await type('git checkout --quiet -b tagged main~1')
  await save('eight')
  await type('git tag -s -m work v8 && git checkout --quiet main && git reset --quiet --hard main~1')
  await type('git merge --quiet --no-ff -S --no-edit v8')
  assert.match((await type('git cat-file commit HEAD')).stdout, /^mergetag object /m)
  assertAccepted(server, await pushed('main'))
})

test.unless(gpgMissing, 'a message in Latin-1, an empty one', async () => {
  writeFileSync(join(work, 'message'), Uint8Array.of(0x67, 0x72, 0xfc, 0xdf, 0x65, 0x0a))
  await type('git -c i18n.commitEncoding=ISO-8859-1 commit --quiet -S --allow-empty -F message')
  await type("git commit --quiet -S --allow-empty --allow-empty-message -m ''")
  assert.match((await type('git cat-file commit HEAD~1')).stdout, /^encoding ISO-8859-1$/m)
  assertAccepted(server, await pushed('main'))
})

test.unless(gpgMissing, 'an SSH signature: by a key that is not there, and with the key there', async () => {
  await type("ssh-keygen -q -t ed25519 -N '' -f id")
  await type(
    'git -c gpg.format=ssh -c user.signingKey=$PWD/id.pub commit --quiet -S --allow-empty -m with-ssh',
  )
  assert.match((await type('git cat-file commit HEAD')).stdout, /^gpgsig -----BEGIN SSH SIGNATURE-----$/m)
  const refused = await pushed('main')
  assert.equal([refused.accepted, refused.codes], [false, ['unknown-key']], refused.output)
  await type(`install -m 644 id.pub ${join(server.keys, 'id.pub')}`)
  assertAccepted(server, await pushed('main'))
  await type(`rm ${join(server.keys, 'id.pub')}`)
})

test.unless(
  gpgMissing,
  'an SSH signature for something else than git is named, and what would do',
  async () => {
    const script = 'exec ssh-keygen $(echo "$*" | sed "s/-n git/-n file/")'
    writeFileSync(join(work, 'other'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    const how = '-c gpg.format=ssh -c gpg.ssh.program=$PWD/other -c user.signingKey=$PWD/id.pub'
    await type(`git ${how} commit --quiet -S --allow-empty -m for-files`)
    const refused = await pushed('main')
    assert.equal([refused.accepted, refused.codes], [false, ['unsupported-signature']], refused.output)
    assert.match(hinted(refused.remote, /gpg\.format/), 'git config gpg.format openpgp # or ssh')
    await type('git reset --quiet --hard HEAD~1')
  },
)

test.unless(gpgMissing, 'a key is out as soon as its file is, and in again with it', async () => {
  await save('nine')
  const file = join(server.keys, 'alice.asc')
  const key = readFileSync(file)
  await type(`rm ${file}`)
  const refused = await pushed('main')
  assert.equal([refused.accepted, refused.codes], [false, ['unknown-key']], refused.output)
  writeFileSync(file, key)
  chmodSync(file, 0o644)
  assertAccepted(server, await pushed('main'))
})

test.unless(gpgMissing, 'GnuPG’s own revocation certificate, put beside the key', async () => {
  await save('ten')
  const [name = ''] = gpg.run(['--with-colons', '--list-keys']).stdout.match(/[0-9A-F]{40}/) ?? []
  const stored = readFileSync(join(gpg.path, 'openpgp-revocs.d', `${name}.rev`), 'utf8')
  const certificate = stored.slice(stored.indexOf(':-----BEGIN')).slice(1)
  const file = join(server.keys, 'alice.rev')
  writeFileSync(file, certificate)
  const refused = await pushed('main')
  assert.equal([refused.accepted, refused.codes], [false, ['key-revoked']], refused.output)
  await type(`rm ${file}`)
  assertAccepted(server, await pushed('main'))
})

test.run()

const settings = suite('push: what the configuration says')
const [alice, bob] = [makeKey(), makeKey({ name: 'Bob' })]

settings('each section may have keys of its own', async () => {
  const on = makeServer({ trusted: [alice] })
  try {
    const others = join(on.folder, 'release')
    mkdirSync(others)
    writeFileSync(join(others, 'bob.asc'), bob.publicArmored)
    on.configure(
      `keys = @KEYS@\n[protect "refs/heads/main"]\n[protect "refs/heads/release/*"]\nkeys = ${others}\n`,
    )
    const history = on.write([commit('a', alice)])
    const release = on.write([commit('b', bob)])
    const [a, b] = [history.oid('a'), release.oid('b')]
    const refused = await on.push([`${a}:refs/heads/release/1`, `${b}:refs/heads/main`])
    assert.equal([refused.accepted, refused.codes], [false, ['unknown-key']], refused.output)
    assert.equal(
      on
        .decisions()
        .at(-1)
        .refs.map((ref: { rejected: number }) => ref.rejected),
      [1, 1],
    )
    assertAccepted(on, await on.push([`${b}:refs/heads/release/1`, `${a}:refs/heads/main`]))
  } finally {
    on.close()
  }
})

settings('a file in the repository overrides; one in its tree does not', async () => {
  const on = makeServer({ trusted: [alice], configuration: 'keys = @KEYS@\n[protect "refs/heads/main"]\n' })
  try {
    const loose = '[protect "refs/heads/main"]\nmode = none\n'
    const history = on.write([commit('u', null, { files: { 'refwarden.ini': loose } })])
    const refused = await on.push(['main'])
    assert.equal([refused.accepted, refused.codes], [false, ['unsigned']], refused.output)
    writeFileSync(join(on.gitDir, 'refwarden.ini'), loose, { mode: 0o644 })
    assertAccepted(on, await on.push(['main']))
    writeFileSync(join(on.gitDir, 'refwarden.ini'), '[protect "refs/heads/*"]\n', { mode: 0o644 })
    const other = await on.push([`${history.oid('u')}:refs/heads/other`])
    assertAccepted(on, other) // verified as far as main is
    on.write([commit('v')], history)
    const both = await on.push(['main:main', `main:refs/heads/third`])
    assert.equal([both.accepted, both.codes], [false, ['unsigned']], both.output)
  } finally {
    on.close()
  }
})

settings('clock-skew: how far ahead a signature may be dated', async () => {
  const on = makeServer({ trusted: [alice] })
  try {
    const ahead = Math.floor(Date.now() / 1000) + 1800
    on.write([commit('half an hour ahead', alice, { at: ahead })])
    const sections = '[protect "refs/heads/main"]\n'
    const refused = await on.push(['main'])
    assert.equal([refused.accepted, refused.codes], [false, ['signed-in-future']], refused.output)
    on.configure(`keys = @KEYS@\nclock-skew = 1h\n${sections}`)
    assertAccepted(on, await on.push(['main']))
  } finally {
    on.close()
  }
})

settings('the exact name beats a pattern, the longer pattern the shorter', async () => {
  const on = makeServer({
    trusted: [alice],
    configuration:
      'keys = @KEYS@\n[protect "refs/heads/*"]\n[protect "refs/heads/free/*"]\nmode = none\n[protect "refs/heads/free/but"]\n',
  })
  try {
    on.write([commit('u')])
    for (const name of ['main', 'free/but']) {
      const refused = await on.push([`main:refs/heads/${name}`])
      assert.equal([refused.accepted, refused.codes], [false, ['unsigned']], refused.output)
    }
    assertAccepted(on, await on.push(['main:refs/heads/free/any']))
  } finally {
    on.close()
  }
})

settings.run()

const size = suite('push: size')

size('a message of 64 MiB is refused, and the next push goes through', async () => {
  const on = makeServer({ trusted: [alice] })
  try {
    const seeded = on.seed([commit('base', alice)])
    const large = on.write([commit('large', alice, { message: Buffer.alloc(64 << 20, 'x') })], seeded)
    const good = on.write([commit('good', alice)], seeded)
    const refused = await on.push([`${large.oid('large')}:refs/heads/main`])
    assert.equal([refused.accepted, refused.codes], [false, ['too-large']], refused.output.slice(0, 2000))
    assertAccepted(on, await on.push([`${good.oid('good')}:refs/heads/main`]))
  } finally {
    on.close()
  }
})

size('600 refs, a third of them protected: good, and one bad among them', async () => {
  const on = makeServer({
    trusted: [alice],
    configuration: 'keys = @KEYS@\n[protect "refs/heads/kept/*"]\n',
  })
  try {
    const seeded = on.seed([commit('base', alice)])
    const bad = on.write([commit('bad')], seeded).oid('bad')
    const good = on.write([commit('good', alice)], seeded).oid('good')
    const specs = Array.from({ length: 600 }, (_, index) =>
      index % 3 === 0 ? `${good}:refs/heads/kept/${index}` : `${good}:refs/heads/free/${index}`,
    )
    const spoiled = specs.with(300, `${bad}:refs/heads/kept/300`)
    const refused = await on.push(spoiled)
    assert.equal([refused.accepted, refused.codes], [false, ['unsigned']], refused.output.slice(-2000))
    assert.is(
      on
        .decisions()
        .at(-1)
        .refs.filter((ref: { rejected: number }) => ref.rejected > 0).length,
      1,
    )
    assertAccepted(on, await on.push(specs))
    assert.is(on.refs().size, 601)
  } finally {
    on.close()
  }
})

size.run()
