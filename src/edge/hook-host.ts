import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { Fault } from '../core/fault.ts'

/** The first folder of `path`, the value of PATH, that holds git. */
export function gitFolder(path: string): string {
  const folders = path.split(':').filter(folder => folder.startsWith('/'))
  const found = folders.find(folder => passes(join(folder, 'git'), constants.X_OK))
  if (found === undefined) throw new Fault('git: not found in PATH', 'install git, or set PATH')
  return found
}

/** Whether /bin/sh knows `-p`: bash needs it, busybox refuses it. */
export function shellIsPrivileged(): boolean {
  return /^(ba|da|m?k|z)sh/.test(basename(realpathSync('/bin/sh')))
}

/**
 * The configuration files that git reads for who may run it at `gitDir`: this account (`own` where it has set
 * GIT_CONFIG_GLOBAL) and the owner of `gitDir`. Those that this account may not see are not among them.
 */
export function accountConfigs(gitDir: string, own: string | undefined): readonly string[] {
  const files = (home: string) => [join(home, '.gitconfig'), join(home, '.config/git/config')]
  const owner = homeOf(statSync(gitDir).uid)
  const all = [...(own === undefined ? files(homedir()) : [own]), ...(owner === null ? [] : files(owner))]
  return [...new Set(all)].filter(file => passes(file, constants.R_OK))
}

/** passwd(5) */
function homeOf(uid: number): string | null {
  if (uid === process.getuid?.()) return null
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n')
  return accounts.map(line => line.split(':')).find(fields => fields[2] === String(uid))?.[5] ?? null
}

function passes(file: string, mode: number): boolean {
  try {
    accessSync(file, mode)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
