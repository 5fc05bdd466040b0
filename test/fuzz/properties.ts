import { verifiedBases } from './base.ts'
import { objectParsers } from './object-parsers.ts'
import { oneByte } from './one-byte.ts'
import type { FuzzProperty } from './property.ts'
import { serverParsers } from './server-parsers.ts'
import { signatureChanges } from './signature-changes.ts'
import { sshProperties } from './ssh.ts'
import { sshParsers } from './ssh-parsers.ts'
import { streamParsers } from './stream-parsers.ts'

/** A property and its part of the time. */
export type Share = { readonly property: FuzzProperty; readonly weight: number }

/** Everything that is fuzzed. `scratch` is a file that may be written. */
export async function allProperties(scratch: string): Promise<readonly Share[]> {
  const bases = await verifiedBases()
  const parsers = [
    ...objectParsers(),
    ...streamParsers(),
    ...sshProperties(),
    ...sshParsers(),
    ...(await serverParsers(scratch)),
  ]
  return [
    { property: oneByte(bases), weight: 4 },
    { property: signatureChanges(bases), weight: 4 },
    ...parsers.map(property => ({ property, weight: 1 })),
  ]
}

/** How long each may take if all of them together take `seconds`. */
export function millisecondsOf({ weight }: Share, all: readonly Share[], seconds: number): number {
  return (seconds * 1000 * weight) / all.reduce((sum, share) => sum + share.weight, 0)
}
