import { hostname } from 'node:os'
import { resolve } from 'node:path'
import type { Arguments } from '../core/command-table.ts'
import type { PushInput } from '../core/push-input.ts'
import { commonDir } from '../edge/config.ts'
import { configOf, type World } from '../world.ts'
import type { Flows } from './flow.ts'

export type HookName = 'pre-receive' | 'post-receive'

export const hookFlows: Flows<HookName> = {
  'pre-receive': async (args, world) => {
    const { preReceive } = await import('../commands/pre-receive.ts')
    return preReceive(pushInput(args, world))
  },
  'post-receive': async (args, world) => {
    const { postReceive } = await import('../commands/post-receive.ts')
    return postReceive(pushInput(args, world))
  },
}

/** Bytes; a push of 100,000 refs is smaller. */
const inputLimit = 64 * 1024 * 1024

function pushInput({ values }: Arguments<HookName>, world: World): PushInput {
  const gitDir = commonDir(resolve(world.folder, world.environment['GIT_DIR'] ?? '.'))
  const quarantine = world.environment['GIT_OBJECT_DIRECTORY']
  return {
    config: configOf(world, values.config),
    gitDir,
    objects: [quarantine, `${gitDir}/objects`].flatMap(path => path ?? []),
    updates: () => world.input(inputLimit),
    // a name in the log, no secret: node:crypto is not loaded for it
    id: Math.floor(Math.random() * 2 ** 48)
      .toString(16)
      .padStart(12, '0'),
    host: hostname(),
    pusher: pusherOf(world.environment),
    isWeb: world.environment['GL_PROTOCOL'] === 'web', // ssh and http are the others
    now: world.now,
  }
}

/** gitolite, GitLab, Gitea, git-http-backend and plain ssh, in this order. */
function pusherOf(environment: World['environment']): string | null {
  const names = ['GL_USER', 'GL_USERNAME', 'GITEA_PUSHER_NAME', 'REMOTE_USER', 'USER', 'LOGNAME']
  return names.map(name => environment[name]).find(name => name !== undefined && name !== '') ?? null
}
