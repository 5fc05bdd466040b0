import { adminMutants } from './admin.ts'
import { gitMutants } from './git.ts'
import { inputMutants } from './input.ts'
import { keyMutants } from './keys.ts'
import type { Mutant } from './mutant.ts'
import { objectMutants } from './objects.ts'
import { signatureMutants } from './signatures.ts'
import { sshMutants } from './ssh.ts'
import { syncTagMutants } from './sync-tags.ts'

/** Each defence that docs/threats.md names, taken out. */
export const mutants: readonly Mutant[] = [
  ...inputMutants,
  ...gitMutants,
  ...objectMutants,
  ...signatureMutants,
  ...keyMutants,
  ...sshMutants,
  ...syncTagMutants,
  ...adminMutants,
]
