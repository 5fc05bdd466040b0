/** The repositories and key folders of the benchmark, made once and kept in bench/.cache. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GitObject } from '../test/support/objects.ts'
import { gitObject, treeOf, writeObjects } from '../test/support/objects.ts'
import { root } from '../test/support/paths.ts'
import { commitObject } from '../test/support/signed-object.ts'
import type { Signer } from './signers.ts'
import { ed25519Signers, keysCreated, mixedSigners, rsaSigners, sshSigners } from './signers.ts'

/**
 * `line`: Ed25519, ten signers. `ssh`: the same with keys of OpenSSH. `rsa`: RSA-4096. `mixed`: merges, four algorithms.
 * `keys`: that many, no repository.
 */
export type Kind = 'line' | 'ssh' | 'rsa' | 'mixed' | 'keys'

export type Stock = {
  /** Bare; its branch `main` has as many commits as asked for. Null for `keys`. */
  readonly gitDir: string
  /** The signers' public keys, a file a key; for `ssh` one file, allowed_signers. */
  readonly keys: string
}

/** Changed with whatever changes what is made: what was kept of an older recipe is not used. */
const recipe = 1

/** What is kept of this kind and size; made by another process, so that this one stays small and starts others fast. */
export function stock(kind: Kind, size: number): Stock {
  const folder = folderOf(kind, size)
  if (!existsSync(folder)) {
    process.stderr.write(`making ${kind} ${size}…\n`)
    const made = spawnSync(process.execPath, [process.argv[1] ?? '', 'make', kind, String(size)], {
      stdio: 'inherit',
    })
    if (made.status !== 0) throw new Error(`making ${kind} ${size} failed`)
  }
  return { gitDir: join(folder, 'repo.git'), keys: join(folder, 'keys') }
}

/** Makes it, whole or not at all. `mixed` takes a multiple of ten. */
export function makeStock(kind: Kind, size: number): void {
  const folder = folderOf(kind, size)
  const staged = `${folder}.${process.pid}`
  const signers = signersOf(kind, size)
  mkdirSync(join(staged, 'keys'), { recursive: true })
  for (const { fingerprint, armored } of signers) {
    const file = kind === 'ssh' ? allowedSigners : `${fingerprint}.asc`
    writeFileSync(join(staged, 'keys', file), armored, { mode: 0o644, flag: 'a' })
  }
  if (kind !== 'keys') writeRepository(join(staged, 'repo.git'), kind, size, signers)
  rmSync(folder, { recursive: true, force: true })
  renameSync(staged, folder)
}

/** The commit that `main` names, and what stands on it as `signed` and `unsigned`: one commit each, on no branch. */
export function tipsOf({ gitDir }: Stock): Readonly<Record<'main' | 'signed' | 'unsigned', string>> {
  return JSON.parse(readFileSync(join(gitDir, 'bench-tips'), 'utf8'))
}

function folderOf(kind: Kind, size: number): string {
  return join(root, 'bench/.cache', `${kind}-${size}.${recipe}`)
}

/** In the key folder of `ssh`. */
export const allowedSigners = 'allowed_signers'

function signersOf(kind: Kind, size: number): readonly Signer[] {
  if (kind === 'line') return ed25519Signers(10)
  if (kind === 'keys') return ed25519Signers(size)
  if (kind === 'ssh') return sshSigners(10)
  return kind === 'rsa' ? rsaSigners() : mixedSigners()
}

/** Objects made before they are written. */
const portion = 20_000

function writeRepository(gitDir: string, kind: Kind, size: number, signers: readonly Signer[]): void {
  git(gitDir, 'init', '--quiet', '--bare', '--template=', '--initial-branch=main')
  const files = treeFiles(signers)
  const tree = treeOf('sha1', files)
  const names: string[] = []
  const made: GitObject[] = [...Object.values(files), tree]
  const commit = (number: number, parents: readonly string[], signer: Signer | null) => {
    const at = keysCreated + (31 * 24 * 60 + number) * 60
    const author = signer?.userId ?? 'Nobody <nobody@example.org>'
    const message = `commit number ${number}\n\nThe benchmark looks at this commit, and at nothing that is in it.\n`
    const sign = signer === null ? {} : { signature: (payload: Uint8Array) => signer.sign(payload, at) }
    const object = commitObject('sha1', tree.oid, parents as never, { at, author, message, ...sign })
    made.push(object)
    return object.oid
  }
  for (let number = 0; number < size; number += 1) {
    const parents = parentsOf(kind, number).map(parent => names[parent] ?? '')
    names.push(commit(number, parents, signers[number % signers.length] ?? null))
    if (made.length >= portion) writeObjects(gitDir, 'sha1', made.splice(0))
  }
  writeObjects(gitDir, 'sha1', made.splice(0))
  const main = names.at(-1) ?? ''
  git(gitDir, 'update-ref', 'refs/heads/main', main)
  git(gitDir, 'repack', '-a', '-d', '-q')
  const tips = {
    main,
    signed: commit(size, [main], signers[0] ?? null),
    unsigned: commit(size, [main], null),
  }
  writeObjects(gitDir, 'sha1', made)
  writeFileSync(join(gitDir, 'bench-tips'), JSON.stringify(tips))
}

/** Of ten commits of a `mixed` history, three are on a side branch, and the last one merges it. */
function parentsOf(kind: Kind, number: number): readonly number[] {
  if (number === 0) return []
  if (kind !== 'mixed') return [number - 1]
  const step = number % 10
  if (step === 4) return [number - 4]
  return step === 9 ? [number - 1, number - 6] : [number - 1]
}

/** The policy is for sq-git, which reads it out of each commit's parent. */
function treeFiles(signers: readonly Signer[]): Readonly<Record<string, GitObject>> {
  const sections = signers.map(({ userId, armored }) =>
    [`[authorization."${userId}"]`, 'sign_commit = true', `keyring = """\n${armored}"""\n`].join('\n'),
  )
  const policy = ['version = 0', 'commit_goodlist = []', '', ...sections].join('\n')
  return {
    'README.md': gitObject('sha1', 'blob', 'A history for a benchmark.\n'),
    'openpgp-policy.toml': gitObject('sha1', 'blob', policy),
  }
}

function git(gitDir: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync('git', args, {
    env: {
      PATH: process.env['PATH'],
      GIT_DIR: gitDir,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_SYSTEM: '/dev/null',
    },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`git ${args[0]} failed: ${stderr}`)
}
