import type { Finding } from './finding.ts'
import { type GitSetting, isSet, settingNamed } from './git-settings.ts'

/** What was seen of a repository's own files and settings. */
export type RepositoryState = {
  readonly gitDir: string
  readonly settings: readonly GitSetting[]
  readonly isBare: boolean
  /** Files of these names that are there and not empty. gitrepository-layout(5). */
  readonly present: ReadonlySet<OddFile>
  readonly replaceRefs: number
  /** Who could change what decides, beside the owner of the repository. */
  readonly modes: readonly PathMode[]
  /** Of the owner of the repository; it and root may own what is in it. */
  readonly owner: number
}

export type OddFile = 'shallow' | 'info/grafts' | 'objects/info/alternates'

export type PathMode = {
  readonly path: string
  readonly mode: number
  readonly uid: number
  readonly isFolder: boolean
}

/** What of git's settings and files lets others in, or makes people see another history than the one that was judged. */
export function diagnoseRepository(state: RepositoryState): readonly Finding[] {
  const { gitDir, settings, isBare, present, replaceRefs } = state
  const findings: Finding[] = [...state.modes.flatMap(mode => whoWrites(mode, state.owner))]
  if (isSet(settings, 'receive.shallowupdate'))
    findings.push({
      code: 'shallow-update',
      what: `receive.shallowUpdate lets a push cut the history off`,
      remedy: 'take it out: git config --unset receive.shallowUpdate',
    })
  if (present.has('shallow'))
    findings.push({
      code: 'shallow',
      what: `${gitDir}/shallow: the history ends somewhere; a push that reaches beyond is a fault`,
      remedy: 'fetch what is missing: git fetch --unshallow',
    })
  if (present.has('info/grafts'))
    findings.push({
      code: 'grafts',
      what: `${gitDir}/info/grafts: git shows other parents than those that are judged`,
      remedy: 'remove the file',
    })
  if (replaceRefs > 0)
    findings.push({
      code: 'replace-refs',
      what: `${replaceRefs} refs below refs/replace/: git shows other objects than those that are judged`,
      remedy: 'git replace --list, and git replace --delete each',
    })
  if (present.has('objects/info/alternates'))
    findings.push({
      code: 'alternates',
      what: 'it borrows objects from another repository (objects/info/alternates)',
      remedy: 'see that whoever may prune the other one knows of it',
    })
  if (!isBare) {
    const current = settingNamed(settings, 'receive.denycurrentbranch')?.value ?? 'refuse'
    findings.push({
      code: 'not-bare',
      what: `a repository with a work tree (receive.denyCurrentBranch = ${current})`,
      remedy: 'serve a bare one: git clone --bare',
    })
  }
  const fsck =
    settingNamed(settings, 'receive.fsckobjects') === null ? 'transfer.fsckobjects' : 'receive.fsckobjects'
  if (!isSet(settings, fsck))
    findings.push({
      code: 'fsck-objects',
      what: 'git does not check what it receives (receive.fsckObjects)',
      remedy: 'git config receive.fsckObjects true',
    })
  return findings
}

/** With the sticky bit others add to a folder, and replace nothing: a hook can be added. */
function whoWrites({ path, mode, uid, isFolder }: PathMode, owner: number): readonly Finding[] {
  const what = isFolder ? 'put a hook or a setting of their own there' : 'change it'
  if (uid !== 0 && uid !== owner)
    return [
      {
        code: 'others-write',
        what: `${path}: it belongs to uid ${uid}, who can ${what}`,
        remedy: `chown ${owner} ${path}`,
      },
    ]
  if ((mode & 0o002) !== 0)
    return [{ code: 'others-write', what: `${path}: everybody can ${what}`, remedy: `chmod o-w ${path}` }]
  if ((mode & 0o020) !== 0)
    return [{ code: 'group-writes', what: `${path}: its group can ${what}`, remedy: `chmod g-w ${path}` }]
  return []
}
