import { bytes } from '../support/packets.ts'
import { makeSshKey, type SshKey, type SshShape, soundSshTypes } from '../support/ssh-keys.ts'
import { type Add, type Making, verified } from './maker.ts'

/** What OpenSSH signs, and what is no such signature. */
export function addOpenssh(add: Add): void {
  const signed = (key: SshKey, shape: SshShape = {}): Making => ({
    signature: payload => key.sign(payload, shape),
  })
  for (const type of soundSshTypes) {
    const key = makeSshKey(type)
    add(`good-ssh-${type}`, verified(key), `${type} of OpenSSH`, {
      ...signed(key),
      keys: { [`ssh-${type}.pub`]: `${key.line}\n` },
    })
  }
  const [alice, authority, token] = [
    makeSshKey('ed25519'),
    makeSshKey('nistp256', 'authority'),
    makeSshKey('sk-ed25519'),
  ]
  const rsa = makeSshKey('rsa2048')
  const lines = [alice, token, rsa].map(({ line }) => `alice@example.org namespaces="git" ${line}\n`)
  const retired = makeSshKey('ed25519')
  const keys = {
    ssh_allowed_signers: [
      ...lines,
      `*@example.org cert-authority ${authority.line}\n`,
      `alice@example.org valid-before="20260101Z" ${retired.line}\n`,
    ].join(''),
  }
  const by = (key: SshKey, shape?: SshShape): Making => ({ ...signed(key, shape), keys })
  add('good-ssh-sha256-digest', verified(alice), 'OpenSSH over SHA-256', by(alice, { hash: 'sha256' }))
  add('good-ssh-sha256', verified(alice), 'OpenSSH in a repository of SHA-256', {
    ...by(alice),
    format: 'sha256',
  })
  add('good-ssh-tag', verified(alice), 'OpenSSH in a tag', { ...by(alice), tag: 'v1.0' })
  const bob = makeSshKey('ed25519')
  const certified = (principal: string) =>
    by(bob, { blob: authority.certify(bob, { principals: [principal] }) })
  add('good-ssh-certificate', verified(bob), 'a certificate of OpenSSH', certified('bob@example.org'))
  add(
    'ssh-other-principal',
    'key-not-for-signing',
    'a certificate for somebody else',
    certified('bob@example.com'),
  )
  add('ssh-retired', 'key-expired', 'a key of OpenSSH whose valid-before is past', by(retired))
  add('ssh-stranger', 'unknown-key', 'a stranger’s key of OpenSSH', by(makeSshKey('ed25519')))
  add('ssh-other-content', 'bad-signature', 'OpenSSH over other content', {
    signature: payload => alice.sign(bytes(payload, 0x0a)),
    keys,
  })
  add('ssh-namespace', 'unsupported-signature', 'OpenSSH for files', by(alice, { namespace: 'file' }))
  add('ssh-reserved', 'unreadable-signature', 'OpenSSH, something reserved', by(alice, { reserved: 'x' }))
  add('ssh-trailing', 'unreadable-signature', 'OpenSSH, a byte behind', by(alice, { trailing: bytes(0) }))
  add('ssh-untouched', 'unsupported-signature', 'a security key that nobody touched', by(token, { flags: 0 }))
  add('ssh-sha1', 'weak-hash', 'RSA of OpenSSH over SHA-1', by(rsa, { form: 'ssh-rsa' }))
  add('ssh-two-blocks', 'several-signatures', 'two blocks of OpenSSH', {
    signature: payload => alice.sign(payload) + rsa.sign(payload),
    keys,
  })
}
