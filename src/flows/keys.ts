import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { addKeys } from '../commands/keys-add.ts'
import { checkKeys } from '../commands/keys-check.ts'
import { generateKey } from '../commands/keys-generate.ts'
import { listKeys } from '../commands/keys-list.ts'
import { removeKey } from '../commands/keys-remove.ts'
import { showKey } from '../commands/keys-show.ts'
import { syncKeys } from '../commands/keys-sync.ts'
import { usedBy } from '../commands/keys-used-by.ts'
import type { CommandName } from '../core/command-table.ts'
import { parseInstant } from '../core/decision-history.ts'
import { Fault } from '../core/fault.ts'
import { findGitDir } from '../edge/git.ts'
import { configOf, type World } from '../world.ts'
import type { Flows } from './flow.ts'

/** Bytes of a key on stdin; a key file may not be larger either. */
const inputLimit = 64 * 1024 * 1024

export const keyFlows: Flows<CommandName & `keys ${string}`> = {
  'keys list': async ({ values }, world) =>
    listKeys({ ...(await common(values, world)), colour: world.colour() }, world.say),

  'keys show': async ({ words: [name], values }, world) =>
    showKey({ ...(await common(values, world)), name }, world.say),

  'keys check': async ({ values }, world) => checkKeys(await common(values, world), world.say),

  'keys add': async ({ words: [file], values }, world) => {
    const { to, yes } = values
    const options = {
      file: file === '-' ? null : resolve(world.folder, file),
      input: async () => world.input(inputLimit),
      to: to === undefined || to.startsWith('refs/') ? (to ?? null) : resolve(world.folder, to),
      yes: yes === true,
    }
    return addKeys({ ...(await common(values, world)), ...options }, world.say)
  },

  'keys remove': async ({ words: [name], values: { yes, force, ...values } }, world) => {
    const options = { name, yes: yes === true, force: force === true }
    return removeKey({ ...(await common(values, world)), ...options }, world.say)
  },

  'keys generate': async ({ words: [file], values: { name } }, world) => {
    const path = resolve(world.folder, file ?? '/etc/refwarden/signing.key')
    await generateKey(
      { file: path, name: name ?? `refwarden on ${hostname()}`, now: seconds(world) },
      world.say,
    )
    return 0
  },

  'keys used-by': async ({ words: [name], values: { since, ...values } }, world) => {
    const instant = since === undefined ? null : parseInstant(since)
    if (since !== undefined && instant === null)
      throw new Fault(`--since: '${since}' is no date`, 'write 2026-11-20, or 2026-11-20T18:00:00Z')
    const gitDir = await findGitDir(world.folder)
    return usedBy({ ...(await common(values, world)), gitDir, name, since: instant }, world.say)
  },

  'keys sync': async ({ words: [repository], values }, world) => {
    const { to, branch = 'main', folder = '', remote, 'admin-keys': admins = [] } = values
    if (to === undefined) throw new Fault('--to is missing', 'name the path that keys names: --to LINK')
    const options = {
      gitDir: await findGitDir(resolve(world.folder, repository)),
      remote: remote ?? null,
      branch: branch.startsWith('refs/') ? branch : `refs/heads/${branch}`,
      folder: folder.split('/').filter(name => name !== '' && name !== '.'),
      admins: admins.map(path => resolve(world.folder, path)),
      to: resolve(world.folder, to),
      environment: world.environment,
      now: world.now,
    }
    return syncKeys(options, world.say)
  },
}

type CommonValues = {
  readonly config?: string | undefined
  readonly repo?: string | undefined
  readonly keys?: readonly string[] | undefined
  readonly json?: true | undefined
}

async function common({ config, repo, keys = [], json }: CommonValues, world: World) {
  return {
    config: configOf(world, config),
    gitDir: repo === undefined ? null : await findGitDir(resolve(world.folder, repo)),
    keys: keys.map(path => resolve(world.folder, path)),
    json: json === true,
    now: seconds(world),
  }
}

function seconds({ now }: World): number {
  return Math.floor(now() / 1000)
}
