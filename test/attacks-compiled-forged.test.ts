import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, linkSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { compiledText, declareCompiled, withDigest } from './support/compiled.ts'
import { makeKey } from './support/keys.ts'
import type { Server } from './support/repository.ts'
import { suite } from './support/suite.ts'

/*
 * Compiled keys with a stranger among them. Whoever has the account that runs the hook may as well replace the hook;
 * what anybody else can put in their place is not believed.
 */
const [alice, bob] = [makeKey(), makeKey({ name: 'Bob' })]
const mallory = makeKey({ name: 'Mallory' })
const test = suite('attacks: compiled keys that are forged')

type Forging = (path: string, text: string, server: Server) => void

function write(path: string, bytes: Uint8Array | string, mode = 0o600): void {
  rmSync(path, { force: true })
  writeFileSync(path, bytes, { mode })
  chmodSync(path, mode)
}

function pipe(path: string): void {
  rmSync(path)
  spawnSync('mkfifo', ['-m', '600', path])
}

const forgings: [name: string, forge: Forging][] = [
  ['others may read it', (path, text) => write(path, withDigest(text), 0o644)],
  ['its group may write it', (path, text) => write(path, withDigest(text), 0o620)],
  ['without a digest', (path, text) => write(path, text)],
  [
    'the digest of other text',
    (path, text) => write(path, Buffer.concat([withDigest('x').subarray(0, 32), Buffer.from(text)])),
  ],
  [
    'a link to it',
    (path, text, { folder }) => {
      write(join(folder, 'forged'), withDigest(text))
      rmSync(path)
      symlinkSync(join(folder, 'forged'), path)
    },
  ],
  [
    'a second name of it elsewhere',
    (path, text, { folder }) => {
      write(path, withDigest(text))
      linkSync(path, join(folder, 'second name'))
    },
  ],
  ['of another program', (path, text) => write(path, withDigest(text.replace('"by":"', '"by":"x')))],
  ['of another state', (path, text) => write(path, withDigest(text.replace('"state":"', '"state":"x')))],
  ['of a time to come', (path, text) => write(path, withDigest(text.replace(/"at":\d+/, '"at":9999999999')))],
  [
    'of a time that is over',
    (path, text) => write(path, withDigest(text.replace('"until":null', '"until":1'))),
  ],
  ['a pipe', path => pipe(path)],
  ['nothing at all', path => write(path, '')],
]

if (process.getuid?.() === 0)
  forgings.push([
    'of another account',
    (path, text) => {
      write(path, withDigest(text))
      chownSync(path, 65534, 65534)
    },
  ])
else test.skipBecause('of another account', 'only root can give a file away')

declareCompiled(
  test,
  'none is believed that another could have put there',
  { trusted: [alice, bob], others: [mallory] },
  async ({ server, path, pushedBy }) => {
    const place = path()
    const genuine = readFileSync(place)
    const forged = withStranger(compiledText(place))
    for (const [name, forge] of forgings) {
      forge(place, forged, server)
      const { accepted } = await server.push(
        ['Mallory:Mallory', 'Alice:Alice'].map(spec => spec.replace(':', ':refs/heads/')),
      )
      const { refs, fault } = server.decisions().at(-1)
      assert.equal(
        [accepted, fault ?? refs.flatMap(codes)],
        [false, ['refs/heads/Mallory: unknown-key']],
        name,
      )
      write(place, genuine)
    }
    // nor is the forgery at fault: by the account itself it is believed, as its hook is
    write(place, withDigest(forged))
    assert.is(await pushedBy(mallory), 'accepted')
    write(place, withDigest(compiledText(place).replaceAll('{"fingerprint"', '["fingerprint"')))
    assert.match(await pushedBy(alice), /^fault: a compiled key is damaged/)
    rmSync(place)
    assert.is(await pushedBy(alice), 'accepted')
  },
)

type LoggedRef = { readonly ref: string; readonly commits: readonly { readonly code: string }[] }

function codes({ ref, commits }: LoggedRef): readonly string[] {
  return commits.map(({ code }) => `${ref}: ${code}`)
}

/** With Mallory's key in it, at her place in the order. */
function withStranger(text: string): string {
  const [head = '', ...lines] = text.trimEnd().split('\n')
  const line = lines.find(each => each.startsWith(bob.keyId)) ?? ''
  const spki = mallory.primary.publicKey.export({ type: 'spki', format: 'der' }).toString('hex')
  const forged = line
    .replaceAll(bob.fingerprint, mallory.fingerprint)
    .replaceAll(bob.keyId, mallory.keyId)
    .replace(/"spki":"[^"]*"/, `"spki":"${spki}"`)
  assert.match(forged, spki)
  return `${[head, ...[...lines, forged].sort()].join('\n')}\n`
}

test.run()
