import { resolve } from 'node:path'
import { doctor } from '../commands/doctor.ts'
import { install } from '../commands/install.ts'
import { uninstall } from '../commands/uninstall.ts'
import { Fault } from '../core/fault.ts'
import { configOf } from '../world.ts'
import type { Flows } from './flow.ts'

export const serverFlows: Flows<'install' | 'uninstall' | 'doctor'> = {
  install: async ({ words: repos, values }, world) => {
    const { program: binary, environment } = world
    await install({ config: configOf(world, values.config), binary, repos, environment }, world.say)
    return 0
  },

  uninstall: async ({ words: repos }, { environment, say }) => {
    await uninstall({ repos, environment }, say)
    return 0
  },

  doctor: async ({ words, values }, { folder, program, environment, now, say }) => {
    const { all = [], json, nagios } = values
    if (json === true && nagios === true) throw new Fault('--json and --nagios at once', 'choose one')
    return doctor(
      {
        ...{ repos: words.map(path => resolve(folder, path)), all: all.map(path => resolve(folder, path)) },
        config: values.config === undefined ? null : resolve(folder, values.config),
        usualConfig: configOf({ folder }, undefined),
        account: values.account === undefined ? null : uidOf(values.account),
        form: nagios === true ? 'nagios' : json === true ? 'json' : 'text',
        ...{ program, environment, now: Math.floor(now() / 1000) },
      },
      say,
    )
  },
}

function uidOf(given: string): number {
  if (/^[0-9]{1,9}$/.test(given)) return Number(given)
  throw new Fault(`--account: '${given}' is no uid`, 'write the number that id -u prints')
}
