import { Fault } from './core/fault.ts'
import { hookPath, type Layout } from './core/installation.ts'
import { type Proof, proofConfig, proofOf, proofRef } from './core/proof.ts'
import { readPolicy } from './edge/config.ts'
import { git } from './edge/git.ts'
import { isExecutable, readForeignHook, writeHook } from './edge/hook-files.ts'
import { assertOnlyOwnerWrites } from './edge/strict-modes.ts'
import { inTemporaryFolder, readText, writeText } from './edge/temporary-folder.ts'
import type { Repository } from './repository.ts'

/** `ref`: what was pushed to; null where the configuration protects nothing, so that nothing can be refused. */
export type Shown = { readonly ref: string | null; readonly proof: Proof }

/**
 * Pushes an unsigned commit to a throw-away double of `repository` that has the same stub and configuration. A Fault
 * where the push goes through, or is refused by anything but refwarden.
 */
export async function proveRefusal(repository: Repository, config: string, stub: string): Promise<Shown> {
  const ref = refToPush(repository, config)
  if (typeof ref !== 'string') return { ref: null, proof: ref ?? { kind: 'open' } }
  return inTemporaryFolder(async folder => {
    const server = `${folder}/server.git`
    const clone = `${folder}/clone.git`
    const format = await line(['rev-parse', '--show-object-format'], repository.gitDir)
    for (const path of [server, clone])
      await git(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, path])
    setUp(repository, server, stub)
    const commit = await unsignedCommit(clone)
    const push = await git(['push', '--quiet', server, `${commit}:${ref}`], {
      gitDir: clone,
      allowFailure: true,
    })
    const refs = await line(['for-each-ref'], server)
    const proof = proofOf(readText(`${server}/refwarden.jsonl`) ?? '')
    if (push.exitCode === 0 || refs !== '' || proof.kind === 'open')
      throw new Fault(
        `${repository.gitDir}: not proved: an unsigned commit to ${ref} ${refs === '' ? 'was refused, but not by refwarden' : 'was accepted'}: ${push.stderr.trim()}`,
        'do not rely on this installation; report it as a defect of refwarden',
      )
    return { ref, proof }
  })
}

/** What was shown, in words. */
export function renderShown({ gitDir }: Repository, { ref, proof }: Shown): readonly string[] {
  if (proof.kind === 'refused') return [`proved: an unsigned commit to ${ref} is refused (${proof.code})`]
  if (proof.kind === 'open')
    return [`${gitDir}: nothing is protected yet, so every push is accepted: add a section [protect "REF"]`]
  const all = ref === null ? 'and so is every push' : `and so is every push to ${ref}`
  return [
    `proved: an unsigned commit is refused, ${all}:`,
    `  ${proof.fault}`,
    ...(proof.remedy === null ? [] : [`  ${proof.remedy}`]),
  ]
}

/** What decides how a push to `repository` is judged, beside what all repositories of a server share. */
export function setUpOf({ gitDir, layout, hooksFolder }: Repository): string {
  const runner = layout === 'gitea' ? readForeignHook(`${hooksFolder}/pre-receive`) : null
  return JSON.stringify([layout, readText(`${gitDir}/refwarden.ini`), runner])
}

/** The ref, null where nothing is protected, or the fault that refuses every push. */
function refToPush({ gitDir }: Repository, config: string): string | null | Proof {
  try {
    return proofRef(readPolicy(config, gitDir, assertOnlyOwnerWrites))
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { kind: 'fault', fault: error.message, remedy: error.remedy }
  }
}

/** The hook of Gitea or gitolite runs the stub in the double too; GitLab's server is not there to do so, and git does. */
function setUp({ gitDir, layout, hooksFolder }: Repository, server: string, stub: string): void {
  const own = `${gitDir}/refwarden.ini`
  writeText(`${server}/refwarden.ini`, proofConfig(own, readText(own), `${server}/refwarden.jsonl`))
  const here: Layout = layout === 'gitlab' ? 'git' : layout
  const runner = here === 'git' ? null : readForeignHook(`${hooksFolder}/pre-receive`)
  if (runner !== null) writeHook(`${server}/hooks/pre-receive`, runner)
  const path = hookPath(here, server, `${server}/hooks`, 'pre-receive')
  writeHook(path, stub)
  if (!isExecutable(path))
    throw new Fault(`${path}: cannot be executed there`, 'set TMPDIR to a folder that is not mounted noexec')
}

async function unsignedCommit(gitDir: string): Promise<string> {
  const tree = await line(['hash-object', '-t', 'tree', '-w', '--stdin'], gitDir, '')
  const person = 'refwarden <refwarden@localhost> 1 +0000'
  const text = `tree ${tree}\nauthor ${person}\ncommitter ${person}\n\nunsigned, as proof\n`
  return line(['hash-object', '-t', 'commit', '-w', '--stdin'], gitDir, text)
}

async function line(args: readonly string[], gitDir: string, input?: string): Promise<string> {
  const { stdout } = await git(args, { gitDir, ...(input === undefined ? {} : { input }) })
  return new TextDecoder().decode(stdout).trim()
}
