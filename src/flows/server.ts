import { install } from '../commands/install.ts'
import { uninstall } from '../commands/uninstall.ts'
import { configOf } from '../world.ts'
import type { Flows } from './flow.ts'

export const serverFlows: Flows<'install' | 'uninstall'> = {
  install: async ({ words: repos, values }, world) => {
    const { program: binary, environment } = world
    await install({ config: configOf(world, values.config), binary, repos, environment }, world.say)
    return 0
  },

  uninstall: async ({ words: repos }, { environment, say }) => {
    await uninstall({ repos, environment }, say)
    return 0
  },
}
