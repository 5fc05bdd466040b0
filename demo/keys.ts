import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKey } from 'openpgp'
import { run } from './run.ts'
import { signingRole } from './sign-as-gpg.ts'

/** Somebody who signs, as git has to be told. */
export type Signer = {
  readonly name: string
  readonly email: string
  /** What git calls the key. */
  readonly signingKey: string
  readonly publicKey: string
  /** The name of a file for it. */
  readonly file: string
  /** With which git signs by it. */
  readonly settings: readonly string[]
}

export type Life = {
  /** Days ago. */
  readonly made: number
  /** Days; null: for ever. */
  readonly lasts: number | null
}

/** Makes keys, in a way of its own. */
export type KeyMaker = {
  /** For people: with what the keys are made and the commits signed. */
  readonly with: string
  make(name: string, life: Life): Promise<Signer>
  close(): Promise<void>
}

/** gpg where it works, the npm package openpgp where it does not. */
export async function keyMaker(folder: string): Promise<KeyMaker> {
  const found = await run('gpg', ['--version'], { cwd: folder })
  if (found.exit !== 0) return openpgpMaker(folder, 'gpg is not installed here')
  const gpg = gpgMaker(folder, found.stdout.split('\n')[0] ?? 'gpg')
  try {
    await gpg.make('trial', { made: 0, lasts: null })
    return gpg
  } catch {
    await gpg.close()
    return openpgpMaker(folder, 'the gpg here cannot make keys')
  }
}

const day = 24 * 3600

function gpgMaker(folder: string, version: string): KeyMaker {
  const home = join(folder, 'g') // short: the path of the agent's socket may have some hundred octets only
  mkdirSync(home, { mode: 0o700 })
  const options = ['--homedir', home, '--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '']
  const gpg = async (...args: readonly string[]) => {
    const { exit, stdout, stderr } = await run('gpg', [...options, ...args], { cwd: folder })
    if (exit !== 0) throw new Error(`gpg ${args.join(' ')}: ${stderr}`)
    return stdout
  }
  return {
    with: version,
    async make(name, { made, lasts }) {
      const email = `${name}@example.org`
      const clock = made === 0 ? [] : [`--faked-system-time=${now() - made * day}`]
      const life = lasts === null ? '0' : `seconds=${lasts * day}`
      await gpg(...clock, '--quick-generate-key', `${name} <${email}>`, 'ed25519', 'sign', life)
      const listed = await gpg('--with-colons', '--list-keys', email)
      const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(listed)?.[1] ?? ''
      const publicKey = await gpg('--armor', '--export', fingerprint)
      const command = [
        'gpg',
        ...options.slice(0, 2),
        ...(made === 0 ? [] : [`--faked-system-time=${now() - (made - 1) * day}`]),
      ]
      const settings = [`gpg.program=${script(folder, name, command)}`]
      return { name, email, signingKey: fingerprint, publicKey, file: `${name}.asc`, settings }
    },
    async close() {
      await run('gpgconf', ['--homedir', home, '--kill', 'all'], { cwd: folder })
    },
  }
}

/** Somebody who signs with an SSH key; null where there is no ssh-keygen. */
export async function sshSigner(folder: string, name: string): Promise<Signer | null> {
  const email = `${name}@example.org`
  const key = join(folder, `${name}.key`)
  const made = await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', email, '-f', key], {
    cwd: folder,
  })
  if (made.exit !== 0) return null
  const publicKey = readFileSync(`${key}.pub`, 'utf8')
  return { name, email, signingKey: key, publicKey, file: `${name}.pub`, settings: ['gpg.format=ssh'] }
}

function openpgpMaker(folder: string, why: string): KeyMaker {
  return {
    with: `the npm package openpgp (${why})`,
    async make(name, { made, lasts }) {
      const email = `${name}@example.org`
      const { privateKey, publicKey } = await generateKey({
        type: 'ecc',
        curve: 'ed25519Legacy',
        subkeys: [],
        userIDs: { name, email },
        date: new Date((now() - made * day) * 1000),
        keyExpirationTime: lasts === null ? 0 : lasts * day,
        format: 'object',
      })
      const file = join(folder, `${name}.secret.asc`)
      writeFileSync(file, privateKey.armor(), { mode: 0o600 })
      const at = made === 0 ? 'now' : String(now() - (made - 1) * day)
      const command = [process.execPath, process.argv[1] ?? '', signingRole, file, at]
      const fingerprint = publicKey.getFingerprint().toUpperCase()
      return {
        name,
        email,
        signingKey: fingerprint,
        publicKey: publicKey.armor(),
        file: `${name}.asc`,
        settings: [`gpg.program=${script(folder, name, command)}`],
      }
    },
    close: async () => undefined,
  }
}

/** Seconds since 1970. */
function now(): number {
  return Math.floor(Date.now() / 1000)
}

/** `gpg.program` is one path without arguments. */
function script(folder: string, name: string, command: readonly string[]): string {
  const path = join(folder, `sign-as-${name}`)
  const words = command.map(word => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
  writeFileSync(path, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 })
  return path
}
