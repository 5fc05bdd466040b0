import { Fault } from './core/fault.ts'
import { type Oid, parseOid } from './core/oid.ts'
import { gitLine, gitLines } from './edge/git.ts'

/**
 * The object that `revision` names, or that `peel` makes of it, as git-rev-parse(1) has it, but never by a name that two refs share, nor by an
 * abbreviation that is a ref's name too: whoever may push makes branches and tags, and git would take theirs.
 */
export async function resolveRevision(gitDir: string, revision: string, peel = ''): Promise<Oid> {
  const question = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}${peel}`]
  const [found] = await Promise.all([gitLine(gitDir, question), assertUnambiguous(gitDir, revision)])
  const oid = parseOid(found ?? '')
  if (oid === null) throw noSuch(revision)
  return oid
}

/** The commit that `revision` leads to. */
export function resolveCommit(gitDir: string, revision: string): Promise<Oid> {
  return resolveRevision(gitDir, revision, '^{commit}')
}

/** The full name of the ref that `revision` is, a symbolic one resolved; null where it is none. */
export async function refNamed(gitDir: string, revision: string): Promise<string | null> {
  if (isHead(revision)) return gitLine(gitDir, ['symbolic-ref', '--quiet', 'HEAD'])
  const [named] = await refsNamed(gitDir, revision)
  return named === undefined ? null : named.target || named.ref
}

async function assertUnambiguous(gitDir: string, revision: string): Promise<void> {
  const [, name = ''] = /^(.*?)(?:[~^:]|@\{|$)/su.exec(revision) ?? []
  if (name === '' || isHead(name) || parseOid(name) !== null) return
  const [first, second] = await refsNamed(gitDir, name)
  if (name.startsWith('refs/')) {
    if (first === undefined) throw noSuch(revision)
    return
  }
  if (first !== undefined && (second !== undefined || mayBeGits.test(name)))
    throw new Fault(
      `${name}: not clear: ${first.ref} and ${second?.ref ?? 'an object'} may be meant`,
      'write the full name, from refs/ on, or all digits of the object',
    )
}

function isHead(name: string): boolean {
  return name === 'HEAD' || name === '@'
}

/** An abbreviation, or a file of git's own such as FETCH_HEAD. */
const mayBeGits = /^(?:[0-9a-f]{4,}|.*_HEAD)$/is

/**
 * The refs that git could take `name` for, in its order; gitrevisions(7). But a name from `refs/` on is that ref's alone:
 * with a branch `refs/tags/v1` at hand, git could tell no more which ref `refs/tags/v1` is, and says nothing.
 */
async function refsNamed(
  gitDir: string,
  name: string,
): Promise<readonly { readonly ref: string; readonly target: string }[]> {
  const folders = ['refs', 'refs/tags', 'refs/heads', 'refs/remotes']
  const places = name.startsWith('refs/')
    ? [name]
    : [...folders.map(folder => `${folder}/${name}`), `refs/remotes/${name}/HEAD`]
  const found = new Map<string, string>()
  const question = ['for-each-ref', '--format=%(refname) %(symref)', '--', ...places]
  for await (const line of gitLines(gitDir, question)) {
    const [ref = '', target = ''] = line.split(' ')
    found.set(ref, target)
  }
  return places.flatMap(ref => (found.has(ref) ? { ref, target: found.get(ref) ?? '' } : []))
}

function noSuch(revision: string): Fault {
  return new Fault(`${revision}: no such revision`, 'see git log --all')
}
