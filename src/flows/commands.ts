import type { CommandName } from '../core/command-table.ts'
import type { Flows } from './flow.ts'
import { historyFlows } from './history.ts'
import type { HookName } from './hooks.ts'
import { keyFlows } from './keys.ts'
import { programFlows } from './program.ts'
import { serverFlows } from './server.ts'

/** All commands but the hooks. One of the table that has no flow does not compile. */
export const commandFlows: Flows<Exclude<CommandName, HookName>> = {
  ...historyFlows,
  ...keyFlows,
  ...serverFlows,
  ...programFlows,
}
