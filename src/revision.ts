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
  if (oid === null) throw new Fault(`${revision}: no such revision`, 'see git log --all')
  return oid
}

/** The commit that `revision` leads to. */
export function resolveCommit(gitDir: string, revision: string): Promise<Oid> {
  return resolveRevision(gitDir, revision, '^{commit}')
}

/** The full name of the ref that `revision` is, a symbolic one resolved; null where it is none. */
export async function refNamed(gitDir: string, revision: string): Promise<string | null> {
  const question = ['rev-parse', '--verify', '--quiet', '--symbolic-full-name', '--end-of-options', revision]
  const name = await gitLine(gitDir, question)
  return name?.startsWith('refs/') === true ? name : null
}

async function assertUnambiguous(gitDir: string, revision: string): Promise<void> {
  const [, name = ''] = /^(.*?)(?:[~^:]|@\{|$)/su.exec(revision) ?? []
  if (name === '' || name.startsWith('refs/') || parseOid(name) !== null) return
  const places = ['refs/', 'refs/tags/', 'refs/heads/', 'refs/remotes/'].map(place => `${place}${name}`)
  const refs: string[] = []
  for await (const ref of gitLines(gitDir, ['for-each-ref', '--format=%(refname)', '--', ...places]))
    refs.push(ref)
  const [first, second] = places.filter(place => refs.includes(place))
  if (first !== undefined && (second !== undefined || /^[0-9a-f]{4,}$/i.test(name)))
    throw new Fault(
      `${name}: not clear: ${first} and ${second ?? 'an object'} may be meant`,
      'write the full name, from refs/ on, or all digits of the object',
    )
}
