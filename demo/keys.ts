import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKey } from 'openpgp'
import { run } from './run.ts'
import { signingRole } from './sign-as-gpg.ts'

/** Somebody who signs, as git has to be told. */
export type Signer = {
  readonly name: string
  readonly email: string
  readonly fingerprint: string
  /** Armored. */
  readonly publicKey: string
  /** What git calls to sign with this key. */
  readonly program: string
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
      return { name, email, fingerprint, publicKey, program: script(folder, name, command) }
    },
    async close() {
      await run('gpgconf', ['--homedir', home, '--kill', 'all'], { cwd: folder })
    },
  }
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
        fingerprint,
        publicKey: publicKey.armor(),
        program: script(folder, name, command),
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
