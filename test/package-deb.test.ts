// The Debian package: built, installed with dpkg into a folder of its own, used for real pushes, and purged.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { policyFrom } from '../src/core/policy-settings.ts'
import { checkPolicyText } from '../src/core/policy-text.ts'
import { commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { root } from './support/paths.ts'
import { makeServer, run } from './support/repository.ts'
import { suite } from './support/suite.ts'

const test = suite('Debian package')

const missing = missingHere()
const folder = mkdtempSync(join(tmpdir(), 'd-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))
const deb = missing === null ? build() : ''
const at = (path: string) => join(folder, 'root', path)

test.unless(missing, 'dpkg installs it, into an empty machine with the packages of this one', () => {
  for (const path of ['var/lib/dpkg/info', 'var/lib/dpkg/updates', 'etc'])
    mkdirSync(at(path), { recursive: true })
  // so that what it depends on is what is here
  copyFileSync('/var/lib/dpkg/status', at('var/lib/dpkg/status'))
  dpkg('--install', deb)
  const status = execFileSync('dpkg-query', [`--admindir=${at('var/lib/dpkg')}`, '-W', 'refwarden'], {
    encoding: 'utf8',
  })
  assert.match(status, /^refwarden\t\d+\.\d+\.\d+\n$/)
  assert.is(dpkg('--verify', 'refwarden'), '')
})

test.unless(missing, 'the program, its page, its completions and its notices are there', async () => {
  const program = at('usr/bin/refwarden')
  assert.match((await run(program, ['--version'])).stdout, /^refwarden \d/)
  const page = execFileSync('gunzip', ['-c', at('usr/share/man/man1/refwarden.1.gz')], { encoding: 'utf8' })
  assert.is(page, (await run(program, ['man'])).stdout)
  const completions = {
    bash: 'usr/share/bash-completion/completions/refwarden',
    zsh: 'usr/share/zsh/vendor-completions/_refwarden',
    fish: 'usr/share/fish/vendor_completions.d/refwarden.fish',
  }
  for (const [shell, path] of Object.entries(completions))
    assert.is(readFileSync(at(path), 'utf8'), (await run(program, ['completion', shell])).stdout)
  const doc = readdirSync(at('usr/share/doc/refwarden'))
  for (const name of [
    'copyright',
    'changelog.Debian.gz',
    'LICENSE.openpgp',
    'THIRD-PARTY-NOTICES.md',
    'docs',
  ])
    assert.ok(doc.includes(name), name)
  const config = readFileSync(at('etc/refwarden.ini'), 'utf8')
  assert.not.throws(() => policyFrom([checkPolicyText('/etc/refwarden.ini', config)]), undefined)
  assert.match(config, 'keys = /etc/refwarden/keys\n')
})

test.unless(missing, 'the installed program guards a repository', async () => {
  const alice = makeKey()
  const server = makeServer({ trusted: [alice], hooks: false })
  try {
    const installed = await run(at('usr/bin/refwarden'), [
      'install',
      server.gitDir,
      '--config',
      server.config,
    ])
    assert.is(installed.exit, 0, installed.stderr)
    const history = server.write([commit('signed', alice), commit('unsigned')])
    assert.equal((await server.push([`${history.oid('unsigned')}:refs/heads/main`])).codes, ['unsigned'])
    assert.ok((await server.push([`${history.oid('signed')}:refs/heads/main`])).accepted)
  } finally {
    server.close()
  }
})

test.unless(missing ?? lacks('systemd-analyze'), 'systemd has nothing against its units', () => {
  const units = join('usr/lib/systemd/system')
  const names = ['refwarden-keys.service', 'refwarden-keys.timer', 'refwarden-sync@.service']
  assert.equal(readdirSync(at(units)).sort(), names)
  // what is in a machine that has systemd
  mkdirSync(at('etc/systemd/system'), { recursive: true })
  for (const target of ['sysinit', 'basic', 'shutdown', 'network-online', 'multi-user', 'timers'])
    writeFileSync(at(`etc/systemd/system/${target}.target`), `[Unit]\nDescription=${target}\n`)
  const instance = 'refwarden-sync@srv-mirror.git.service'
  copyFileSync(at(`${units}/refwarden-sync@.service`), at(`etc/systemd/system/${instance}`))
  for (const name of [...names.slice(0, 2), instance]) assert.is(complaints(name), '', name)
  appendFileSync(at(`etc/systemd/system/${instance}`), '[Service]\nProtectSystems=full\n')
  assert.match(complaints(instance), 'ProtectSystems')
})

function complaints(unit: string): string {
  const args = ['verify', '--man=no', '--recursive-errors=no', `--root=${at('')}`, unit]
  return spawnSync('systemd-analyze', args, { encoding: 'utf8' }).stderr
}

test.unless(missing ?? lacks('logrotate'), 'logrotate turns the logs over', () => {
  const log = join(folder, 'decisions.jsonl')
  writeFileSync(log, '{}\n')
  const config = join(folder, 'logrotate')
  const text = readFileSync(at('etc/logrotate.d/refwarden'), 'utf8')
  assert.match(text, '/var/log/refwarden/*.jsonl')
  writeFileSync(config, text.replace('/var/log/refwarden/*.jsonl', log))
  const { status, stderr } = spawnSync('logrotate', ['--force', '--state', join(folder, 'state'), config], {
    encoding: 'utf8',
  })
  assert.is(status, 0, stderr)
  assert.equal([existsSync(log), readFileSync(`${log}.1`, 'utf8')], [false, '{}\n'])
})

test.unless(missing ?? lacks('lintian'), 'lintian has nothing to say against it', () => {
  const args = ['--allow-root', '--fail-on', 'error,warning', deb]
  const env = { ...process.env, TMPDIR: folder } // it leaves some of its files
  const { stdout, status } = spawnSync('lintian', args, { encoding: 'utf8', env })
  assert.is(stdout, '')
  assert.is(status, 0)
})

test.unless(missing, 'an update keeps the configuration, purging it keeps the keys', () => {
  appendFileSync(at('etc/refwarden.ini'), '; of this server\n')
  const key = at('etc/refwarden/keys/alice.asc')
  writeFileSync(key, 'a key')
  dpkg('--install', deb)
  assert.match(readFileSync(at('etc/refwarden.ini'), 'utf8'), '; of this server\n')
  dpkg('--remove', 'refwarden')
  assert.equal([existsSync(at('usr/bin/refwarden')), existsSync(at('etc/refwarden.ini'))], [false, true])
  dpkg('--purge', 'refwarden')
  assert.equal([existsSync(at('etc/refwarden.ini')), readFileSync(key, 'utf8')], [false, 'a key'])
})

function missingHere(): string | null {
  const without = ['dpkg', 'dpkg-deb', 'ldd'].map(lacks).find(reason => reason !== null)
  if (without != null) return without
  return process.getuid?.() === 0 ? null : 'only root can install a package'
}

function lacks(program: string): string | null {
  return spawnSync(program, ['--version']).error === undefined ? null : `${program} is not installed`
}

function build(): string {
  const script = join(root, 'scripts/package-deb.mjs')
  const said = execFileSync(process.execPath, [script, '--fast', folder], { encoding: 'utf8' })
  return said.trim()
}

/** Into a folder, scripts included: dpkg(1), --root and --force-script-chrootless. */
function dpkg(...args: readonly string[]): string {
  const where = [`--root=${at('')}`, '--force-script-chrootless', '--force-confold']
  const { status, stdout, stderr } = spawnSync('dpkg', [...where, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`dpkg ${args.join(' ')}: ${stdout}${stderr}`)
  return stdout
}

test.run()
