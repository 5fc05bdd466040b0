import { Fault } from './core/fault.ts'
import { type Oid, parseOid } from './core/oid.ts'
import { isRefName } from './core/ref-name.ts'
import { foldersOf } from './core/sync-tag.ts'
import { git } from './edge/git.ts'
import { removeStaleLock } from './edge/stale-lock.ts'

export type Upstream = {
  readonly gitDir: string
  /** A remote of the repository's configuration. */
  readonly remote: string
  /** The admin's own, of which a few names are handed to git when it fetches. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly cancel: AbortSignal | null
}

/** Where the branches of upstream are kept until they are judged. Nothing but this is changed by a fetch. */
const folder = 'refs/refwarden/upstream/'

/**
 * Fetches those branches of upstream that `isWanted`, and says where each stands; null for one that was there at an
 * earlier fetch and is gone. No tag is taken, and no refspec of the remote's configuration counts.
 */
export async function fetchUpstream(
  upstream: Upstream,
  isWanted: (branch: string) => boolean,
  now: number,
): Promise<ReadonlyMap<string, Oid | null>> {
  const { gitDir, remote } = upstream
  await assertRemote(upstream)
  const listed = await run(upstream, ['ls-remote', '--heads', '--', remote])
  const there = listed.split('\n').flatMap(line => /^[0-9a-f]+\t(.+)$/su.exec(line)?.[1] ?? [])
  const wanted = there.filter(ref => ref.startsWith('refs/heads/') && isRefName(ref) && isWanted(ref))
  const known = [...(await keptBranches(gitDir)).keys()]
  await makeWay(gitDir, known, wanted)
  for (const branch of wanted) removeStaleLock(gitDir, keptRef(branch), now)
  const refspecs = wanted.map(branch => `+${branch}:${keptRef(branch)}\n`).join('')
  if (wanted.length > 0) await run(upstream, [...fetch, '--stdin', '--', remote], refspecs)
  const kept = await keptBranches(gitDir)
  const gone = known.filter(branch => !wanted.includes(branch) && isWanted(branch) && kept.has(branch))
  return new Map<string, Oid | null>([
    ...wanted.map(branch => [branch, kept.get(branch) ?? null] as const),
    ...gone.map(branch => [branch, null] as const),
  ])
}

const fetch = [
  ...['-c', 'http.lowSpeedLimit=1', '-c', 'http.lowSpeedTime=300', 'fetch', '--quiet', '--refmap='],
  ...['--no-tags', '--no-prune', '--no-prune-tags', '--no-recurse-submodules', '--no-write-fetch-head'],
]

async function assertRemote({ gitDir, remote }: Upstream): Promise<void> {
  const question = ['config', '--get-regexp', '^remote\\..*\\.url$']
  const { stdout } = await git(question, { gitDir, allowFailure: true })
  const names = new TextDecoder().decode(stdout).split('\n')
  if (!names.some(line => line.startsWith(`remote.${remote}.url `)))
    throw new Fault(`${gitDir}: it has no remote ${remote}`, `git remote add ${remote} URL`)
}

async function run(
  { gitDir, environment, cancel }: Upstream,
  args: readonly string[],
  input = '',
): Promise<string> {
  const own = Object.fromEntries(passed.map(name => [name, environment[name]]))
  const env = { ...own, GIT_CONFIG_NOSYSTEM: undefined, GIT_CONFIG_GLOBAL: undefined }
  const { stdout } = await git(args, { gitDir, cwd: gitDir, input, env, cancel })
  return new TextDecoder().decode(stdout)
}

/** What ssh, HTTP and credential helpers need. git's own settings come from its configuration files alone. */
const passed = [
  ...['HOME', 'USER', 'LOGNAME', 'TMPDIR', 'XDG_CONFIG_HOME', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'],
  ...['SSH_AUTH_SOCK', 'SSH_AGENT_PID', 'KRB5CCNAME', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'CURL_CA_BUNDLE'],
  ...['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'],
]

function keptRef(branch: string): string {
  return `${folder}${branch.slice('refs/heads/'.length)}`
}

/** By the branches' full names. */
async function keptBranches(gitDir: string): Promise<ReadonlyMap<string, Oid>> {
  const { stdout } = await git(['for-each-ref', '--format=%(objectname) %(refname)', '--', folder], {
    gitDir,
  })
  const refs = new Map<string, Oid>()
  for (const line of new TextDecoder().decode(stdout).split('\n')) {
    const [name = '', ref = ''] = line.split(' ')
    const oid = parseOid(name)
    if (oid !== null) refs.set(`refs/heads/${ref.slice(folder.length)}`, oid)
  }
  return refs
}

/** Forgets what was kept under a name that is now above or below a branch's: git could not write that one. */
async function makeWay(gitDir: string, known: readonly string[], wanted: readonly string[]): Promise<void> {
  const above = new Set(wanted.flatMap(branch => foldersOf(branch)))
  const there = new Set(wanted)
  const blocking = known.filter(
    branch => above.has(branch) || foldersOf(branch).some(name => there.has(name)),
  )
  const input = blocking.map(branch => `delete ${keptRef(branch)}\n`).join('')
  if (blocking.length > 0) await git(['update-ref', '--no-deref', '--stdin'], { gitDir, input })
}
