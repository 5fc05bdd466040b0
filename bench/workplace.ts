/** A temporary folder for what a run of the benchmark needs, and the environment in which all programs run. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Workplace = {
  readonly folder: string
  /** Nothing of the caller's but PATH: no settings of git, nothing that changes what Node.js does at its start. */
  readonly env: Readonly<Record<string, string>>
  /** A copy of a folder, which nobody but its owner can write. */
  readonly copy: (folder: string) => string
  /** The same environment with a GnuPG that trusts all keys of a folder, without a word of its trust database. */
  readonly gnupg: (keys: string) => Readonly<Record<string, string>>
}

/** Opens one; it is removed when the process ends. */
export function openWorkplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'rb-'))
  const env = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: folder,
    LC_ALL: 'C',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
  }
  const homes = new Map<string, Readonly<Record<string, string>>>()
  process.on('exit', () => {
    for (const home of homes.values()) spawnSync('gpgconf', ['--kill', 'all'], { env: home })
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  process.on('SIGINT', () => process.exit(130))
  process.on('SIGTERM', () => process.exit(143))
  return {
    folder,
    env,
    copy(from) {
      const to = mkdtempSync(join(folder, 'c-'))
      cpSync(from, to, { recursive: true })
      return to
    },
    gnupg(keys) {
      const known = homes.get(keys)
      if (known !== undefined) return known
      const home = { ...env, GNUPGHOME: mkdtempSync(join(folder, 'g-')) }
      homes.set(keys, home)
      importKeys(keys, home)
      return home
    },
  }
}

function importKeys(keys: string, home: Readonly<Record<string, string>>): void {
  writeFileSync(join(home['GNUPGHOME'] ?? '', 'gpg.conf'), 'trust-model always\nno-auto-check-trustdb\n')
  const files = readdirSync(keys).map(name => join(keys, name))
  const { status, stderr } = spawnSync('gpg', ['--batch', '--quiet', '--import', ...files], {
    env: home,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`gpg --import failed: ${stderr}`)
}
