import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { branch, commit } from './history.ts'
import type { Key } from './keys.ts'
import { clockOf } from './preload.ts'
import type { Server } from './repository.ts'
import { makeServer } from './repository.ts'
import type { Suite } from './suite.ts'

export type Compiled = {
  readonly server: Server
  /** Where the compiled keys of the last push are; fails unless there is one such file. */
  path(): string
  /** Seconds by which the hook's clock is ahead; 60 at first, so that no key file counts as new. */
  clock(ahead: number): void
  /** Pushes this key's commit to a protected branch, which is taken away again: `accepted`, the reason codes, or `fault: …`. */
  pushedBy(key: Key): Promise<string>
}

/** Declares a test on a server that has compiled its keys, those of `trusted`, and has used them since. */
export function declareCompiled(
  test: Suite<unknown>,
  name: string,
  { trusted, others = [] }: { readonly trusted: readonly [Key, Key]; readonly others?: readonly Key[] },
  action: (compiled: Compiled) => Promise<void>,
): void {
  test(name, async () => {
    const server = makeServer({ trusted, configuration: 'keys = @KEYS@\n[protect "refs/heads/*"]\n' })
    try {
      const clock = clockOf(server)
      const seeded = server.seed([commit('base', trusted[0])])
      server.write(
        [...trusted, ...others].map(key => branch(key.name, [commit(key.name, key)])),
        seeded,
      )
      const pushedBy = async ({ name }: Key) => {
        const { accepted, codes } = await server.push([`${name}:refs/heads/${name}`])
        if (accepted) server.setRef(`refs/heads/${name}`, null) // or it would vouch for the next push
        const decision = server.decisions().at(-1)
        if (decision?.verdict === 'fault') return `fault: ${decision.fault}`
        return accepted ? 'accepted' : codes.join(', ')
      }
      clock(60)
      for (const key of trusted) assert.is(await pushedBy(key), 'accepted')
      await action({ server, path: () => compiledIn(server), clock, pushedBy })
    } finally {
      server.close()
    }
  })
}

/** Where a key of the key folder is. */
export function keyFile({ keys }: Server, { fingerprint }: Key): string {
  return join(keys, `${fingerprint}.asc`)
}

/** The text of a compiled keyring; its digest stands in front. */
export function compiledText(path: string): string {
  return readFileSync(path).subarray(32).toString()
}

/** A compiled keyring whose digest is right, whatever its text says. */
export function withDigest(text: string): Uint8Array {
  return Buffer.concat([createHash('sha256').update(text).digest(), Buffer.from(text)])
}

export function compiledFiles({ gitDir }: Server): readonly string[] {
  return readdirSync(gitDir)
    .filter(name => name.startsWith('refwarden-keyring-'))
    .map(name => join(gitDir, name))
}

function compiledIn(server: Server): string {
  const [path = '', ...others] = compiledFiles(server)
  assert.equal([path !== '', others], [true, []], 'compiled keys of one state')
  return path
}
