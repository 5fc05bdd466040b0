// A sync tag that an OpenSSH key signs: signing-key = SHA256:…
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from './support/assert.ts'
import { commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { opensshMissing } from './support/openssh.ts'
import { makeServer, type Server } from './support/repository.ts'
import { makeWorkplace, type Workplace } from './support/ssh-workplace.ts'
import { suite } from './support/suite.ts'

const test = suite('ssh sync tags')
const alice = makeKey()

type Marked = {
  readonly server: Server
  readonly work: Workplace
  readonly key: string
  readonly signing: string
}

/** On a server whose key ssh-keygen made with these options. */
async function marked(options: readonly string[], action: (marked: Marked) => Promise<void>): Promise<void> {
  const server = makeServer({ trusted: [alice], hooks: ['pre-receive', 'post-receive'] })
  const work = makeWorkplace()
  try {
    const key = work.key('server', ...options)
    mkdirSync(join(server.folder, 'signing'), { mode: 0o700 })
    const signing = join(server.folder, 'signing', 'server')
    writeFileSync(signing, readFileSync(key), { mode: 0o400 })
    configure(server, work.fingerprint(key))
    await action({ server, work, key, signing })
  } finally {
    server.close()
    work.close()
  }
}

function configure(server: Server, fingerprint: string, more = ''): void {
  const signing = `signing-key = ${fingerprint}\nsigning-keys = ${join(server.folder, 'signing')}\n`
  server.configure(
    `keys = @KEYS@\nsync-tag = verified/{branch}\n${signing}${more}\n[protect "refs/heads/main"]\n`,
  )
}

const kinds = [
  ['-t', 'ed25519'],
  ['-t', 'ecdsa', '-b', '256'],
  ['-t', 'ecdsa', '-b', '521'],
  ['-t', 'rsa', '-b', '2048'],
]

for (const options of kinds)
  test.unless(opensshMissing, `${options.join(' ')}: moved by each push, and good for git verify-tag`, () =>
    marked(options, async ({ server, work, key }) => {
      const one = server.write([commit('one', alice)])
      const first = await server.push(['main'])
      assert.equal([first.accepted, first.remote], [true, []])
      assert.is(server.decisions().at(-1).verdict, 'sync-tag moved')
      const allowed = join(work.folder, 'allowed_signers')
      writeFileSync(allowed, `server namespaces="git" ${work.line(key)}\n`)
      const tag = () => {
        const env = { GIT_DIR: server.gitDir }
        const args = ['-c', `gpg.ssh.allowedSignersFile=${allowed}`, 'verify-tag', 'verified/main']
        return work.attempt('git', args, { env })
      }
      assert.match(tag().output, 'Good "git" signature for server')
      server.write([commit('two', alice)], one)
      assert.is((await server.push(['main'])).accepted, true)
      assert.match(tag().output, 'Good "git" signature for server')
      const verified = await server.refwarden([
        'verify',
        '--config',
        server.config,
        'refs/tags/verified/main',
      ])
      assert.is(verified.exit, 0, verified.stdout + verified.stderr)
      writeFileSync(allowed, `server namespaces="git" ${work.line(work.key('other'))}\n`)
      assert.not.match(tag().output, 'Good "git" signature for server')
    }),
  )

test.unless(opensshMissing, 'a tag of another key locks the branch, one of a recovery key repairs it', () =>
  marked([], async ({ server, work, key }) => {
    const one = server.write([commit('one', alice)])
    assert.is((await server.push(['main'])).accepted, true)
    const tip = server.git('rev-parse', 'main').trim()
    const tagged = (by: string) => {
      const sign = [
        '-c',
        'gpg.format=ssh',
        '-c',
        `user.signingKey=${by}`,
        'tag',
        '--force',
        '-s',
        '-m',
        'Sync pointer',
      ]
      work.run('git', [...sign, 'verified/main', tip], { env: { GIT_DIR: server.gitDir } })
    }
    const [rescue, mallory] = [work.key('rescue'), work.key('mallory')]
    tagged(mallory)
    server.write([commit('two', alice)], one)
    assert.equal((await server.push(['main'])).codes, ['sync-tag-invalid'])
    mkdirSync(join(server.folder, 'recovery'), { mode: 0o755 })
    writeFileSync(join(server.folder, 'recovery', 'rescue.pub'), work.line(rescue), { mode: 0o644 })
    configure(server, work.fingerprint(key), `recovery-keys = ${join(server.folder, 'recovery')}\n`)
    assert.equal((await server.push(['main'])).codes, ['sync-tag-invalid'])
    tagged(rescue)
    const repaired = await server.push(['main'])
    assert.is(repaired.accepted, true, repaired.output)
  }),
)

test.unless(opensshMissing, 'secret keys that cannot sign, each with what to do', () =>
  marked([], async ({ server, work, signing, key }) => {
    const secret = readFileSync(signing, 'utf8')
    const locked = work.key('locked')
    work.run('ssh-keygen', ['-q', '-p', '-N', 'passphrase', '-P', '', '-f', locked])
    const pem = work.key('pem', '-t', 'rsa', '-b', '2048', '-m', 'PEM')
    const wrong: readonly [content: string, fault: string][] = [
      [readFileSync(locked, 'utf8'), 'a passphrase protects it'],
      [readFileSync(`${key}.pub`, 'utf8'), 'not a secret OpenPGP key'],
      [readFileSync(pem, 'utf8'), 'not a secret OpenPGP key'],
      [secret.replace(/\n(?=-----END)/, 'x\n'), 'its data is not canonical base64'],
      [damaged(secret), 'its halves do not belong together'],
      [`${secret}${secret}`, 'text follows its -----END OPENSSH PRIVATE KEY-----'],
      [readFileSync(work.key('another'), 'utf8'), 'signing-keys: no key SHA256:'],
    ]
    let history = server.seed([commit('base', alice)])
    for (const [content, fault] of wrong) {
      chmodSync(signing, 0o600)
      writeFileSync(signing, content)
      chmodSync(signing, 0o400)
      history = server.write([commit(`${history.commits.size}`, alice)], history)
      const pushed = await server.push(['main'])
      assert.match(pushed.output, 'the sync tag was not moved')
      assert.ok(server.decisions().at(-1).fault.includes(fault), server.decisions().at(-1).fault)
    }
    chmodSync(signing, 0o600)
    writeFileSync(signing, secret)
    chmodSync(signing, 0o400)
    server.write([commit('at last', alice)], history)
    assert.equal((await server.push(['main'])).remote, [])
  }),
)

/** The seed of the secret half changed, which is the last thing in it but the public key, the comment and the padding. */
function damaged(secret: string): string {
  const bytes = Buffer.from(secret.split('\n').slice(1, -2).join(''), 'base64')
  const at = bytes.lastIndexOf('server@example.org') - 4 - 64
  bytes[at] = (bytes[at] ?? 0) ^ 1
  const lines = bytes.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n')
}

test.run()
