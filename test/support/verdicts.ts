import * as assert from 'uvu/assert'
import type { Oid } from '../../src/core/oid.ts'
import type { History } from './history.ts'
import type { PushResult } from './push.ts'
import type { Server, ServerOptions } from './repository.ts'
import { makeServer } from './repository.ts'
import type { Suite } from './suite.ts'

/** What is wrong with each ref of a push: its own code, and `commit: code` for each refused commit, newest first. */
export type Verdicts = Readonly<Record<string, readonly string[]>>

/** Declares a test with a server of its own; a refspec may name a new branch of the server by its short name. */
export function declareOn(
  test: Suite<unknown>,
  name: string,
  options: ServerOptions,
  action: (server: Server) => Promise<void>,
): void {
  test(name, async () => {
    const server = makeServer(options)
    try {
      await action({ ...server, push: (refspecs, more) => server.push(refspecs.map(qualified), more) })
    } finally {
      server.close()
    }
  })
}

function qualified(refspec: string): string {
  return refspec.replace(/:(?!refs\/)/, ':refs/heads/')
}

/** The push went through, by a decision that is in the log. */
export function assertAccepted(server: Server, { accepted, output }: PushResult): void {
  const decision = server.decisions().at(-1)
  assert.is(accepted, true, `${output}${JSON.stringify(decision)}`)
  assert.is(decision?.verdict, 'accepted')
}

/** Every ref was refused, for just these reasons; the pusher was told each code. */
export function assertRefused(
  server: Server,
  { accepted, codes, output }: PushResult,
  expected: Verdicts,
  history: History,
): void {
  const decision = server.decisions().at(-1)
  const why = `${output}${JSON.stringify(decision)}`
  assert.is(accepted, false, why)
  assert.is(decision?.verdict, 'rejected', why)
  assert.equal(verdictsOf(decision.refs, history), expected, why)
  const words = Object.values(expected).flatMap(list => list.map(word => word.replace(/^.*: /, '')))
  assert.equal([...codes].sort(), [...new Set(words)].sort(), why)
}

/** The push was refused because the set-up is broken; the log has a fault that matches. */
export function assertFault(server: Server, { accepted, output, remote }: PushResult, fault: RegExp): void {
  const decision = server.decisions().at(-1)
  assert.is(accepted, false, output)
  assert.ok(
    remote.some(line => line.startsWith('error: the server cannot check pushes')),
    output,
  )
  assert.is(decision?.verdict, 'fault', output)
  assert.match(decision.fault, fault)
}

type LoggedRef = {
  readonly ref: string
  readonly reason: string | null
  readonly commits: readonly { readonly oid: Oid; readonly code: string }[]
}

function verdictsOf(refs: readonly LoggedRef[], history: History): Verdicts {
  const names = new Map([...history.commits].map(([name, oid]) => [oid, name]))
  return Object.fromEntries(
    refs.map(({ ref, reason, commits }) => [
      ref,
      [
        ...(reason === null ? [] : [reason]),
        ...commits.map(({ oid, code }) => `${names.get(oid) ?? oid}: ${code}`),
      ],
    ]),
  )
}
