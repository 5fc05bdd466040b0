import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { push } from './push.ts'
import { makeServer, type Server, type ServerOptions } from './repository.ts'
import { makeWorkplace, type Workplace } from './ssh-workplace.ts'

/** A server, and a developer who pushes to it with stock git. */
export type Place = {
  readonly server: Server
  readonly work: Workplace
  readonly send: (ref?: string) => ReturnType<typeof push>
}

export async function at(options: ServerOptions, action: (place: Place) => Promise<void>): Promise<void> {
  const server = makeServer(options)
  const work = makeWorkplace(options.format)
  try {
    await action({
      server,
      work,
      send: (ref = 'main') => push(join(work.folder, 'work/.git'), server.gitDir, [ref]),
    })
  } finally {
    server.close()
    work.close()
  }
}

/** Writes a file of the server's key directory. */
export function list({ server }: Place, name: string, text: string): void {
  writeFileSync(join(server.keys, name), text, { mode: 0o644 })
}
