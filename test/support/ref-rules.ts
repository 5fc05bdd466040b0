/** For each rule of refs, an update that breaks it and the neighbour that keeps it. */
import type { Oid } from '../../src/core/oid.ts'
import type { RefReason } from '../../src/core/rejection.ts'
import type { Step } from './history.ts'
import { branch, commit, merge, orphan } from './history.ts'
import type { Key } from './keys.ts'
import type { GitObject } from './objects.ts'

export type RefMode = 'all' | 'first' | 'none'

export type Place = {
  /** Full names of a branch and a tag of this case, in this mode. */
  readonly branch: string
  readonly tag: string
  readonly oid: (name: string) => Oid
  readonly file: GitObject
  /** Has the client make this object. */
  readonly add: (object: GitObject) => Oid
  /** A tag object with the name that the ref stands for. */
  readonly tagOf: (ref: string, target: GitObject | Oid, signer: Key | null) => GitObject
}

export type RefPlan = {
  /** What the server has from the start: object names, or full names of refs for symbolic ones. */
  readonly has?: Readonly<Record<string, string>>
  readonly refused: string
  readonly accepted: string
}

export type RefCase = {
  readonly code: RefReason
  readonly name: string
  /** Where the update is refused; `all` and `first`. */
  readonly refusedIn?: readonly RefMode[]
  /** Git itself refuses it where we do not. */
  readonly gitRefuses?: boolean
  readonly plan: (place: Place) => RefPlan
}

/** What the server has. */
export const serverSteps = (alice: Key): readonly Step[] => [
  commit('a', alice),
  branch('early', []),
  branch('fox', []),
  commit('b', alice),
]

/** What the client has beside it. */
export const clientSteps = (alice: Key): readonly Step[] => [
  commit('c', alice),
  branch('early', [commit('b2', alice)]),
  branch('fox', [commit('d', alice), merge('b', alice, { name: 'the wrong way round' })]),
  branch('hound', [merge('d', alice, { name: 'the right way round' })]),
  orphan('elsewhere', [commit('e', alice)]),
]

