import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { Fault } from '../../src/core/fault.ts'
import { assertOnlyOwnerWrites } from '../../src/edge/strict-modes.ts'
import { suite } from '../support/suite.ts'

const test = suite('strict modes')

const notRoot = process.geteuid?.() === 0 ? null : 'needs root, to act for other users'
// The runner's folder for temporary files shuts out the users that root acts for here.
const base = realpathSync(notRoot === null ? '/tmp' : tmpdir())
let folder = ''
let file = ''

test.before.each(() => {
  folder = mkdtempSync(join(base, 'rw-modes-'))
  chmodSync(folder, 0o755)
  mkdirSync(join(folder, 'etc/keys'), { recursive: true })
  file = join(folder, 'etc/keys/alice.asc')
  writeFileSync(file, 'key')
  for (const [path, mode] of [
    ['etc', 0o755],
    ['etc/keys', 0o755],
    ['etc/keys/alice.asc', 0o644],
  ] as const)
    chmodSync(join(folder, path), mode)
})

test.after.each(() => {
  rmSync(folder, { recursive: true, force: true })
})

test('a file and a folder that their owner alone may write pass', () => {
  assert.is(faultOf(file), null)
  assert.is(faultOf(join(folder, 'etc/keys/')), null)
})

for (const mode of [0o664, 0o646, 0o666, 0o620, 0o602])
  test(`a file of mode ${mode.toString(8)} is a fault`, () => {
    chmodSync(file, mode)
    const fault = faultOf(file)
    assert.is(fault?.message, `${file}: others may write it`)
    assert.is(fault?.remedy, `chmod go-w ${file}, or set strict-modes = no`)
  })

for (const mode of [0o775, 0o757, 0o777, 0o2775])
  test(`a folder of mode ${mode.toString(8)} is a fault, at the end of the path and above it`, () => {
    const etc = join(folder, 'etc')
    chmodSync(etc, mode)
    for (const path of [etc, join(etc, 'keys'), file])
      assert.is(faultOf(path)?.message, `${etc}: others may write it`)
  })

test('the sticky bit excuses a folder above, not the folder itself', () => {
  const keys = join(folder, 'etc/keys')
  chmodSync(keys, 0o1777)
  assert.is(faultOf(file), null)
  assert.is(faultOf(keys)?.message, `${keys}: others may write it`)
})

test('the sticky bit excuses no file', () => {
  chmodSync(file, 0o1666)
  assert.is(faultOf(file)?.message, `${file}: others may write it`)
})

test('what a link leads to counts, and each folder on either way', () => {
  const link = join(folder, 'link.asc')
  symlinkSync('etc/../etc/keys/alice.asc', link)
  assert.is(faultOf(link), null)
  chmodSync(join(folder, 'etc'), 0o777)
  assert.is(faultOf(link)?.message, `${join(folder, 'etc')}: others may write it`)
  chmodSync(join(folder, 'etc'), 0o755)
  chmodSync(folder, 0o777)
  assert.is(faultOf(link)?.message, `${folder}: others may write it`)
})

test('a folder that a link stands in counts, though what it leads to is elsewhere', () => {
  const loose = join(folder, 'loose')
  mkdirSync(loose)
  chmodSync(loose, 0o777)
  symlinkSync(join(folder, 'etc'), join(loose, 'inner'))
  symlinkSync(join(loose, 'inner'), join(folder, 'outer'))
  assert.is(faultOf(join(folder, 'outer/keys/alice.asc'))?.message, `${loose}: others may write it`)
})

test("a Kubernetes mount's links pass", () => {
  const mount = join(folder, 'mount')
  mkdirSync(join(mount, '..2026_01_01'), { recursive: true })
  writeFileSync(join(mount, '..2026_01_01/alice.asc'), 'key')
  chmodSync(join(mount, '..2026_01_01/alice.asc'), 0o644)
  symlinkSync('..2026_01_01', join(mount, '..data'))
  symlinkSync('..data/alice.asc', join(mount, 'alice.asc'))
  for (const path of [mount, join(mount, '..2026_01_01')]) chmodSync(path, 0o755)
  assert.is(faultOf(join(mount, 'alice.asc')), null)
  chmodSync(join(mount, '..2026_01_01/alice.asc'), 0o666)
  assert.is(
    faultOf(join(mount, 'alice.asc'))?.message,
    `${mount}/..2026_01_01/alice.asc: others may write it`,
  )
})

test('what is not there, a loop and a file in the way are faults', () => {
  symlinkSync('loop', join(folder, 'loop'))
  symlinkSync('nowhere', join(folder, 'dangling'))
  assert.is(
    faultOf(join(folder, 'none'))?.message,
    `${folder}/none: who may write it cannot be told (ENOENT)`,
  )
  assert.is(
    faultOf(join(folder, 'dangling'))?.message,
    `${folder}/nowhere: who may write it cannot be told (ENOENT)`,
  )
  assert.is(faultOf(join(folder, 'loop'))?.message, `${folder}/loop: too many symbolic links`)
  assert.is(faultOf(join(file, 'x'))?.message, `${file}/x: who may write it cannot be told (ENOTDIR)`)
})

