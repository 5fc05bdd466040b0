import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { branch, commit, type Step } from './history.ts'
import { type Key, makeKey } from './keys.ts'
import { type PushResult, push } from './push.ts'
import { makeServer } from './repository.ts'

/** Somebody with a signed branch `good`, an unsigned one `bad`, and what else is given, on one base. */
export type Visitor = {
  /** Signed it. */
  readonly alice: Key
  push(url: string, refspec: string, options?: Parameters<typeof push>[3]): Promise<PushResult>
  /** `accepted`, the codes of the refusal, or all that git printed where no code is in it. */
  verdict(url: string, refspec: string, env?: Readonly<Record<string, string>>): Promise<string>
  close(): void
}

export function makeVisitor(more: (alice: Key) => readonly Step[] = () => []): Visitor {
  const alice = makeKey()
  const client = makeServer({ hooks: false })
  const base = client.write([commit('base', alice)])
  const good = branch('good', [commit('signed', alice), ...more(alice)])
  client.write([branch('bad', [commit('unsigned')]), good], base)
  const pushed: Visitor['push'] = (url, refspec, options) => push(client.client, url, [refspec], options)
  return {
    alice,
    push: pushed,
    async verdict(url, refspec, env = {}) {
      const { accepted, codes, output } = await pushed(url, refspec, { env })
      return accepted ? 'accepted' : codes.join() || output
    },
    close: client.close,
  }
}

/** The lines of a decision log, as `verdict pusher`. */
export function logged(gitDir: string): readonly string[] {
  return decisions(gitDir).map(({ verdict, pusher }) => `${verdict} ${pusher}`)
}

// biome-ignore lint/suspicious/noExplicitAny: JSON
export function decisions(gitDir: string): readonly any[] {
  const log = join(gitDir, 'refwarden.jsonl')
  const text = existsSync(log) ? readFileSync(log, 'utf8') : ''
  return text.split('\n').flatMap(line => (line === '' ? [] : [JSON.parse(line)]))
}

/** What `refwarden install` ends with. */
export const proved = 'proved: an unsigned commit to refs/heads/main is refused (unsigned)'
