import { resolve } from 'node:path'
import { sync, watch } from '../commands/sync.ts'
import { trust } from '../commands/trust.ts'
import { verify } from '../commands/verify.ts'
import { Fault } from '../core/fault.ts'
import { parseInterval } from '../core/interval.ts'
import { findGitDir } from '../edge/git.ts'
import { configOf } from '../world.ts'
import type { Flows } from './flow.ts'

export const historyFlows: Flows<'verify' | 'trust' | 'sync'> = {
  verify: async ({ words: [revision], values }, world) =>
    verify({
      config: configOf(world, values.config),
      gitDir: await findGitDir(world.folder),
      revision: revision ?? null,
      keys: (values.keys ?? []).map(path => resolve(world.folder, path)),
      revokedKeys: (values['revoked-keys'] ?? []).map(path => resolve(world.folder, path)),
      mode: values.mode ?? null,
      at: values.at ?? 'signature',
      json: values.json === true,
      isTerminal: world.isTerminal(),
      now: world.now,
    }),

  trust: async ({ words: [branch, revision], values }, world) => {
    const gitDir = await findGitDir(world.folder)
    const now = Math.floor(world.now() / 1000)
    await trust(
      { config: configOf(world, values.config), gitDir, branch, revision: revision ?? null, now },
      world.say,
    )
    return 0
  },

  sync: async ({ values }, world) => {
    const interval = parseInterval(values.interval ?? '5m')
    if (interval === null)
      throw new Fault(`--interval: '${values.interval}' is no time`, 'write seconds, or 30s, 5m, 1h')
    if (values.interval !== undefined && values.watch !== true)
      throw new Fault('--interval is of use with --watch alone', 'refwarden sync --watch --interval 5m')
    const options = {
      config: configOf(world, values.config),
      gitDir: await findGitDir(world.folder),
      remote: values.remote ?? 'origin',
      environment: world.environment,
      now: world.now,
    }
    return values.watch === true ? watch(options, interval) : sync(options)
  },
}
