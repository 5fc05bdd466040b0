import { spawnSync } from 'node:child_process'
import { availableParallelism, cpus, release, totalmem } from 'node:os'

/** What the numbers were taken on, in words. */
export type Machine = {
  readonly processor: string
  readonly cores: number
  /** GiB. */
  readonly memory: number
  readonly system: string
  readonly node: string
  readonly git: string
  readonly gpg: string
  readonly openssl: string
}

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release().split('-')[0]}`,
    node: process.versions.node,
    git: versionOf('git', '--version'),
    gpg: versionOf('gpg', '--version'),
    openssl: versionOf('openssl', 'version'),
  }
}

function versionOf(program: string, argument: string): string {
  const { status, stdout } = spawnSync(program, [argument], { encoding: 'utf8' })
  return (status === 0 ? /\d+(?:\.\d+)+/.exec(stdout)?.[0] : undefined) ?? 'none'
}
