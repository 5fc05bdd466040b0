import type { Arguments, CommandName } from '../core/command-table.ts'
import type { Exit, World } from '../world.ts'

/** What each of these commands does with what was typed. */
export type Flows<Name extends CommandName> = {
  readonly [Each in Name]: (args: Arguments<Each>, world: World) => Promise<Exit>
}
