import { spawn, spawnSync } from 'node:child_process'
import fs, {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { Fault } from '../../src/core/fault.ts'
import { readKeyFiles } from '../../src/edge/key-directory.ts'
import { suite } from '../support/suite.ts'

const test = suite('key directory')

let folder = ''
test.before.each(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'k-')))
})
test.after.each(() => rmSync(folder, { recursive: true, force: true }))

function put(name: string, content = name): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

function makeFolder(name: string): string {
  const path = join(folder, name)
  mkdirSync(path, { recursive: true })
  return path
}

/** Name below the test's folder and content of each file. */
function read(...paths: readonly string[]): Record<string, string> {
  const files = readKeyFiles(paths, null)
  return Object.fromEntries(
    files.map(({ path, bytes }) => [path.replace(`${folder}/`, ''), Buffer.from(bytes).toString()]),
  )
}

/** The Fault that reading `path` throws; one that is not a Fault fails the test. */
function faultOf(path: string): Fault {
  try {
    readKeyFiles([path], null)
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  throw new Error(`${path} was read`)
}

test('a folder: its direct entries with the suffixes of keys and with none', () => {
  for (const name of ['a.asc', 'b.gpg', 'c.pgp', 'd.key', 'e.pub', 'f.rev', 'alice', 'x.y.asc']) put(name)
  assert.equal(Object.keys(read(folder)), [
    'a.asc',
    'alice',
    'b.gpg',
    'c.pgp',
    'd.key',
    'e.pub',
    'f.rev',
    'x.y.asc',
  ])
})

test('a file that is named itself is read whatever its name', () => {
  assert.equal(read(put('alice.txt')), { 'alice.txt': 'alice.txt' })
})

test('several entries, and the bytes as they are', () => {
  const deep = makeFolder('deep')
  writeFileSync(join(deep, 'b.gpg'), Uint8Array.of(0xc3, 0x28, 0x00, 0xff))
  const files = readKeyFiles([put('a.asc'), deep], null)
  assert.equal(
    files.map(({ path }) => path),
    [join(folder, 'a.asc'), join(deep, 'b.gpg')],
  )
  assert.equal([...(files[1]?.bytes ?? [])], [0xc3, 0x28, 0x00, 0xff])
})

test('names that begin with a dot are passed over, whatever they are', () => {
  put('a.asc')
  put('.hidden.asc')
  makeFolder('.git')
  symlinkSync('nowhere', join(folder, '.dangling'))
  assert.equal(read(folder), { 'a.asc': 'a.asc' })
})

for (const name of [
  'bob.asc.disabled',
  'bob.asc~',
  'bob~',
  'README.md',
  'bob.ASC',
  'bob.',
  'bob.asc.',
  'bob@example.org',
  'bob.rpmsave',
  'bob.asc ',
  'bob.asc\n',
])
  test(`a fault that names it: ${JSON.stringify(name)} in a folder`, () => {
    put('a.asc')
    put(name)
    const fault = faultOf(folder)
    assert.ok(fault.message.includes(name.trimEnd()), fault.message)
    assert.match(fault.remedy ?? '', /rename it|move it/)
  })

test('a folder in a folder is a fault', () => {
  put('a.asc')
  makeFolder('team')
  const fault = faultOf(folder)
  assert.match(fault.message, /team: .*not read/)
  assert.match(fault.remedy ?? '', /move it out/)
})

test('missing, an empty folder, a folder with hidden files alone: faults that name it', () => {
  assert.match(faultOf(join(folder, 'none')).message, /none: missing/)
  assert.match(faultOf(makeFolder('empty')).message, /empty: no key file/)
  put('.hidden')
  rmSync(join(folder, 'empty'), { recursive: true })
  assert.match(faultOf(folder).message, /no key file/)
})

test('an empty file is a fault', () => {
  assert.match(faultOf(put('a.asc', '')).message, /a\.asc: empty/)
})

test('a file where a folder should be is a fault', () => {
  assert.match(faultOf(join(put('a.asc'), 'b.asc')).message, /missing/)
})

test('links are followed, to files and folders, absolute and relative', () => {
  const there = makeFolder('there')
  writeFileSync(join(there, 'a.asc'), 'a')
  const keys = makeFolder('keys')
  symlinkSync('../there/a.asc', join(keys, 'relative.asc'))
  symlinkSync(join(there, 'a.asc'), join(keys, 'absolute.asc'))
  symlinkSync('keys', join(folder, 'link'))
  assert.equal(read(join(folder, 'link')), { 'link/absolute.asc': 'a', 'link/relative.asc': 'a' })
  assert.equal(read(join(folder, 'link/../there/./a.asc')), { 'there/a.asc': 'a' })
})

test('a link to nothing, and links in a circle, are faults that name the link', () => {
  put('a.asc')
  symlinkSync('nowhere', join(folder, 'b.asc'))
  assert.match(faultOf(folder).message, /b\.asc: .*link to nothing/)
  rmSync(join(folder, 'b.asc'))
  symlinkSync('c.asc', join(folder, 'd.asc'))
  symlinkSync('d.asc', join(folder, 'c.asc'))
  assert.match(faultOf(folder).message, /c\.asc: too many symbolic links/)
})

test('pipes, sockets, devices and folders in the place of a file are faults, at once', async () => {
  spawnSync('mkfifo', [join(folder, 'pipe')])
  assert.match(faultOf(join(folder, 'pipe')).message, /pipe: not a file/)
  const server = createServer().listen(join(folder, 'socket'))
  await new Promise(resolve => server.once('listening', resolve))
  assert.match(faultOf(join(folder, 'socket')).message, /socket: not a file/)
  await new Promise(resolve => server.close(resolve))
  rmSync(join(folder, 'pipe'))
  symlinkSync('/dev/zero', join(folder, 'zero.asc'))
  assert.match(faultOf(folder).message, /zero\.asc: not a file/)
  rmSync(join(folder, 'zero.asc'))
  symlinkSync('.', join(folder, 'self.asc'))
  assert.match(faultOf(folder).message, /self\.asc: .*folder/)
})

test('an unreadable file or folder is a fault', () => {
  const asRoot = process.geteuid?.() === 0
  const path = put('a.asc')
  const closed = makeFolder('closed')
  for (const made of [path, closed]) chmodSync(made, 0)
  try {
    // root may read everything: be somebody else for a moment
    if (asRoot) chmodSync(folder, 0o755)
    if (asRoot) process.seteuid?.(65534)
    assert.match(faultOf(path).message, /a\.asc: not readable/)
    assert.match(faultOf(closed).message, /closed: not readable/)
  } finally {
    if (asRoot) process.seteuid?.(0)
    chmodSync(closed, 0o755)
  }
})

test('the caps: a large file, many bytes, many files', () => {
  const mebibyte = 1024 * 1024
  truncateSync(put('a.asc'), 64 * mebibyte + 1)
  assert.match(faultOf(folder).message, /a\.asc: larger than/)
  truncateSync(join(folder, 'a.asc'), 64 * mebibyte)
  assert.is(readKeyFiles([folder], null)[0]?.bytes.length, 64 * mebibyte)
  for (const name of ['b', 'c', 'd']) symlinkSync('a.asc', join(folder, name))
  const e = put('e.asc')
  assert.match(faultOf(folder).message, /e\.asc: with it there are more than/)
  for (const name of ['a.asc', 'b', 'c', 'd']) rmSync(join(folder, name))
  for (let count = 0; count < 20_000; count += 1) symlinkSync(e, join(folder, `k${count}`))
  assert.match(faultOf(folder).message, /more than 20000 files/)
})

test('a file name with an escape sequence is shown escaped', () => {
  const fault = faultOf(join(folder, put('\u001b]0;x\u0007.asc', '').slice(folder.length + 1)))
  assert.not.match(fault.message, /\u001b|\u0007/)
  assert.match(fault.message, /\\x1b\]0;x\\x07\.asc: empty/)
})

