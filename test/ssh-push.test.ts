// Real pushes of what stock git signs with gpg.format = ssh, by ssh-keygen and by ssh-agent.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from './support/assert.ts'
import { opensshMissing } from './support/openssh.ts'
import { at, list } from './support/ssh-place.ts'
import { suite } from './support/suite.ts'

const test = suite('ssh pushes')

const kinds: readonly (readonly [type: string, ...options: string[]])[] = [
  ['ed25519'],
  ['rsa', '-b', '3072'],
  ['ecdsa', '-b', '256'],
  ['ecdsa', '-b', '384'],
  ['ecdsa', '-b', '521'],
]

for (const format of ['sha1', 'sha256'] as const)
  test.unless(opensshMissing, `each kind of key, and a stranger (${format})`, () =>
    at({ format }, async place => {
      const { server, work, send } = place
      const keys = (format === 'sha1' ? kinds : kinds.slice(0, 1)).map(([type, ...options], index) =>
        work.key(`key${index}`, '-t', type, ...options),
      )
      for (const [index, key] of keys.entries()) list(place, `key${index}.pub`, `${work.line(key)}\n`)
      for (const key of keys) work.commit(key, 'by a key')
      const accepted = await send()
      assert.is(accepted.accepted, true, accepted.output)
      const [decision] = server.decisions()
      assert.equal([...decision.refs[0].signers].sort(), keys.map(work.fingerprint).sort())
      const stranger = work.key('stranger')
      const oid = work.commit(stranger, 'by a stranger')
      const refused = await send()
      assert.equal(refused.codes, ['unknown-key'])
      assert.ok(refused.remote.includes(`error:     key ${work.fingerprint(stranger)}`), refused.output)
      assert.equal(server.decisions()[1].refs[0].commits, [
        { oid, code: 'unknown-key', key: work.fingerprint(stranger) },
      ])
    }),
  )

test.unless(opensshMissing, 'a key that only ssh-agent has', () =>
  at({}, async place => {
    const { work, send } = place
    const key = work.key('agent')
    list(place, 'allowed_signers', `alice@example.org ${work.line(key)}\n`)
    const agent = /SSH_AUTH_SOCK=([^;]+);.*SSH_AGENT_PID=(\d+)/s.exec(work.run('ssh-agent', ['-s'])) ?? []
    try {
      const env = { SSH_AUTH_SOCK: agent[1] ?? '' }
      work.run('ssh-add', ['-q', key], { env })
      rmSync(key)
      work.commit(`key::${work.line(key)}`, 'by the agent', { env })
      const { accepted, output } = await send()
      assert.is(accepted, true, output)
    } finally {
      process.kill(Number(agent[2]))
    }
  }),
)

test.unless(opensshMissing, 'a certificate, its principal, its end and its revocation', () =>
  at({}, async place => {
    const { server, work, send } = place
    const [authority, key] = [work.key('authority'), work.key('alice')]
    list(place, 'allowed_signers', `*@example.org cert-authority ${work.line(authority)}\n`)
    const certify = (...options: readonly string[]) => {
      work.run('ssh-keygen', ['-q', '-s', authority, '-I', 'alice', ...options, `${key}.pub`])
      return `${key}-cert.pub`
    }
    work.commit(certify('-n', 'alice@example.org', '-z', '7'), 'certified')
    const accepted = await send()
    assert.is(accepted.accepted, true, accepted.output)
    assert.equal(server.decisions()[0].refs[0].signers, [work.fingerprint(key)])
    const refused: readonly [options: readonly string[], code: string][] = [
      [['-n', 'alice@example.com'], 'key-not-for-signing'],
      [['-n', 'alice@example.org', '-V', '20200101:20210101'], 'key-expired'],
      [['-n', 'alice@example.org', '-h'], 'key-not-for-signing'],
      [['-n', 'alice@example.org', '-O', 'force-command=true'], 'key-not-for-signing'],
    ]
    for (const [options, code] of refused) {
      work.commit(certify(...options), 'certified otherwise')
      assert.equal((await send()).codes, [code])
      work.run('git', ['reset', '--quiet', '--hard', 'HEAD~1'])
    }
    writeFileSync(join(work.folder, 'spec'), 'serial: 7\n')
    const revoked = join(server.folder, 'revoked')
    work.run('ssh-keygen', ['-q', '-k', '-f', revoked, '-s', `${authority}.pub`, join(work.folder, 'spec')])
    server.configure(`keys = @KEYS@\nrevoked-keys = ${revoked}\n\n[protect "refs/heads/main"]\n`)
    work.commit(certify('-n', 'alice@example.org', '-z', '7'), 'revoked')
    assert.equal((await send()).codes, ['key-revoked'])
    work.run('git', ['reset', '--quiet', '--hard', 'HEAD~1'])
    work.commit(certify('-n', 'alice@example.org', '-z', '8'), 'the next one')
    assert.is((await send()).accepted, true)
  }),
)

test.run()
