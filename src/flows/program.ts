import { build } from '../build.ts'
import { unknownCommand } from '../command-line.ts'
import { findCommand } from '../core/command-table.ts'
import { renderBashCompletion } from '../core/completion-bash.ts'
import { renderFishCompletion } from '../core/completion-fish.ts'
import { renderZshCompletion } from '../core/completion-zsh.ts'
import { renderHelp, renderOverview } from '../core/help.ts'
import { renderManual } from '../core/manual.ts'
import { writeOutput } from '../edge/terminal.ts'
import type { Flows } from './flow.ts'

const completions = {
  bash: renderBashCompletion,
  zsh: renderZshCompletion,
  fish: renderFishCompletion,
} as const

export const programFlows: Flows<'help' | 'man' | 'completion'> = {
  help: async ({ words }) => {
    const found = findCommand(words)
    if (words.length > 0 && found.kind === 'unknown') throw unknownCommand(found)
    const names = found.kind === 'command' ? [found.name] : found.kind === 'family' ? found.names : null
    writeOutput(names === null ? renderOverview() : renderHelp(names))
    return 0
  },

  man: async () => {
    writeOutput(renderManual(build.version))
    return 0
  },

  completion: async ({ words: [shell] }) => {
    writeOutput(completions[shell]())
    return 0
  },
}