test('the check of who may write is given each path and each file, and its fault is passed on', () => {
  const keys = makeFolder('keys')
  const file = join(keys, 'a.asc')
  writeFileSync(file, 'a')
  const checked: string[] = []
  readKeyFiles([keys, put('b.asc')], path => checked.push(path))
  assert.equal([...new Set(checked)].sort(), [join(folder, 'b.asc'), keys, file])
  const refuse = (path: string) => {
    if (path === file) throw new Fault('others may write')
  }
  assert.throws(
    () => readKeyFiles([keys], refuse),
    (error: Error) => error instanceof Fault,
  )
})

/** As Kubernetes mounts a ConfigMap: each key a link through `..data`, which is a link to a folder of its version. */
function mountVersions(): string {
  const mount = makeFolder('mount')
  for (const version of ['..v1', '..v2']) {
    mkdirSync(join(mount, version))
    for (const key of ['alice.asc', 'bob.asc', 'carol.asc'])
      writeFileSync(join(mount, version, key), `${key} of ${version}`)
  }
  symlinkSync('..v1', join(mount, '..data'))
  for (const key of ['alice.asc', 'bob.asc', 'carol.asc']) symlinkSync(`..data/${key}`, join(mount, key))
  return mount
}

test('a Kubernetes mount is read through ..data, and its other version is not', () => {
  const mount = mountVersions()
  assert.equal(Object.values(read(mount)), ['alice.asc of ..v1', 'bob.asc of ..v1', 'carol.asc of ..v1'])
  symlinkSync('..v2', join(mount, '..data_tmp'))
  renameSync(join(mount, '..data_tmp'), join(mount, '..data'))
  assert.equal(Object.values(read(mount)), ['alice.asc of ..v2', 'bob.asc of ..v2', 'carol.asc of ..v2'])
})

