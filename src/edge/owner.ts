import { statSync } from 'node:fs'
import { Fault } from '../core/fault.ts'

/**
 * Throws a Fault where root would write into a repository that belongs to another account: that account could then not
 * change what root has made (a folder of refs), and its pushes would fail.
 */
export function assertOwnRepository(gitDir: string): void {
  const { uid } = statSync(gitDir)
  if (process.geteuid?.() === 0 && uid !== 0)
    throw new Fault(`${gitDir}: it belongs to another account (uid ${uid})`, `sudo -u '#${uid}' refwarden …`)
}
