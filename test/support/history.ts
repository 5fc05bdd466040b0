/**
 * History as data: `[commit('one', alice), branch('side', [commit('two')]), merge('side', bob)]`. Objects are made
 * and signed in this process, so that a history can hold what git would not make, and thousands of commits.
 */
import { spawnSync } from 'node:child_process'
import type { ObjectFormat, Oid } from '../../src/core/oid.ts'
import type { Key } from './keys.ts'
import type { GitObject } from './objects.ts'
import { gitObject, treeOf, writeObjects } from './objects.ts'
import { now } from './signature-packet.ts'
import type { CommitOptions } from './signed-object.ts'
import { commitObject } from './signed-object.ts'

export type Step =
  | {
      readonly kind: 'commit'
      readonly name: string
      readonly signer: Key | null
      readonly options: CommitOptions
    }
  | {
      readonly kind: 'merge'
      readonly name: string
      readonly from: readonly string[]
      readonly signer: Key | null
      readonly options: CommitOptions
    }
  | {
      readonly kind: 'branch'
      readonly name: string
      readonly steps: readonly Step[]
      readonly orphan: boolean
    }

/** What steps became. */
export type History = {
  readonly format: ObjectFormat
  /** All objects, those of an earlier history that this one continues too. */
  readonly objects: readonly GitObject[]
  readonly tips: ReadonlyMap<string, Oid>
  readonly commits: ReadonlyMap<string, Oid>
  /** The commit made under this name, or else the tip of this branch. Throws where there is neither. */
  oid(name: string): Oid
}

/** A commit on top of the current branch; `null` for one that nobody signs. */
export function commit(name: string, signer: Key | null = null, options: CommitOptions = {}): Step {
  return { kind: 'commit', name, signer, options }
}

/** A merge of a branch or commit (or of several) into the current branch; its name is `merge-FROM`, or the one given. */
export function merge(
  from: string | readonly string[],
  signer: Key | null = null,
  options: CommitOptions & { readonly name?: string } = {},
): Step {
  const parents = typeof from === 'string' ? [from] : from
  return { kind: 'merge', name: options.name ?? `merge-${parents.join('-')}`, from: parents, signer, options }
}

/** These steps on the branch `name`, which starts where the current one stands, or goes on where it was left. */
export function branch(name: string, steps: readonly Step[]): Step {
  return { kind: 'branch', name, steps, orphan: false }
}

/** These steps on a new branch that has no history in common with any other. */
export function orphan(name: string, steps: readonly Step[]): Step {
  return { kind: 'branch', name, steps, orphan: true }
}

/** Makes the objects. The current branch is `main`; `onto` is an earlier history, which these steps continue. */
export function makeHistory(steps: readonly Step[], objectFormat?: ObjectFormat, onto?: History): History {
  const format = objectFormat ?? onto?.format ?? 'sha1'
  const objects = [...(onto?.objects ?? [])]
  const tips = new Map(onto?.tips)
  const commits = new Map(onto?.commits)
  let clock = now() - 20 * 86400 + 60 * commits.size
  const add = (object: GitObject) => {
    objects.push(object)
    return object
  }
  const make = (
    on: string,
    { name, signer, options }: Step & { kind: 'commit' | 'merge' },
    merged: readonly Oid[],
  ) => {
    clock += 60
    const contents = Object.entries(options.files ?? { file: name })
    const files = contents.map(([path, content]) => [path, add(gitObject(format, 'blob', content))] as const)
    const tree = add(treeOf(format, Object.fromEntries(files)))
    const tip = tips.get(on)
    const parents = [...(tip === undefined ? [] : [tip]), ...merged]
    const { oid } = add(
      commitObject(format, tree.oid, parents, { at: clock, message: `${name}\n`, ...options }, signer),
    )
    if (commits.has(name)) throw new Error(`two commits are named ${name}`)
    commits.set(name, oid)
    tips.set(on, oid)
  }
  const play = (on: string, list: readonly Step[]) => {
    for (const step of list) {
      if (step.kind === 'commit') make(on, step, [])
      else if (step.kind === 'merge')
        make(
          on,
          step,
          step.from.map(name => named(name)),
        )
      else {
        const start = tips.get(step.name) ?? (step.orphan ? undefined : tips.get(on))
        if (start !== undefined) tips.set(step.name, start)
        play(step.name, step.steps)
      }
    }
  }
  const named = (name: string): Oid => {
    const found = commits.get(name) ?? tips.get(name)
    if (found === undefined) throw new Error(`the history has no ${name}`)
    return found
  }
  play('main', steps)
  return { format, objects, tips, commits, oid: named }
}

/** Makes them, writes them into a repository and sets its branches. */
export function writeHistory(
  gitDir: string,
  steps: readonly Step[],
  format?: ObjectFormat,
  onto?: History,
): History {
  const history = makeHistory(steps, format, onto)
  writeObjects(gitDir, history.format, history.objects)
  const lines = [...history.tips].map(([name, oid]) => `update refs/heads/${name} ${oid}\n`)
  const env = { ...process.env, GIT_DIR: gitDir }
  const { status, stderr } = spawnSync('git', ['update-ref', '--stdin'], {
    input: lines.join(''),
    env,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`git update-ref failed: ${stderr}`)
  return history
}
