import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { postReceive } from '../commands/post-receive.ts'
import { preReceive } from '../commands/pre-receive.ts'
import type { Arguments } from '../core/command-table.ts'
import type { PushInput } from '../core/push-input.ts'
import { commonDir } from '../edge/config.ts'
import { configOf, type World } from '../world.ts'
import type { Flows } from './flow.ts'

export const hookFlows: Flows<'pre-receive' | 'post-receive'> = {
  'pre-receive': async (args, world) => preReceive(await pushInput(args, world)),
  'post-receive': async (args, world) => postReceive(await pushInput(args, world)),
}

/** Bytes; a push of 100,000 refs is smaller. */
const inputLimit = 64 * 1024 * 1024

async function pushInput({ values }: Arguments<'pre-receive'>, world: World): Promise<PushInput> {
  return {
    config: configOf(world, values.config),
    gitDir: commonDir(resolve(world.folder, world.environment['GIT_DIR'] ?? '.')),
    updates: await world.input(inputLimit),
    id: randomBytes(6).toString('hex'),
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
