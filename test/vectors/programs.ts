import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMessage, generateKey, sign } from 'openpgp'
import { type GpgHome, gpgHome } from '../support/gpg.ts'
import { type Add, at, keysMade, objectOf } from './maker.ts'

/** What other programs sign: GnuPG by itself and under git, the package openpgp, ssh-keygen, openssl. */
export async function addPrograms(add: Add): Promise<void> {
  await addOpenpgp(add)
  const home = gpgHome()
  try {
    addGnupg(add, home)
    addGit(add, home)
  } finally {
    home.close()
  }
  addOthers(add)
}

const fake = ['--faked-system-time', `${at}!`]

function gnupgKey(home: GpgHome, name: string, parameters: readonly string[]) {
  const script = [
    ...parameters,
    `Name-Real: ${name}`,
    `Name-Email: ${name}@example.org`,
    'Expire-Date: 0',
    '%no-protection',
    '%commit',
    '',
  ]
  home.run(['--faked-system-time', `${keysMade}!`, '--generate-key'], script.join('\n'))
  const listed = home.run(['--with-colons', '--list-keys', name]).stdout
  return {
    fingerprint: /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1] ?? '',
    armored: home.run(['--armor', '--export', name]).stdout,
  }
}

function addGnupg(add: Add, home: GpgHome): void {
  const kinds: readonly [name: string, parameters: readonly string[]][] = [
    ['gpg-rsa2048', ['Key-Type: RSA', 'Key-Length: 2048', 'Key-Usage: sign']],
    ['gpg-rsa4096', ['Key-Type: RSA', 'Key-Length: 4096', 'Key-Usage: sign']],
    ['gpg-ed25519', ['Key-Type: EDDSA', 'Key-Curve: ed25519', 'Key-Usage: sign']],
    ['gpg-p256', ['Key-Type: ECDSA', 'Key-Curve: nistp256', 'Key-Usage: sign']],
    ['gpg-p384', ['Key-Type: ECDSA', 'Key-Curve: nistp384', 'Key-Usage: sign']],
    ['gpg-p521', ['Key-Type: ECDSA', 'Key-Curve: nistp521', 'Key-Usage: sign']],
    ['gpg-brainpool256', ['Key-Type: ECDSA', 'Key-Curve: brainpoolP256r1', 'Key-Usage: sign']],
    ['gpg-brainpool512', ['Key-Type: ECDSA', 'Key-Curve: brainpoolP512r1', 'Key-Usage: sign']],
    [
      'gpg-subkey',
      [
        'Key-Type: RSA',
        'Key-Length: 2048',
        'Key-Usage: cert',
        'Subkey-Type: EDDSA',
        'Subkey-Curve: ed25519',
        'Subkey-Usage: sign',
      ],
    ],
  ]
  for (const [name, parameters] of kinds) {
    const { fingerprint, armored } = gnupgKey(home, name, parameters)
    const signature = (payload: Uint8Array, ...options: readonly string[]) =>
      home.run([...fake, '--armor', '--local-user', name, ...options, '--detach-sign'], payload).stdout
    const keys = { [`${name}.asc`]: armored }
    add(`good-${name}`, `verified ${fingerprint}`, `${name.slice(4)}, made and signed by GnuPG 2.2.40`, {
      keys,
      signature,
    })
    if (name !== 'gpg-rsa2048') continue
    add('good-gpg-comment', `verified ${fingerprint}`, 'with --comment and --emit-version', {
      keys,
      signature: payload => signature(payload, '--comment', 'x: y', '--emit-version'),
    })
    add('weak-gpg-sha1', 'weak-hash', 'with --digest-algo SHA1', {
      keys,
      signature: payload => signature(payload, '--digest-algo', 'SHA1'),
    })
    add('gpg-textmode', 'unsupported-signature', 'with --textmode: type 0x01', {
      keys,
      signature: payload => signature(payload, '--textmode'),
    })
    add('gpg-expiring', 'key-expired', 'with --default-sig-expire 1d, two days later', {
      keys,
      now: at + 2 * 86_400,
      signature: payload => signature(payload, '--default-sig-expire', '1d'),
    })
    add('gpg-notation', 'unsupported-signature', 'with a critical notation', {
      keys,
      signature: payload => signature(payload, '--sig-notation', '!only@example.org=tests'),
    })
  }
}

