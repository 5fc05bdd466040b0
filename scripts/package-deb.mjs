// Builds refwarden_VERSION_ARCHITECTURE.deb from dist/refwarden: npm run package:deb [-- FOLDER]; in dist/ unless given.
// With --fast it is hardly compressed.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const binary = join(root, 'dist/refwarden')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const architecture = output('dpkg', '--print-architecture')
const fast = process.argv.includes('--fast')
const target = process.argv.slice(2).find(word => word !== '--fast') ?? join(root, 'dist')
const maintainer = output('git', 'log', '-1', '--format=%an <%ae>') // whom SECURITY.md names
const date = output('git', 'log', '-1', '--format=%cd', '--date=rfc2822')
const seconds = output('git', 'log', '-1', '--format=%ct')

const folder = mkdtempSync(join(root, 'dist/deb-'))
chmodSync(folder, 0o755)
try {
  fill()
  const deb = join(target, `refwarden_${version}_${architecture}.deb`)
  execFileSync(
    'dpkg-deb',
    ['--root-owner-group', ...(fast ? ['-Zgzip', '-z1'] : ['-Zxz']), '--build', folder, deb],
    {
      env: { ...process.env, SOURCE_DATE_EPOCH: seconds }, // twice the same file from the same commit
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  console.log(deb)
} finally {
  rmSync(folder, { recursive: true })
}

function fill() {
  const doc = 'usr/share/doc/refwarden'
  copy('dist/refwarden', 'usr/bin/refwarden', 0o755)
  write('usr/share/man/man1/refwarden.1.gz', gzip(output(binary, 'man')))
  write('usr/share/bash-completion/completions/refwarden', completion('bash'))
  write('usr/share/zsh/vendor-completions/_refwarden', completion('zsh'))
  write('usr/share/fish/vendor_completions.d/refwarden.fish', completion('fish'))

  write('etc/refwarden.ini', text('packaging/refwarden.ini').replace('@KEYS@', '/etc/refwarden/keys'))
  mkdirSync(join(folder, 'etc/refwarden/keys'), { recursive: true, mode: 0o755 })
  copy('packaging/refwarden.logrotate', 'etc/logrotate.d/refwarden')
  for (const unit of ['refwarden-sync@.service', 'refwarden-keys.service', 'refwarden-keys.timer'])
    copy(`packaging/${unit}`, `usr/lib/systemd/system/${unit}`)

  write(`${doc}/copyright`, copyright())
  write(`${doc}/changelog.gz`, gzip(text('CHANGELOG.md')))
  write(`${doc}/changelog.Debian.gz`, gzip(debianChangelog()))
  copy('packaging/refwarden.lintian-overrides', 'usr/share/lintian/overrides/refwarden')
  for (const page of ['README.md', 'SECURITY.md', 'THIRD-PARTY-NOTICES.md']) copy(page, `${doc}/${page}`)
  for (const page of pagesBelow('docs')) copy(page, `${doc}/${page}`)
  for (const name of ['openpgp', 'human-signals'])
    copy(`node_modules/${name}/LICENSE`, `${doc}/LICENSE.${name}`)

  write('DEBIAN/md5sums', sums())
  write('DEBIAN/conffiles', '/etc/logrotate.d/refwarden\n/etc/refwarden.ini\n')
  write('DEBIAN/control', control())
  write('DEBIAN/postinst', reloadUnits('"$1" = configure'), 0o755)
  write('DEBIAN/postrm', reloadUnits('"$1" = remove'), 0o755)
}

function control() {
  return `${[
    'Package: refwarden',
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    `Maintainer: ${maintainer}`,
    `Installed-Size: ${sizeBelow(folder)}`,
    `Depends: git, ${libraries().join(', ')}`,
    'Section: vcs',
    'Priority: optional',
    'Description: git hook that lets only what a trusted key signed reach a branch',
    ' refwarden judges each pushed commit by one folder of public keys, before any',
    ' ref moves. Whatever is unclear, broken, missing or too large refuses the push.',
  ].join('\n')}\n`
}

/** The packages of the libraries that the Node.js inside is linked to, and the C library it was built against. */
function libraries() {
  const linked = output('ldd', binary)
  const paths = [...linked.matchAll(/=> (\/\S+)/g)].map(([, path]) => path)
  const owners = paths.map(
    path => output('dpkg', '-S', `*${path.slice(path.lastIndexOf('/'))}`).split(':', 1)[0],
  )
  const wanted = [...readFileSync(binary, 'latin1').matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) =>
    Number(minor),
  )
  const libc = `libc6 (>= 2.${Math.max(...wanted)})`
  return [...new Set(owners)].map(name => (name === 'libc6' ? libc : name)).sort()
}

function copyright() {
  const licence = text('LICENSE').split('\n\n').slice(2).join('\n\n').trimEnd()
  const lines = licence.split('\n').map(line => ` ${line === '' ? '.' : line}`)
  return text('packaging/copyright').replace('@LICENSE@', lines.join('\n'))
}

function debianChangelog() {
  return `refwarden (${version}) unstable; urgency=medium\n\n  * See changelog.gz.\n\n -- ${maintainer}  ${date}\n`
}

/** In the machine that is installed into alone: DPKG_ROOT of dpkg(1). */
function reloadUnits(when) {
  return `#!/bin/sh
set -e
if [ ${when} ] && [ -z "$DPKG_ROOT" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload || true
fi
`
}

/** What `dpkg --verify` compares with; conffiles are the admin's. */
function sums() {
  const files = filesBelow(folder).filter(path => !path.startsWith('etc/'))
  const sum = path =>
    createHash('md5')
      .update(readFileSync(join(folder, path)))
      .digest('hex')
  return files.map(path => `${sum(path)}  ${path}\n`).join('')
}

function completion(shell) {
  return output(binary, 'completion', shell)
}

function copy(from, to, mode = 0o644) {
  const path = join(folder, to)
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  copyFileSync(join(root, from), path)
  chmodSync(path, mode)
}

function write(to, content, mode = 0o644) {
  const path = join(folder, to)
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  writeFileSync(path, content)
  chmodSync(path, mode)
}

function text(path) {
  return readFileSync(join(root, path), 'utf8')
}

function gzip(content) {
  return gzipSync(content, { level: 9 })
}

function output(program, ...args) {
  return `${execFileSync(program, args, { cwd: root, encoding: 'utf8' }).trimEnd()}${program === binary ? '\n' : ''}`
}

function pagesBelow(place) {
  return filesBelow(join(root, place)).flatMap(name => (name.endsWith('.md') ? [join(place, name)] : []))
}

function filesBelow(place) {
  const names = readdirSync(place, { recursive: true }).sort()
  return names.filter(name => statSync(join(place, name)).isFile())
}

/** KiB, as dpkg counts them. */
function sizeBelow(place) {
  return filesBelow(place).reduce((sum, name) => sum + Math.ceil(statSync(join(place, name)).size / 1024), 0)
}
