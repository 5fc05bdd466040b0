import * as assert from 'uvu/assert'
import { mountIsReadOnly } from '../../src/core/mounts.ts'
import { suite } from '../support/suite.ts'

const test = suite('mounts')

const table = `\
22 1 0:20 / / rw,relatime shared:1 - overlay overlay rw,lowerdir=/x
23 22 0:21 / /proc rw - proc proc rw
30 22 0:30 / /etc/keys ro,relatime master:2 - ext4 /dev/sda1 rw
31 22 0:31 / /data rw,nosuid - squashfs /dev/loop0 ro
32 22 0:32 / /srv rw - ext4 /dev/sdb1 rw,errors=remount-ro
33 32 0:33 / /srv/with\\040space ro - tmpfs tmpfs rw
34 30 0:34 / /etc/keys/rw rw - tmpfs tmpfs rw
35 22 0:35 / /old rw - tmpfs tmpfs rw
36 35 0:36 / /old/keys ro - tmpfs tmpfs rw
37 35 0:37 / /old rw - tmpfs tmpfs rw
38 22 0:38 / /twice ro - tmpfs tmpfs rw
39 38 0:39 / /twice rw - tmpfs tmpfs rw
a line that is none
`

const cases: readonly [path: string, readOnly: boolean][] = [
  ['/', false],
  ['/etc', false],
  ['/etc/keys', true],
  ['/etc/keys/alice.asc', true],
  ['/etc/keys2/alice.asc', false],
  ['/etc/keys/rw/bob.asc', false],
  ['/data/deep/down', true],
  ['/srv/keys', false],
  ['/srv/with space/keys', true],
  ['/srv/with', false],
  ['/old/keys/alice.asc', false],
  ['/twice/alice.asc', false],
]

for (const [path, readOnly] of cases)
  test(`${path} is ${readOnly ? 'read-only' : 'not read-only'}`, () => {
    assert.is(mountIsReadOnly(table, path), readOnly)
  })

test('a read-only root', () => {
  assert.is(mountIsReadOnly('1 1 0:1 / / ro - rootfs rootfs ro\n', '/a'), false)
  assert.is(mountIsReadOnly('2 1 0:1 / / ro - ext4 /dev/sda ro\n', '/a'), true)
})

test('no table', () => {
  assert.is(mountIsReadOnly('', '/a'), false)
})

test.run()
