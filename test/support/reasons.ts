/**
 * For each reason code, commits that are refused for it, each for one fault of its own, and their neighbours, which
 * are right in just that respect. The names are the commits' subjects.
 */
import type { ObjectFormat } from '../../src/core/oid.ts'
import type { ObjectReason } from '../../src/core/rejection.ts'
import type { Cast } from './cast.ts'
import type { Step } from './history.ts'
import { keyReasons } from './reasons-of-keys.ts'
import { objectReasons } from './reasons-of-objects.ts'
import { signatureReasons } from './reasons-of-signatures.ts'

export type ReasonCase = {
  readonly code: ObjectReason
  readonly refused: readonly Step[]
  readonly accepted: readonly Step[]
}

export function reasonCases(cast: Cast, format: ObjectFormat): readonly ReasonCase[] {
  return [...signatureReasons(cast, format), ...keyReasons(cast), ...objectReasons(cast, format)]
}
