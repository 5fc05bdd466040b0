import { readFileSync, writeSync } from 'node:fs'

/** First argument with which the demo is started in the place of gpg. */
export const signingRole = '--as-gpg'

/**
 * What git asks of `gpg.program` for a signature: `--status-fd=2 -bsau KEY`, the content on stdin, the signature on
 * stdout, `SIG_CREATED` on the status descriptor (gpg-interface.c, sign_buffer_gpg). Before these come the secret
 * key's file and the date of the signature, in seconds since 1970, or `now`.
 */
export async function signAsGpg(args: readonly string[]): Promise<0 | 2> {
  const [keyFile = '', at = '', ...asked] = args
  if (!asked.includes('-bsau')) {
    writeSync(2, `asked for something else than a signature: ${asked.join(' ')}\n`)
    return 2
  }
  const { createMessage, readPrivateKey, sign } = await import('openpgp')
  const signingKeys = await readPrivateKey({ armoredKey: readFileSync(keyFile, 'utf8') })
  const message = await createMessage({ binary: new Uint8Array(readFileSync(0)) })
  const date = at === 'now' ? new Date() : new Date(Number(at) * 1000)
  writeSync(1, (await sign({ message, signingKeys, detached: true, date })).replaceAll('\r\n', '\n'))
  const seconds = Math.floor(date.getTime() / 1000)
  const { algorithm, fingerprint } = {
    algorithm: 22,
    fingerprint: signingKeys.getFingerprint().toUpperCase(),
  }
  writeSync(2, `\n[GNUPG:] SIG_CREATED D ${algorithm} 10 00 ${seconds} ${fingerprint}\n`)
  return 0
}
