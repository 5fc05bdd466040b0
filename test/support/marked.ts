/** A server with sync tags: `verified/{branch}`, signed by a key of its own. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ObjectFormat, Oid } from '../../src/core/oid.ts'
import type { Key } from './keys.ts'
import { makeKey } from './keys.ts'
import type { GitObject } from './objects.ts'
import { writeObjects } from './objects.ts'
import type { Server, ServerOptions } from './repository.ts'
import { makeServer } from './repository.ts'
import { now } from './signature-packet.ts'
import { tagObject } from './signed-object.ts'

export type MarkedOptions = Omit<ServerOptions, 'configuration'> & {
  readonly signingKey?: Key
  /** In the place of the secret key's armor. */
  readonly secret?: string | Uint8Array
  /** Keys that may repair the tag; none. */
  readonly recovery?: readonly Key[]
  /** Settings above the sections, beside those made here. */
  readonly settings?: string
  readonly sections?: string
  readonly tag?: string
}

export type MarkedServer = Server & {
  readonly signingKey: Key
  /** Path of the file with the secret half. */
  readonly secretFile: string
  /** The tag object and its commit; null where there is none. */
  mark(branch?: string): { readonly oid: Oid; readonly commit: Oid } | null
  /** Puts an object under the tag's name, no hook asked. */
  putTag(object: GitObject | Oid | null, branch?: string): void
  /** A sync tag as the server would make it, with whatever is wrong with it. */
  tag(commit: Oid, signer?: Key | null, options?: TagOptions): GitObject
}

type TagOptions = {
  readonly name?: string
  readonly message?: string
  readonly at?: number
  readonly type?: string
}

/** `hooks`: both, if left out. */
export function makeMarked(options: MarkedOptions = {}): MarkedServer {
  const { signingKey = makeKey({ name: 'Server' }), secret, recovery = [], settings = '' } = options
  const { sections = '[protect "refs/heads/main"]\nmode = all\n', tag: template = 'verified/{branch}' } =
    options
  const server = makeServer({
    hooks: ['pre-receive', 'post-receive'],
    ...options,
    configuration: '; later\n',
  })
  const secretFile = join(server.folder, 'signing', 'server.asc')
  mkdirSync(join(server.folder, 'signing'), { mode: 0o700 })
  writeFileSync(secretFile, secret ?? signingKey.secretArmored)
  chmodSync(secretFile, 0o400)
  if (recovery.length > 0) mkdirSync(join(server.folder, 'recovery'), { mode: 0o755 })
  for (const key of recovery)
    writeFileSync(join(server.folder, 'recovery', `${key.fingerprint}.asc`), key.publicArmored, {
      mode: 0o644,
    })
  server.configure(
    [
      'keys = @KEYS@',
      `sync-tag = ${template}`,
      `signing-key = ${signingKey.fingerprint}`,
      `signing-keys = ${secretFile}`,
      ...(recovery.length > 0 ? [`recovery-keys = ${join(server.folder, 'recovery')}`] : []),
      settings,
      sections,
    ].join('\n'),
  )
  const refOf = (branch: string) => `refs/tags/${template.replace('{branch}', branch)}`
  return {
    ...server,
    signingKey,
    secretFile,
    mark(branch = 'main') {
      const oid = server.refs().get(refOf(branch))
      return oid === undefined
        ? null
        : { oid, commit: server.git('rev-parse', `${oid}^{commit}`).trim() as Oid }
    },
    putTag(object, branch = 'main') {
      if (object !== null && typeof object !== 'string') writeObjects(server.gitDir, server.format, [object])
      server.setRef(refOf(branch), typeof object === 'string' ? object : (object?.oid ?? null))
    },
    tag(commit, signer = signingKey, { name = 'verified/main', message = 'Sync pointer\n', ...more } = {}) {
      return tagObject(
        server.format as ObjectFormat,
        commit,
        { name, message, at: now() - 60, ...more },
        signer,
      )
    },
  }
}
