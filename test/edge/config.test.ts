import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import * as fc from 'fast-check'
import { parse } from 'ini'
import * as assert from 'uvu/assert'
import { Fault } from '../../src/core/fault.ts'
import { sectionNames, topNames } from '../../src/core/policy-text.ts'
import { policyFiles, readPolicy } from '../../src/edge/config.ts'
import { assertOnlyOwnerWrites } from '../../src/edge/strict-modes.ts'
import { root } from '../support/paths.ts'
import { suite } from '../support/suite.ts'

const test = suite('config')

const main = '[protect "refs/heads/main"]'
const missing = 'run refwarden install, or name another file with --config'
let folder = ''
let file = ''
let repository = ''
let own = ''

test.before.each(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'rw-config-'))
  file = join(folder, 'refwarden.ini')
  repository = join(folder, 'repo.git')
  own = join(repository, 'refwarden.ini')
  mkdirSync(repository, 0o755)
})

test.after.each(() => {
  rmSync(folder, { recursive: true, force: true })
})

test('a file alone, with and without a repository', () => {
  write(file, `keys = /k\n${main}\nmode = first-parent\n`)
  for (const gitDir of [null, repository, `${repository}/`, relative(process.cwd(), repository)]) {
    const { protections, clockSkew } = readPolicy(file, gitDir, assertOnlyOwnerWrites)
    assert.equal(
      protections.map(({ pattern, mode, keys }) => [pattern, mode, keys]),
      [['refs/heads/main', 'first-parent', ['/k']]],
    )
    assert.is(clockSkew, 300)
    assert.equal(policyFiles(file, gitDir), [file])
  }
})

test('the file in the repository overrides', () => {
  write(file, `keys = /k\nclock-skew = 1\n${main}\nmode = first-parent\nrewind = yes\n`)
  write(own, `clock-skew = 2\n${main}\nmode = all\n[protect "refs/heads/v1.2"]\n`)
  const { protections, clockSkew } = readPolicy(file, repository, assertOnlyOwnerWrites)
  assert.is(clockSkew, 2)
  assert.equal(
    protections.map(({ pattern, mode, rewind }) => [pattern, mode, rewind]),
    [
      ['refs/heads/main', 'all', true],
      ['refs/heads/v1.2', 'all', false],
    ],
  )
  assert.equal(policyFiles(file, repository), [file, own])
  assert.is(readPolicy(file, null, assertOnlyOwnerWrites).clockSkew, 1)
})

test('a relative path is named in full', () => {
  assert.is(faultOf(relative(process.cwd(), file))?.message, `${file}: no such file`)
})

test('a file that is not there is a fault', () => {
  assert.is(faultOf(file)?.message, `${file}: no such file`)
  assert.is(faultOf(file)?.remedy, missing)
})

test('a link to a file passes; to nothing, to itself or to a folder it is a fault', () => {
  const link = join(folder, 'link.ini')
  symlinkSync('refwarden.ini', link)
  assert.is(faultOf(link)?.message, `${link}: a link to nothing`)
  write(file, 'clock-skew = 7\n')
  assert.is(readPolicy(link, null, assertOnlyOwnerWrites).clockSkew, 7)
  const loop = join(folder, 'loop.ini')
  symlinkSync('loop.ini', loop)
  assert.is(faultOf(loop)?.message, `${loop}: cannot be read (ELOOP)`)
  assert.is(faultOf(folder)?.message, `${folder}: not a regular file`)
})

test('the same goes for the file in the repository', () => {
  write(file, 'clock-skew = 7\n')
  symlinkSync('nowhere', own)
  assert.is(faultOf(file, repository)?.message, `${own}: a link to nothing`)
  rmSync(own)
  mkdirSync(own)
  assert.is(faultOf(file, repository)?.message, `${own}: not a regular file`)
  rmSync(own, { recursive: true })
  write(own, '')
  assert.is(faultOf(file, repository)?.message, `${own}: empty`)
  write(own, `keys = /k\n${main}\nmode = x\n`)
  assert.is(faultOf(file, repository)?.message, `${own}:3: 'x' is not a valid verify-signatures-mode`)
})

test('a repository that is not there is a fault', () => {
  write(file, 'clock-skew = 7\n')
  const none = join(folder, 'none.git')
  assert.is(faultOf(file, none)?.message, `${none}: no such repository`)
  assert.is(faultOf(file, file)?.message, `${file}/commondir: cannot be reached (ENOTDIR)`)
})