/** On a busy machine every attempt may meet a change: then the push is refused, which is no wrong reading. */
function readOrRefuse(path: string): Record<string, string> {
  try {
    return read(path)
  } catch (error) {
    if (error instanceof Fault && error.message.includes('changed each of the')) return {}
    throw error
  }
}

test('while ..data flips back and forth each reading is of one version', async () => {
  const mount = mountVersions()
  const flip = `
    const { renameSync, symlinkSync } = require('node:fs')
    process.chdir(process.argv[1])
    process.stdout.write('ready')
    for (let count = 0; ; count += 1) {
      symlinkSync(count % 2 === 0 ? '..v2' : '..v1', '..data_tmp')
      renameSync('..data_tmp', '..data')
      const until = process.hrtime.bigint() + BigInt(Math.floor(Math.random() * 2e6))
      while (process.hrtime.bigint() < until);
    }`
  const flipper = spawn(process.execPath, ['-e', flip, mount], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise(resolve => flipper.once('exit', resolve))
  try {
    await new Promise(resolve => flipper.stdout.once('data', resolve))
    const seen = new Set<string>()
    for (let count = 0; count < 400; count += 1) seen.add(Object.values(readOrRefuse(mount)).join())
    seen.delete('')
    const version = (name: string) => ['alice', 'bob', 'carol'].map(key => `${key}.asc of ${name}`).join()
    assert.equal([...seen].sort(), [version('..v1'), version('..v2')])
  } finally {
    flipper.kill('SIGKILL')
    await ended
  }
})

test('a file put in place of another by rename is read whole, before or after', async () => {
  const path = put('a.asc', 'one'.repeat(20_000))
  const replace = `
    const { renameSync, writeFileSync } = require('node:fs')
    const path = process.argv[1]
    process.stdout.write('ready')
    for (let count = 0; ; count += 1) {
      writeFileSync(path + '.new', (count % 2 === 0 ? 'two' : 'one').repeat(20000))
      renameSync(path + '.new', path)
      const until = process.hrtime.bigint() + BigInt(Math.floor(Math.random() * 2e6))
      while (process.hrtime.bigint() < until);
    }`
  const writer = spawn(process.execPath, ['-e', replace, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise(resolve => writer.once('exit', resolve))
  try {
    await new Promise(resolve => writer.stdout.once('data', resolve))
    const seen = new Set<string>()
    for (let count = 0; count < 200; count += 1) seen.add(readOrRefuse(path)['a.asc'] ?? '')
    seen.delete('')
    assert.equal([...seen].sort(), ['one'.repeat(20_000), 'two'.repeat(20_000)])
  } finally {
    writer.kill('SIGKILL')
    await ended
  }
})

test('a revocation that is moved from a folder into one that was listed already is not lost', () => {
  const [first, second] = [makeFolder('first'), makeFolder('second')]
  for (const name of ['first/alice.asc', 'second/bob.asc', 'second/alice.rev']) put(name)
  const { readdirSync } = fs
  let moved = false
  fs.readdirSync = ((...given: Parameters<typeof readdirSync>) => {
    if (given[0] === second && !moved) renameSync(join(second, 'alice.rev'), join(first, 'alice.rev'))
    moved ||= given[0] === second
    return readdirSync(...given)
  }) as typeof readdirSync
  syncBuiltinESMExports()
  try {
    const expected = ['first/alice.asc', 'first/alice.rev', 'second/bob.asc']
    assert.equal(Object.keys(read(first, second)), expected)
    assert.ok(moved)
  } finally {
    fs.readdirSync = readdirSync
    syncBuiltinESMExports()
  }
})

test('a file with holes is read as zeros, as the kernel has it', () => {
  const descriptor = openSync(join(folder, 'a.asc'), 'w')
  ftruncateSync(descriptor, 5)
  closeSync(descriptor)
  assert.equal([...(readKeyFiles([folder], null)[0]?.bytes ?? [])], [0, 0, 0, 0, 0])
})

test.run()