test('a path that a shell would take apart is quoted in the remedy', () => {
  const odd = join(folder, "o'brien key.asc")
  writeFileSync(odd, 'key')
  chmodSync(odd, 0o666)
  const { stdout } = spawnSync('sh', ['-c', `echo ${faultOf(odd)?.remedy?.split(', or')[0]}`], {
    encoding: 'utf8',
  })
  assert.is(stdout, `chmod go-w ${odd}\n`)
})

test('folders that passed are not looked at again; files and sticky folders are', () => {
  const seen = new Set<string>()
  assertOnlyOwnerWrites(file, seen)
  assert.ok(seen.has(join(folder, 'etc/keys')))
  assert.not.ok(seen.has(file))
  chmodSync(join(folder, 'etc/keys'), 0o777)
  assert.is(faultOf(file, seen), null)
  chmodSync(file, 0o666)
  assert.is(faultOf(file, seen)?.message, `${file}: others may write it`)
  const sticky = new Set<string>()
  chmodSync(file, 0o644)
  chmodSync(join(folder, 'etc/keys'), 0o1777)
  assertOnlyOwnerWrites(file, sticky)
  assert.ok(faultOf(join(folder, 'etc/keys'), sticky))
})

test.unless(notRoot, "another user's file, folder above or link is a fault", () => {
  const link = join(folder, 'link.asc')
  symlinkSync(file, link)
  for (const path of [file, join(folder, 'etc')]) {
    chownSync(path, 4242, 4242)
    assert.is(as(4243, () => faultOf(file))?.message, `${path}: it belongs to another user (uid 4242)`)
    assert.is(as(4243, () => faultOf(file))?.remedy, `chown -h root ${path}, or set strict-modes = no`)
    assert.is(
      as(4242, () => faultOf(file)),
      null,
    )
    assert.is(faultOf(file), null)
    chownSync(path, 0, 0)
  }
  assert.is(
    as(4243, () => faultOf(link)),
    null,
  )
  lchownSync(link, 4242, 4242)
  assert.is(as(4243, () => faultOf(link))?.message, `${link}: it belongs to another user (uid 4242)`)
})

test.unless(readOnlyMounts(), 'a read-only mount passes, whatever the modes', () => {
  chmodSync(join(folder, 'etc/keys'), 0o777)
  chmodSync(file, 0o666)
  assert.ok(faultOf(file))
  mount('--bind', join(folder, 'etc'), join(folder, 'etc'))
  try {
    mount('-o', 'remount,ro,bind', join(folder, 'etc'))
    assert.is(faultOf(file), null)
    assert.is(faultOf(join(folder, 'etc/keys')), null)
    chmodSync(folder, 0o777)
    assert.is(faultOf(file)?.message, `${folder}: others may write it`)
  } finally {
    spawnSync('umount', [join(folder, 'etc')])
  }
})

test.unless(readOnlyMounts(), 'a read-only mount passes for a user whom the mode lets nothing write', () => {
  chmodSync(file, 0o664)
  chownSync(join(folder, 'etc/keys'), 4242, 4242)
  mount('--bind', join(folder, 'etc'), join(folder, 'etc'))
  try {
    assert.is(
      as(4243, () => faultOf(file))?.message,
      `${folder}/etc/keys: it belongs to another user (uid 4242)`,
    )
    mount('-o', 'remount,ro,bind', join(folder, 'etc'))
    assert.is(
      as(4243, () => faultOf(file)),
      null,
    )
  } finally {
    spawnSync('umount', [join(folder, 'etc')])
  }
})

function faultOf(path: string, seen?: Set<string>): Fault | null {
  try {
    assertOnlyOwnerWrites(path, seen)
    return null
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}

/** What `act` gives when this process runs as another user. */
function as<Result>(uid: number, act: () => Result): Result {
  process.seteuid?.(uid)
  try {
    return act()
  } finally {
    process.seteuid?.(0)
  }
}

/** What keeps this machine from making a mount read-only, or null. */
function readOnlyMounts(): string | null {
  const probe = mkdtempSync(join(tmpdir(), 'rw-mount-'))
  const { status } = spawnSync('mount', ['--bind', probe, probe])
  if (status === 0) spawnSync('umount', [probe])
  rmSync(probe, { recursive: true })
  return status === 0 ? null : 'needs the right to mount'
}

function mount(...given: readonly string[]): void {
  const { status, stderr } = spawnSync('mount', given, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}

test.run()
