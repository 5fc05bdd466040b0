/** States that `refwarden doctor` knows, made for real on a server with sync tags that is otherwise well. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type FindingCode, severities } from '../../src/core/finding.ts'
import { branch, commit } from './history.ts'
import { makeKey } from './keys.ts'
import type { MarkedServer } from './marked.ts'
import { makeMarked } from './marked.ts'
import type { Suite } from './suite.ts'

export type State = {
  readonly code: FindingCode
  /** What git makes of it. `opens`: an unsigned commit goes through; `holds`: a good push is refused. */
  readonly effect: 'opens' | 'holds' | null
  /** Beside the code itself, what follows from it. */
  readonly also?: readonly FindingCode[]
  /** The environment of doctor and of the push. */
  readonly env?: (server: MarkedServer) => Readonly<Record<string, string>>
  /** Options of git push. */
  readonly args?: readonly string[]
  readonly spoil: (server: MarkedServer) => void
}

export const alice = makeKey({ name: 'Alice' })
const signingKey = makeKey({ name: 'Server' })

/** Declares a test of each, and of what they begin with; the last one holds the list of codes against `expected`. */
export function declareStates(
  test: Suite<unknown>,
  states: Readonly<Record<string, State>>,
  expected: readonly FindingCode[],
): void {
  const seen = new Set<FindingCode>()
  for (const [name, { code, effect, also = [], env = () => ({}), args = [], spoil }] of Object.entries(
    states,
  ))
    test(`${name}: ${code}`, async () => {
      await withServer(async server => {
        spoil(server)
        const codes = await found(server, env(server))
        assert.ok(codes.includes(code), codes.join())
        seen.add(code)
        assert.equal(
          codes.filter(each => each !== code && !also.includes(each)),
          [],
        )
        if (effect === null) return
        const refspec = effect === 'opens' ? 'unsigned:refs/heads/main' : 'good:refs/heads/main'
        const { accepted, output } = await server.push([refspec], { env: env(server), args })
        assert.is(accepted, effect === 'opens', output)
      })
    })
  test('the neighbour is well, refuses what these let through, and takes what they hold up', async () => {
    await withServer(async server => {
      assert.equal(await found(server), [])
      assert.equal((await server.push(['unsigned:refs/heads/main'])).codes, ['unsigned'])
      assert.ok((await server.push(['good:refs/heads/main'])).accepted)
      assert.equal(await found(server), [])
    })
  })
  test('each code was made for real', () => assert.equal([...seen].sort(), [...expected].sort()))
}

export async function withServer(action: (server: MarkedServer) => Promise<void>): Promise<void> {
  const server = makeMarked({ trusted: [alice], signingKey })
  try {
    server.git('symbolic-ref', 'HEAD', 'refs/heads/main')
    server.git('config', 'receive.fsckObjects', 'true')
    const seeded = server.seed([commit('one', alice), commit('two', alice)])
    server.putTag(server.tag(seeded.oid('two')))
    server.write([branch('good', [commit('good', alice)]), branch('unsigned', [commit('unsigned')])], seeded)
    await action(server)
  } finally {
    server.close()
  }
}

/** Where the hook is. */
export function hookOf({ gitDir }: MarkedServer): string {
  return join(gitDir, 'hooks/pre-receive')
}

export function edit(path: string, change: (text: string) => string): void {
  const text = readFileSync(path, 'utf8')
  if (change(text) === text) throw new Error(`${path}: nothing to change`)
  writeFileSync(path, change(text))
}

/** The codes, each once; the exit code fits the gravest. */
export async function found(
  server: MarkedServer,
  env: Readonly<Record<string, string>> = {},
  options: readonly string[] = [],
): Promise<readonly FindingCode[]> {
  const { exit, stdout, stderr } = await server.refwarden(['doctor', '--json', ...options, server.gitDir], {
    env,
  })
  const codes = codesIn(stdout)
  const grave = codes.map(code => severities[code])
  assert.is(exit, grave.includes('fault') ? 2 : grave.includes('warning') ? 1 : 0, stdout + stderr)
  return codes
}

export function codesIn(stdout: string): readonly FindingCode[] {
  const [first = '{}', second] = stdout.split('\n')
  assert.ok(second !== undefined, stdout)
  const { findings } = JSON.parse(first)
  return [...new Set<FindingCode>(findings.map(({ code }: { code: FindingCode }) => code))]
}
