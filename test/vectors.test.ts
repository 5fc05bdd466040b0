import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { keyringOf } from '../src/core/keyring.ts'
import { objectReasons } from '../src/core/rejection.ts'
import { objectName } from '../src/edge/arithmetic.ts'
import { inspectObject } from '../src/inspect.ts'
import { trustedKeysIn } from '../src/trust.ts'
import { gpgHome } from './support/gpg.ts'
import { writeObjects } from './support/objects.ts'
import { suite } from './support/suite.ts'
import { readKeyFile, readVectors, type Vector } from './vectors/vector.ts'

const test = suite('vectors')
const vectors = readVectors()

for (const vector of vectors)
  test(`${vector.name}: ${vector.comment}`, async () => {
    assert.is(await judged(vector), vector.expect)
  })

async function judged({ object, keys, now }: Vector): Promise<string> {
  const clock = { rule: 'now', now, skew: 300 } as const
  const files = keys.map(name => ({ path: name, bytes: readKeyFile(name) }))
  const keyring = keyringOf((await trustedKeysIn(files, [], clock)).trusted)
  const { format, type, oid } = describe(object)
  const stored = { oid, type, size: object.length, bytes: object }
  const { signature } = await inspectObject(stored, { keyring, clock })
  assert.is(oid.length, format === 'sha1' ? 40 : 64)
  return signature.ok ? `verified ${signature.signer.primary}` : signature.reason
}

function describe(object: Uint8Array) {
  const [, word, digits = ''] =
    /^(tree|object) ([0-9a-f]+)/.exec(Buffer.from(object).toString('latin1')) ?? []
  const type = word === 'object' ? ('tag' as const) : ('commit' as const)
  const format = digits.length === 64 ? ('sha256' as const) : ('sha1' as const)
  return { type, format, oid: objectName(format, type, object) }
}

test('every reason that an object can have has a vector, and so has acceptance', () => {
  const expected = new Set(vectors.map(({ expect }) => expect.replace(/ .*/, '')))
  assert.equal([...expected].sort(), [...objectReasons, 'verified'].sort())
  assert.ok(vectors.length > 150)
})

/** What GnuPG 2.2 cannot read: version 6, Ed25519 and Ed448 as RFC 9580 has them, SHA-3, OpenSSH. */
const beyondGnupg = /-v6$|^good-ssh-|ed448|good-ed25519-v4|openpgpjs-curve25519|sha3/

const gpgMissing = spawnSync('gpg', ['--version']).status === 0 ? null : 'gpg is not installed'

test.unless(gpgMissing, 'what is verified here, git verifies with GnuPG, by the same key', () => {
  const good = vectors.filter(({ name, expect }) => expect.startsWith('verified') && !beyondGnupg.test(name))
  assert.ok(good.length > 50)
  for (const { vector, status } of verifiedByGit(good)) {
    const [, primary] = /^\[GNUPG:\] VALIDSIG (?:\S+ ){9}([0-9A-F]+)$/m.exec(status) ?? []
    assert.is(`verified ${primary}`, vector.expect, `${vector.name}: ${status}`)
    assert.match(status, /^\[GNUPG:\] GOODSIG /m, vector.name)
  }
})

test.unless(
  gpgMissing,
  'what git and GnuPG find bad, or do not find at all, is verified nowhere here',
  () => {
    const others = vectors.filter(({ expect }) => /^(unsigned|bad-signature|unknown-key)$/.test(expect))
    assert.ok(others.length > 20)
    for (const { vector, status } of verifiedByGit(others))
      assert.not.match(status, /^\[GNUPG:\] GOODSIG /m, vector.name)
  },
)

/** What `git verify-commit --raw` or `verify-tag --raw` says of each, with all keys and at the vector's time. */
function* verifiedByGit(chosen: readonly Vector[]): Generator<{ vector: Vector; status: string }> {
  const home = gpgHome()
  const folder = mkdtempSync(join(tmpdir(), 'v-'))
  try {
    const program = join(folder, 'gpg')
    writeFileSync(program, '#!/bin/sh\nexec gpg --faked-system-time "$NOW!" --trust-model always "$@"\n', {
      mode: 0o755,
    })
    for (const format of ['sha1', 'sha256'] as const) {
      const gitDir = join(folder, format)
      spawnSync('git', ['init', '--quiet', '--bare', `--object-format=${format}`, gitDir])
      const own = chosen.filter(({ object }) => describe(object).format === format)
      const objects = own.map(({ object }) => ({ ...describe(object), body: object }))
      writeObjects(gitDir, format, objects)
      for (const vector of own) {
        const keys = vector.keys.filter(name => name.endsWith('.asc'))
        for (const name of keys) home.run(['--import'], readKeyFile(name))
        const { type, oid } = describe(vector.object)
        const env = { ...process.env, ...home.env, GIT_DIR: gitDir, NOW: `${vector.now}` }
        const args = ['-c', `gpg.program=${program}`, `verify-${type}`, '--raw', oid]
        yield { vector, status: spawnSync('git', args, { env, encoding: 'utf8' }).stderr }
      }
    }
  } finally {
    home.close()
    rmSync(folder, { recursive: true })
  }
}

test.run()
