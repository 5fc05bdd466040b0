import type { Reason } from '../src/core/rejection.ts'
import type { Signer } from './keys.ts'
import { git, type Stage } from './stage.ts'

/** One push. `prepare` makes the commits at the clone's HEAD, which is then pushed to `branch`. */
export type Scene = {
  readonly title: string
  /** For the table. */
  readonly short: string
  readonly branch: string
  readonly expected: 'accepted' | Reason
  prepare(stage: Stage): Promise<void>
  /** Whether this machine has what it takes; it has, where this is left out. */
  isPossible?(stage: Stage): boolean
}

/** Each goes on from what the server has after the ones before it. */
export const scenes: readonly Scene[] = [
  {
    title: 'a commit signed by alice',
    short: 'signed',
    branch: 'main',
    expected: 'accepted',
    async prepare(stage) {
      await commit(stage, 'the first page', stage.alice)
    },
  },
  {
    title: 'a commit signed by dave, with his SSH key',
    short: 'signed with an SSH key',
    branch: 'main',
    expected: 'accepted',
    isPossible: ({ dave }) => dave !== null,
    async prepare(stage) {
      await commit(stage, 'another page', stage.dave)
    },
  },
  {
    title: 'a signed commit, and an unsigned one on top',
    short: 'unsigned, on top of a signed one',
    branch: 'main',
    expected: 'unsigned',
    async prepare(stage) {
      await startFrom(stage, 'main')
      await commit(stage, 'a second page', stage.alice)
      await commit(stage, 'a third page, in a hurry', null)
    },
  },
  {
    title: "a commit signed by mallory, whose key the admin doesn't have",
    short: 'signed by an unknown key',
    branch: 'main',
    expected: 'unknown-key',
    async prepare(stage) {
      await startFrom(stage, 'main')
      await commit(stage, 'a page nobody asked for', stage.mallory)
    },
  },
  {
    title: 'a commit signed by carol, back-dated: her key has expired',
    short: 'signed by an expired key',
    branch: 'main',
    expected: 'key-expired',
    async prepare(stage) {
      await startFrom(stage, 'main')
      await commit(stage, 'a page as of last year', stage.carol)
    },
  },
  {
    title: 'unsigned commits to a branch that nothing protects',
    short: 'unsigned, on a free branch',
    branch: 'wip',
    expected: 'accepted',
    async prepare(stage) {
      await startFrom(stage, 'main')
      await commit(stage, 'a draft', null)
      await commit(stage, 'a better draft', null)
    },
  },
  {
    title: 'smuggling: those commits are on the server now; alice signs one on top',
    short: 'smuggled through that branch',
    branch: 'main',
    expected: 'unsigned',
    async prepare(stage) {
      await startFrom(stage, 'wip')
      await commit(stage, 'looks good to me', stage.alice)
    },
  },
  {
    title: 'first-parent: the unsigned branch, merged by alice with a signature',
    short: 'signed merge of unsigned commits',
    branch: 'release',
    expected: 'accepted',
    async prepare(stage) {
      await startFrom(stage, 'main')
      await merge(stage, 'origin/wip', 'take in the drafts')
    },
  },
  {
    title: 'foxtrot: release merged into a side line, every commit signed',
    short: 'foxtrot merge, all signed',
    branch: 'release',
    expected: 'foxtrot',
    async prepare(stage) {
      await startFrom(stage, 'main')
      await commit(stage, 'a line of its own', stage.alice)
      await merge(stage, 'origin/release', 'release becomes the side line')
    },
  },
]

async function startFrom(stage: Stage, branch: string): Promise<void> {
  await git(stage, 'checkout', '--quiet', '--detach', `origin/${branch}`)
}

let commits = 0

/** `by` null: somebody who does not sign. */
async function commit(stage: Stage, subject: string, by: Signer | null): Promise<void> {
  commits += 1
  const blob = await git(stage, 'hash-object', '-w', '--stdin')
  await git(stage, 'update-index', '--add', '--cacheinfo', `100644,${blob},page-${commits}`)
  await git(stage, ...identityOf(by), 'commit', '--quiet', `--message=${subject}`, ...signing(by))
}

async function merge(stage: Stage, branch: string, subject: string): Promise<void> {
  const { alice } = stage
  await git(
    stage,
    ...identityOf(alice),
    'merge',
    '--quiet',
    '--no-ff',
    '-m',
    subject,
    ...signing(alice),
    branch,
  )
}

function identityOf(by: Signer | null): readonly string[] {
  const { name, email } = by ?? { name: 'bob', email: 'bob@example.org' }
  const settings = [`user.name=${name}`, `user.email=${email}`, ...(by?.settings ?? [])]
  return settings.flatMap(setting => ['-c', setting])
}

function signing(by: Signer | null): readonly string[] {
  return by === null ? ['--no-gpg-sign'] : [`--gpg-sign=${by.signingKey}`]
}
