import { resolve } from 'node:path'
import { doctor } from '../commands/doctor.ts'
import { install } from '../commands/install.ts'
import { installAll } from '../commands/install-all.ts'
import { metrics } from '../commands/metrics.ts'
import { uninstall } from '../commands/uninstall.ts'
import { uninstallAll } from '../commands/uninstall-all.ts'
import { Fault } from '../core/fault.ts'
import type { FleetOptions } from '../fleet.ts'
import { configOf, type World } from '../world.ts'
import type { Flows } from './flow.ts'

export const serverFlows: Flows<'install' | 'uninstall' | 'doctor' | 'metrics'> = {
  install: async ({ words: repos, values }, world) => {
    const { program: binary, environment, say } = world
    const source = { config: configOf(world, values.config), binary, environment }
    const { all, dryRun, isMany } = manyOf(world, repos, values)
    if (isMany) return installAll({ ...source, repos, all, dryRun }, say)
    await install({ ...source, repos }, say)
    return 0
  },

  uninstall: async ({ words: repos, values }, world) => {
    const { environment, say } = world
    const { all, dryRun, isMany } = manyOf(world, repos, values)
    if (isMany) return uninstallAll({ repos, all, dryRun, environment }, say)
    await uninstall({ repos, environment }, say)
    return 0
  },

  doctor: async ({ words, values }, world) => {
    const { json, nagios } = values
    if (json === true && nagios === true) throw new Fault('--json and --nagios at once', 'choose one')
    const account = values.account === undefined ? null : uidOf(values.account)
    const form = nagios === true ? 'nagios' : json === true ? 'json' : 'text'
    return doctor({ ...fleetOf(world, words, values), account, form }, world.say)
  },

  metrics: async ({ words, values }, world) => {
    const { textfile, log = [] } = values
    if (textfile === undefined) throw new Fault('no --textfile is given', 'name the file to write')
    const at = (path: string) => resolve(world.folder, path)
    await metrics({ ...fleetOf(world, words, values), textfile: at(textfile), logs: log.map(at) })
    return 0
  },
}

type Fleet = { readonly all?: readonly string[] | undefined; readonly config?: string | undefined }

function fleetOf(world: World, words: readonly string[], { all = [], config }: Fleet): FleetOptions {
  const { folder, program, environment, now } = world
  return {
    ...{ repos: words.map(path => resolve(folder, path)), all: all.map(path => resolve(folder, path)) },
    config: config === undefined ? null : resolve(folder, config),
    usualConfig: configOf(world, undefined),
    ...{ account: null, program, environment, now: Math.floor(now() / 1000) },
  }
}

type Many = { readonly all?: readonly string[] | undefined; readonly 'dry-run'?: true | undefined }

/** Whether a tree is meant, or nothing is to be changed: then the table is what is asked for. */
function manyOf({ folder }: World, repos: readonly string[], values: Many) {
  const { all = [], 'dry-run': dryRun } = values
  if (repos.length + all.length === 0)
    throw new Fault('no repository is named', 'write REPO…, or --all DIR for all below a folder')
  return {
    all: all.map(path => resolve(folder, path)),
    dryRun: dryRun === true,
    isMany: all.length > 0 || dryRun === true,
  }
}

function uidOf(given: string): number {
  if (/^[0-9]{1,9}$/.test(given)) return Number(given)
  throw new Fault(`--account: '${given}' is no uid`, 'write the number that id -u prints')
}