test('neither a FIFO nor a device is waited for', () => {
  const fifo = join(folder, 'fifo')
  assert.is(spawnSync('mkfifo', [fifo]).status, 0)
  assert.is(faultOf(fifo)?.message, `${fifo}: not a regular file`)
  assert.is(faultOf('/dev/zero')?.message, '/dev/zero: not a regular file')
  symlinkSync('/dev/zero', own)
  write(file, 'clock-skew = 7\n')
  assert.is(faultOf(file, repository)?.message, `${own}: not a regular file`)
})

test('1 MiB is enough', () => {
  const comment = `${'; note'.padEnd(1023, '.')}\n`
  write(file, comment.repeat(1024))
  assert.equal(readPolicy(file, null, assertOnlyOwnerWrites).protections, [])
  write(file, `${comment.repeat(1024)}\n`)
  assert.is(faultOf(file)?.message, `${file}: larger than 1 MiB`)
})

test('a file that says more than its size is a fault', () => {
  assert.match(
    faultOf('/proc/self/status')?.message ?? '',
    /^\/proc\/self\/status: it changed while it was read$/,
  )
})

test('an unreadable file is a fault', () => {
  write(file, 'clock-skew = 7\n')
  chmodSync(file, 0o200)
  const root = process.geteuid?.() === 0
  if (root) process.seteuid?.(4242)
  try {
    assert.is(faultOf(file)?.message, `${file}: cannot be read (EACCES)`)
  } finally {
    if (root) process.seteuid?.(0)
  }
})

const notText: readonly [name: string, bytes: Uint8Array, message: string][] = [
  ['invalid UTF-8', Buffer.from('keys = /k\n; \xff\n', 'latin1'), ':2: not UTF-8'],
  ['a cut-off character', Buffer.from('log = /\xc3', 'latin1'), ':1: not UTF-8'],
  ['an overlong slash', Buffer.from('log = \xc0\xaf\n', 'latin1'), ':1: not UTF-8'],
  ['UTF-16', Buffer.from(`\ufeff${main}\n`, 'utf16le'), ':1: not UTF-8'],
  ['UTF-16 without a mark', Buffer.from(`${main}\n`, 'utf16le'), ':1: the character U+0000'],
  ['a byte order mark', Buffer.from(`\ufeff${main}\n`), ':1: a byte order mark'],
  ['NUL', Buffer.from('keys = /k\nlog = /l\0\n'), ':2: the character U+0000'],
]

for (const [name, bytes, message] of notText)
  test(`${name} is a fault`, () => {
    write(file, bytes)
    assert.is(faultOf(file)?.message, `${file}${message}`)
  })

/** Where the package `ini` reads something else than is written, or drops it, and never says so. */
const failsOpen: readonly [name: string, text: string, misread: object, line: number][] = [
  ['a dot in a section', '[protect.main]\nmode = all\n', { protect: { main: { mode: 'all' } } }, 1],
  [
    'a comment after a header',
    `${main}\nmode = all\n[protect "refs/heads/x"] ; note\nmode = none\n`,
    { 'protect "refs/heads/main"': { mode: 'none', '[protect "refs/heads/x"]': true } },
    3,
  ],
  [
    'an unclosed header',
    `${main.slice(0, -1)}\nmode = none\n`,
    { [main.slice(0, -1)]: true, mode: 'none' },
    1,
  ],
  ['an indented header', ` ${main}\nmode = none\n`, { [main]: true, mode: 'none' }, 1],
  [
    'a setting given twice',
    `${main}\nmode = all\nmode = none\n`,
    { 'protect "refs/heads/main"': { mode: 'none' } },
    3,
  ],
  [
    'a section given twice',
    `${main}\nmode = all\n${main}\nmode = none\n`,
    { 'protect "refs/heads/main"': { mode: 'none' } },
    3,
  ],
  ['a byte order mark', `\ufeff${main}\nmode = none\n`, { [main]: true, mode: 'none' }, 1],
  ['no value', `${main}\nmode\n`, { 'protect "refs/heads/main"': { mode: true } }, 2],
  ['a list', 'keys[] = /k\n', { keys: ['/k'] }, 1],
  ['a quoted value', 'log = "\\u002fk"\n', { log: '/k' }, 1],
  ['a glued mark', 'log = /k#1\n', { log: '/k' }, 1],
  [
    'a lone carriage return',
    `${main}\n; note\rmode = none\n`,
    { 'protect "refs/heads/main"': { mode: 'none' } },
    2,
  ],
  ['a line separator', `${main}\nmode = all\u2028\n`, { 'protect "refs/heads/main"': {} }, 2],
  ['a forbidden name', '__proto__ = x\n', {}, 1],
  [
    'a mark in a header',
    '[protect "refs/heads/a;b"\nmode = all\n',
    { '[protect "refs/heads/a': true, mode: 'all' },
    1,
  ],
]