function addGit(add: Add, home: GpgHome): void {
  const { fingerprint, armored } = gnupgKey(home, 'git-signer', [
    'Key-Type: EDDSA',
    'Key-Curve: ed25519',
    'Key-Usage: sign',
  ])
  const folder = mkdtempSync(join(tmpdir(), 'v-'))
  const program = join(folder, 'gpg')
  writeFileSync(program, `#!/bin/sh\nexec gpg ${fake.join(' ')} "$@"\n`, { mode: 0o755 })
  try {
    for (const format of ['sha1', 'sha256']) {
      const run = (...args: readonly string[]) => {
        const date = `${at} +0100`
        const who = {
          GIT_AUTHOR_NAME: 'Alice',
          GIT_AUTHOR_EMAIL: 'alice@example.org',
          GIT_COMMITTER_NAME: 'Alice',
          GIT_COMMITTER_EMAIL: 'alice@example.org',
        }
        const env = { ...process.env, ...home.env, ...who, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }
        const { status, stdout, stderr } = spawnSync(
          'git',
          [
            '-C',
            join(folder, format),
            '-c',
            `gpg.program=${program}`,
            '-c',
            'user.signingKey=git-signer',
            ...args,
          ],
          { env },
        )
        if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`)
        return stdout
      }
      spawnSync('git', [
        'init',
        '--quiet',
        `--object-format=${format}`,
        '--initial-branch=main',
        join(folder, format),
      ])
      const stored = (name: string, type: string, comment: string) => {
        const object = run('cat-file', type, name)
        add(
          `good-git-${comment.split(' ').slice(1).join('-')}-${format}`,
          `verified ${fingerprint}`,
          `${comment}, by git 2.39.5 with GnuPG`,
          { by: null, keys: { 'git-signer.asc': armored }, rewrite: () => object },
        )
      }
      run('commit', '--quiet', '--allow-empty', '-S', '-m', 'one')
      stored('HEAD', 'commit', 'a commit')
      run('commit', '--quiet', '--allow-empty', '--allow-empty-message', '-S', '-m', '')
      stored('HEAD', 'commit', 'an empty message')
      run('tag', '-s', '-m', 'v1', 'v1', 'HEAD')
      stored('v1', 'tag', 'a tag')
      run('checkout', '--quiet', '-b', 'side', 'HEAD~1')
      run('commit', '--quiet', '--allow-empty', '-m', 'side')
      run('tag', '-s', '-m', 'side', 'v2', 'HEAD')
      run('checkout', '--quiet', 'main')
      run('merge', '--quiet', '--no-ff', '-S', '-m', 'merge', 'v2')
      stored('HEAD', 'commit', 'a merge of a tag')
      run(
        '-c',
        'i18n.commitEncoding=ISO-8859-1',
        'commit',
        '--quiet',
        '--allow-empty',
        '-S',
        '-m',
        'caf\u00e9',
      )
      stored('HEAD', 'commit', 'an encoding')
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function addOpenpgp(add: Add): Promise<void> {
  const kinds = [
    ['curve25519', false],
    ['curve25519', true],
    ['curve448', true],
    ['rsa', false],
  ] as const
  for (const [type, v6Keys] of kinds) {
    const name = `openpgpjs-${type}-v${v6Keys ? 6 : 4}`
    const { privateKey } = await generateKey({
      type,
      userIDs: [{ name, email: 'js@example.org' }],
      date: new Date(keysMade * 1000),
      format: 'object',
      config: { v6Keys },
    })
    const message = await createMessage({ binary: objectOf(`good-${name}`, {}) })
    const date = new Date(at * 1000)
    const signature = (await sign({ message, signingKeys: privateKey, detached: true, date })).replaceAll(
      '\r',
      '',
    )
    add(
      `good-${name}`,
      `verified ${privateKey.getFingerprint().toUpperCase()}`,
      `${type}, made and signed by openpgp 6.3.2`,
      {
        keys: { [`${name}.asc`]: privateKey.toPublic().armor().replaceAll('\r', '') },
        signature: () => signature,
      },
    )
  }
}

function addOthers(add: Add): void {
  const folder = mkdtempSync(join(tmpdir(), 'v-'))
  const file = (name: string) => join(folder, name)
  const run = (program: string, args: readonly string[]) => {
    const { status, stderr } = spawnSync(program, args, { cwd: folder })
    if (status !== 0) throw new Error(`${program}: ${stderr}`)
  }
  try {
    run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'alice', '-f', file('id')])
    run('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      file('key.pem'),
      '-out',
      file('cert.pem'),
      '-subj',
      '/CN=Alice',
      '-days',
      '3650',
    ])
    const sshSignature = (payload: Uint8Array) => {
      writeFileSync(file('payload'), payload)
      rmSync(file('payload.sig'), { force: true })
      run('ssh-keygen', ['-q', '-Y', 'sign', '-n', 'git', '-f', file('id'), file('payload')])
      return readFileSync(file('payload.sig'), 'utf8')
    }
    const x509Signature = (payload: Uint8Array) => {
      writeFileSync(file('payload'), payload)
      run('openssl', [
        'cms',
        '-sign',
        '-binary',
        '-in',
        file('payload'),
        '-signer',
        file('cert.pem'),
        '-inkey',
        file('key.pem'),
        '-outform',
        'DER',
        '-out',
        file('payload.der'),
      ])
      const lines = readFileSync(file('payload.der')).toString('base64').replace(/.{64}/g, '$&\n')
      return `-----BEGIN SIGNED MESSAGE-----\n${lines}\n-----END SIGNED MESSAGE-----\n`
    }
    add('ssh', 'unknown-key', 'an SSH signature by ssh-keygen', { signature: sshSignature })
    add('ssh-tag', 'unknown-key', 'an SSH signature in a tag', {
      tag: 'v1.0',
      signature: sshSignature,
    })
    add('x509', 'unsupported-signature', 'an X.509 signature by openssl', { signature: x509Signature })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
