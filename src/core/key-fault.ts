import { Fault } from './fault.ts'
import { printable } from './printable.ts'

/** A file of the key directory that holds something else than whole public keys; `file` may name a line behind it. */
export function unreadableKey(file: string, detail: string): Fault {
  return new Fault(`${printable(file)}: ${detail}`, 'export the key again with gpg --armor --export KEY')
}

/** Whoever read the file may sign as its owner. */
export function secretKey(file: string): Fault {
  return new Fault(
    `${printable(file)}: a secret key`,
    'take the file away, and treat that key as leaked: export the public half with gpg --armor --export KEY',
  )
}

/** A key that strangers have flooded (CVE-2019-13050) must not hold up every push. */
export function floodedKey(file: string, detail: string): Fault {
  return new Fault(
    `${printable(file)}: ${detail}`,
    'export it again with less in it: gpg --export-options export-minimal --armor --export KEY',
  )
}