export function refCases(alice: Key): readonly RefCase[] {
  return [
    {
      code: 'deletion',
      name: 'of a branch',
      plan: ({ branch, oid }) => ({
        has: { [branch]: oid('a'), [unprotected(branch)]: oid('a') },
        refused: `:${branch}`,
        accepted: `:${unprotected(branch)}`,
      }),
    },
    {
      code: 'deletion',
      name: 'of a tag',
      plan: ({ tag, oid, add, tagOf }) => ({
        has: { [tag]: oid('a') },
        refused: `:${tag}`,
        accepted: `${add(tagOf(`${tag}-2`, oid('a'), alice))}:${tag}-2`,
      }),
    },
    {
      code: 'rewind',
      name: 'to an older commit',
      plan: ({ branch, oid }) => ({
        has: { [branch]: oid('b') },
        refused: `+${oid('a')}:${branch}`,
        accepted: `${oid('c')}:${branch}`,
      }),
    },
    {
      code: 'rewind',
      name: 'to another line of the history',
      plan: ({ branch, oid }) => ({
        has: { [branch]: oid('b') },
        refused: `+${oid('b2')}:${branch}`,
        accepted: `${oid('c')}:${branch}`,
      }),
    },
    {
      code: 'rewind',
      name: 'to a history of its own',
      plan: ({ branch, oid }) => ({
        has: { [branch]: oid('b') },
        refused: `+${oid('e')}:${branch}`,
        accepted: `${oid('c')}:${branch}`,
      }),
    },
    {
      code: 'rewind',
      name: 'of a tag',
      plan: ({ tag, oid, add, tagOf }) => ({
        has: { [tag]: oid('a') },
        refused: `+${add(tagOf(tag, oid('b'), alice))}:${tag}`,
        accepted: `${add(tagOf(`${tag}-2`, oid('b'), alice))}:${tag}-2`,
      }),
    },
    {
      code: 'foxtrot',
      name: 'a merge of the branch into something else',
      refusedIn: ['first'],
      plan: ({ branch, oid }) => ({
        has: { [branch]: oid('b'), [`${branch}-2`]: oid('b') },
        refused: `${oid('the wrong way round')}:${branch}`,
        accepted: `${oid('the right way round')}:${branch}-2`,
      }),
    },
    {
      code: 'unsigned-tag',
      name: 'a lightweight tag',
      plan: ({ tag, oid, add, tagOf }) => ({
        refused: `${oid('b')}:${tag}`,
        accepted: `${add(tagOf(`${tag}-2`, oid('b'), alice))}:${tag}-2`,
      }),
    },
    {
      code: 'unsigned-tag',
      name: 'an annotated tag that nobody signed',
      plan: ({ tag, oid, add, tagOf }) => ({
        refused: `${add(tagOf(tag, oid('b'), null))}:${tag}`,
        accepted: `${add(tagOf(`${tag}-2`, oid('b'), alice))}:${tag}-2`,
      }),
    },
    {
      code: 'tag-name',
      name: 'another name inside',
      plan: ({ tag, oid, add, tagOf }) => ({
        refused: `${add(tagOf(`${tag}-old`, oid('b'), alice))}:${tag}`,
        accepted: `${add(tagOf(`${tag}-2`, oid('b'), alice))}:${tag}-2`,
      }),
    },
    {
      code: 'not-a-commit',
      name: 'a branch at a tag object',
      gitRefuses: true,
      plan: ({ branch, tag, oid, add, tagOf }) => ({
        has: { [branch]: oid('b') },
        refused: `+${add(tagOf(tag, oid('c'), alice))}:${branch}`,
        accepted: `${oid('c')}:${branch}`,
      }),
    },
    {
      code: 'not-a-commit',
      name: 'a new branch at a tag object',
      gitRefuses: true,
      plan: ({ branch, tag, oid, add, tagOf }) => ({
        refused: `${add(tagOf(tag, oid('b'), alice))}:${branch}`,
        accepted: `${oid('b')}:${branch}`,
      }),
    },
    {
      code: 'not-a-commit',
      name: 'a tag of a file',
      plan: ({ tag, oid, file, add, tagOf }) => ({
        refused: `${add(tagOf(tag, file, alice))}:${tag}`,
        accepted: `${add(tagOf(`${tag}-2`, oid('b'), alice))}:${tag}-2`,
      }),
    },
    {
      code: 'not-a-commit',
      name: 'a tag of a tag',
      plan: ({ tag, oid, add, tagOf }) => {
        const inner = tagOf(tag, oid('b'), alice)
        add(inner)
        return {
          refused: `${add(tagOf(tag, inner, alice))}:${tag}`,
          accepted: `${add(tagOf(`${tag}-2`, oid('b'), alice))}:${tag}-2`,
        }
      },
    },
    {
      code: 'symbolic-ref',
      name: 'another name for a branch',
      plan: ({ branch, oid }) => ({
        has: { [branch]: oid('b'), [unprotected(branch)]: branch },
        refused: `${oid('c')}:${unprotected(branch)}`,
        accepted: `${oid('c')}:${branch}`,
      }),
    },
    {
      code: 'symbolic-ref',
      name: 'another name for a branch that is not there yet',
      plan: ({ branch, oid }) => ({
        has: { [unprotected(branch)]: branch },
        refused: `${oid('b')}:${unprotected(branch)}`,
        accepted: `${oid('b')}:${branch}`,
      }),
    },
    {
      code: 'symbolic-ref',
      name: 'another name for another name for a branch',
      plan: ({ branch, oid }) => ({
        has: {
          [branch]: oid('b'),
          [unprotected(branch)]: branch,
          [`${unprotected(branch)}-2`]: unprotected(branch),
        },
        refused: `${oid('c')}:${unprotected(branch)}-2`,
        accepted: `${oid('c')}:${branch}`,
      }),
    },
    {
      code: 'symbolic-ref',
      name: 'the branch behind a protected name',
      plan: ({ branch, oid }) => ({
        has: {
          [unprotected(branch)]: oid('b'),
          [branch]: unprotected(branch),
          [`${unprotected(branch)}-2`]: oid('b'),
        },
        refused: `${oid('c')}:${unprotected(branch)}`,
        accepted: `${oid('c')}:${unprotected(branch)}-2`,
      }),
    },
    {
      code: 'symbolic-ref',
      name: 'a protected name that leads elsewhere',
      plan: ({ branch, oid }) => ({
        has: { [unprotected(branch)]: oid('b'), [branch]: unprotected(branch), [`${branch}-2`]: oid('b') },
        refused: `${oid('c')}:${branch}`,
        accepted: `${oid('c')}:${branch}-2`,
      }),
    },
  ]
}

/** A name beside `branch` that no section of the configuration matches. */
function unprotected(branch: string): string {
  return branch.replace('refs/heads/', 'refs/heads/free-')
}