for (const [name, text, misread, line] of failsOpen)
  test(`${name}: taken by ini, a fault here`, () => {
    assert.is(JSON.stringify(parse(text)), JSON.stringify(misread))
    write(file, text)
    assert.ok(faultOf(file)?.message.startsWith(`${file}:${line}: `), faultOf(file)?.message)
  })

test('what the strict check takes, ini reads alike', () => {
  const word = fc.string({ unit: fc.constantFrom(...'abz019._-/{}=,*@+!$%&()\u00e9\u4e2d:'), maxLength: 8 })
  const ref = fc.string({ unit: fc.constantFrom(..."ab.;#=_-'!$%&(){}|,\u00e9"), minLength: 1, maxLength: 8 })
  const space = fc.constantFrom('', ' ', '\t', '  ')
  const comment = fc.constantFrom('', ' ; a "b" = [c]', '\t# \\ d;e')
  const special = fc.constantFrom('true', 'false', 'null', '1', '0', '[]', '{}', '-')
  const lineEnd = fc.constantFrom('\n', '\r\n', '\n\n', '\n ; note\n')
  const line = (names: readonly string[]) =>
    fc
      .record({
        name: fc.constantFrom(...names),
        a: space,
        b: space,
        value: fc.oneof(word, special),
        comment,
        lineEnd,
      })
      .map(({ name, a, b, value, ...end }) => `${a}${name}${b}=${a}${value}${end.comment}${end.lineEnd}`)
  const distinct = (names: readonly string[]) =>
    fc
      .uniqueArray(line(names), { selector: text => text.trim().split(/[ \t=]/)[0] })
      .map(lines => lines.join(''))
  const section = fc
    .tuple(ref, space, lineEnd, distinct(['mode', 'keys', 'rewind', 'delete', 'trust-root']))
    .map(([name, blank, end, body]) => `[protect "refs/heads/${name}"]${blank}${end}${body}`)
  const sections = fc.array(section, { maxLength: 4 }).map(parts => parts.join(''))
  fc.assert(
    fc.property(distinct(['keys', 'log', 'sync-tag', 'signing-key']), sections, (top, rest) => {
      write(file, `; text\n${top}${rest}`)
      assert.not.match(faultOf(file)?.message ?? '', /two parsers/)
    }),
    { numRuns: 1000 },
  )
})

test('any bytes are a policy or a Fault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      write(file, bytes)
      const fault = faultOf(file)
      assert.ok(fault === null || fault.message.startsWith(file))
    }),
    { numRuns: 300 },
  )
})

test('a file or its folder that others may write is a fault, unless strict-modes = no', () => {
  write(file, 'clock-skew = 7\n')
  chmodSync(file, 0o664)
  assert.is(faultOf(file)?.message, `${file}: others may write it`)
  chmodSync(file, 0o644)
  chmodSync(folder, 0o777)
  assert.is(faultOf(file)?.message, `${folder}: others may write it`)
  write(file, 'clock-skew = 7\nstrict-modes = no\n')
  assert.is(readPolicy(file, repository, assertOnlyOwnerWrites).strictModes, false)
})

test('the file in the repository cannot excuse itself, but can ask for the check', () => {
  write(file, 'clock-skew = 7\n')
  write(own, 'strict-modes = no\n')
  assert.is(readPolicy(file, repository, assertOnlyOwnerWrites).strictModes, false)
  chmodSync(own, 0o666)
  assert.is(faultOf(file, repository)?.message, `${own}: others may write it`)
  write(file, 'strict-modes = no\n')
  assert.is(readPolicy(file, repository, assertOnlyOwnerWrites).strictModes, false)
  write(own, 'strict-modes = yes\n')
  chmodSync(own, 0o666)
  assert.is(faultOf(file, repository)?.message, `${own}: others may write it`)
  chmodSync(own, 0o644)
  assert.is(readPolicy(file, repository, assertOnlyOwnerWrites).strictModes, true)
})

test('docs/configuration.md: its examples are taken, and no setting is missing', () => {
  const text = readFileSync(join(root, 'docs/configuration.md'), 'utf8')
  const examples = [...text.matchAll(/```ini\n(.*?)```/gs)]
  assert.ok(examples.length > 1)
  for (const [, example = ''] of examples) {
    write(file, example)
    assert.is(faultOf(file), null)
  }
  for (const name of [...topNames, ...sectionNames])
    assert.match(text, new RegExp(`^\\| \`${name}\` \\|`, 'm'))
})

function write(path: string, content: string | Uint8Array): void {
  writeFileSync(path, content)
  chmodSync(path, 0o644)
}

function faultOf(path: string, gitDir: string | null = null): Fault | null {
  try {
    readPolicy(path, gitDir, assertOnlyOwnerWrites)
    return null
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}

test.run()
