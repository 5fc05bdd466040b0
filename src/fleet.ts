import { parseExaminations } from './core/doctor-report.ts'
import { Fault } from './core/fault.ts'
import { type Examination, withoutUsedPatterns } from './core/finding.ts'
import { becomeAccount, ownUid } from './edge/account.ts'
import { findGitDir } from './edge/hook-files.ts'
import { runOwnProgram } from './edge/own-program.ts'
import { ownerOf } from './edge/repository-files.ts'
import { bareRepositories } from './edge/repository-tree.ts'
import { examiner, notExamined } from './examine.ts'
import { eachOf } from './side-by-side.ts'

export type FleetOptions = {
  readonly repos: readonly string[]
  /** Folders whose bare repositories are all looked at. */
  readonly all: readonly string[]
  /** Null: the one that each hook reads. */
  readonly config: string | null
  readonly usualConfig: string
  /** Whom to look as; null: as the owner of each repository where this is root, else as who this is. */
  readonly account: number | null
  /** This program, to start it again as another account. */
  readonly program: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Seconds since 1970. */
  readonly now: number
}

/** Looks at every repository that is named, as the account that owns it. Throws a Fault where there is none. */
export async function examineAll(options: FleetOptions): Promise<readonly Examination[]> {
  const found = repositoriesOf(options)
  if (found.length === 0)
    throw new Fault('no repository is named', 'write refwarden doctor REPO…, or --all DIR')
  const examinations = new Map<string, Examination>()
  const groups = new Map<number, string[]>()
  for (const repository of found) {
    if (typeof repository !== 'string') examinations.set(repository.repository, repository)
    else {
      const { uid, gid } = ownerOf(repository)
      if (options.account !== null) becomeAccount(options.account, gid)
      const account = options.account ?? (ownUid() === 0 ? uid : ownUid())
      groups.set(account, [...(groups.get(account) ?? []), repository])
    }
  }
  for (const [account, repositories] of groups)
    for (const examination of await asAccount(account, repositories, options))
      examinations.set(examination.repository, examination)
  return withoutUsedPatterns(
    found.flatMap(repository => {
      const path = typeof repository === 'string' ? repository : repository.repository
      return examinations.get(path) ?? []
    }),
  )
}

/** Each once, by its git directory; what is no repository is said at its place. */
function repositoriesOf({ repos, all }: FleetOptions): readonly (string | Examination)[] {
  const found = new Map<string, string | Examination>()
  for (const path of repos) {
    try {
      const gitDir = findGitDir(path)
      found.set(gitDir, gitDir)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      found.set(path, notExamined(path, error))
    }
  }
  for (const folder of all) for (const path of bareRepositories(folder).repositories) found.set(path, path)
  return [...found.values()]
}

/** Only root can be somebody else, and not become root again: another process looks for each account. */
async function asAccount(
  account: number,
  repositories: readonly string[],
  options: FleetOptions,
): Promise<readonly Examination[]> {
  if (account === ownUid()) return eachOf(repositories, examiner({ ...options, account }))
  const examinations: Examination[] = []
  for (let start = 0; start < repositories.length; start += portion)
    examinations.push(...(await byOtherProcess(account, repositories.slice(start, start + portion), options)))
  return examinations
}

/** Paths on one command line. */
const portion = 200

async function byOtherProcess(
  account: number,
  repositories: readonly string[],
  { config, program }: FleetOptions,
): Promise<readonly Examination[]> {
  const args = ['doctor', '--json', '--account', String(account)]
  try {
    const named = config === null ? [] : ['--config', config]
    const text = await runOwnProgram(program, [...args, ...named, ...repositories], [0, 1, 2])
    const read = parseExaminations(text)
    if (read === null || read.length !== repositories.length)
      throw new Fault(`${program} doctor --account ${account}: no answer that can be read`)
    return read
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return repositories.map(repository => notExamined(repository, error))
  }
}
