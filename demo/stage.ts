import { appendFileSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type KeyMaker, keyMaker, type Signer, sshSigner } from './keys.ts'
import { type Run, run } from './run.ts'

/** A server with refwarden on it, a clone, and the people who push. */
export type Stage = {
  readonly folder: string
  readonly server: string
  readonly clone: string
  readonly madeWith: string
  readonly alice: Signer
  /** Whose key the admin does not have. */
  readonly mallory: Signer
  /** Whose key is in the key directory and has expired. */
  readonly carol: Signer
  /** Who signs with an SSH key; null where there is no ssh-keygen. */
  readonly dave: Signer | null
  /** What the admin typed, and what came of it. */
  readonly setUp: readonly { readonly command: string; readonly output: string }[]
  /** What the configuration says, without comments. */
  readonly configuration: string
  close(): Promise<void>
}

/** Sets the stage in a new temporary folder; throws, and leaves nothing behind, where a step of it fails. */
export async function setStage(root: string): Promise<Stage> {
  process.umask(0o022) // a key file that the group may write is refused, and rightly so
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'refwarden-demo-')))
  let maker: KeyMaker | null = null
  const close = async () => {
    await maker?.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  // not `once`: execa's own listener ends the process where it finds itself alone
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => close().finally(() => process.exit(1)))
  try {
    maker = await keyMaker(folder)
    const people = {
      alice: await maker.make('alice', { made: 0, lasts: null }),
      mallory: await maker.make('mallory', { made: 0, lasts: null }),
      carol: await maker.make('carol', { made: 400, lasts: 365 }),
      dave: await sshSigner(folder, 'dave'),
    }
    const installed = await install(root, folder, people)
    return { folder, madeWith: maker.with, ...people, ...installed, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function install(
  root: string,
  folder: string,
  { alice, carol, dave }: Pick<Stage, 'alice' | 'carol' | 'dave'>,
) {
  const server = join(folder, 'server.git')
  const clone = join(folder, 'clone')
  const config = join(folder, 'etc/refwarden.ini')
  const keys = join(folder, 'etc/refwarden/keys')
  const binary = join(folder, 'usr/bin/refwarden')
  const setUp: { command: string; output: string }[] = []
  const type = async (program: string, ...args: readonly string[]) => {
    const { exit, all } = await run(program, args, { cwd: root, home: folder })
    const shorter = (text: string) => text.replaceAll(`${folder}/`, '')
    setUp.push({ command: shorter([program, ...args].join(' ')), output: shorter(all) })
    if (exit !== 0) throw new Error(`${program} ${args.join(' ')} failed (${exit}):\n${all}`)
  }
  await type('git', 'init', '--quiet', '--bare', '--initial-branch=main', server)
  await type('./install.sh', '--prefix', join(folder, 'usr'), '--config', config)
  for (const { file, publicKey } of [alice, carol, ...(dave === null ? [] : [dave])]) {
    writeFileSync(join(folder, file), publicKey)
    await type('cp', join(folder, file), keys)
  }
  appendFileSync(config, '\n[protect "refs/heads/release"]\nmode = first-parent\n')
  await type(binary, 'install', '--config', config, server)
  await run('git', ['init', '--quiet', '--initial-branch=main', clone], { cwd: folder })
  await run('git', ['remote', 'add', 'origin', server], { cwd: clone })
  const configuration = withoutComments(readFileSync(config, 'utf8').replaceAll(`${folder}/`, ''))
  return { server, clone, setUp, configuration }
}

function withoutComments(text: string): string {
  const lines = text.split('\n').filter(line => !line.startsWith(';'))
  return lines.join('\n').trim()
}

/** git in the clone; throws where it fails. */
export async function git({ clone }: Stage, ...args: readonly string[]): Promise<string> {
  const { exit, stdout, all } = await run('git', args, { cwd: clone })
  if (exit !== 0) throw new Error(`git ${args.join(' ')} failed (${exit}):\n${all}`)
  return stdout.trim()
}

/** The push itself may fail: that is what is shown. */
export function gitPush({ clone }: Stage, colour: boolean, refspec: string): Promise<Run> {
  const settings = colour ? ['-c', 'color.remote=always'] : []
  return run('git', [...settings, 'push', 'origin', refspec], { cwd: clone })
}
