/*
 * `npm run demo`: an admin installs refwarden, people push, each push shows what the server says. All of it is real
 * (installer, binary, keys, git push) and lies in a temporary folder that is deleted at the end. Exits 1 where a
 * push does not end as it should. As `gpg.program` of its own commits, where gpg is missing, it signs.
 */
import { signAsGpg, signingRole } from './sign-as-gpg.ts'
import { tell } from './story.ts'

const [role, ...rest] = process.argv.slice(2)
process.exitCode = 1
try {
  process.exitCode = role === signingRole ? await signAsGpg(rest) : await tell()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
}
