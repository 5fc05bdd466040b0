import { build } from './build.ts'
import { compileKeyring, openCompiled } from './core/compiled-keyring.ts'
import { Fault } from './core/fault.ts'
import type { Clock } from './core/judge.ts'
import { sortKeyFiles } from './core/key-format.ts'
import { type KeyFile, type Keyring, keyringOf, type TrustedKey } from './core/keyring.ts'
import { isOpensshPrivateKey } from './core/openssh-private-key.ts'
import type { KeySources, Policy, Protection } from './core/policy.ts'
import { printable } from './core/printable.ts'
import type { Moment } from './core/self-signature.ts'
import { partNamed, partsMeant, signingPart } from './core/signing-part.ts'
import { trustedSshKeys } from './core/ssh-keys.ts'
import { readRevocations } from './core/ssh-revoked.ts'
import { assertUsable } from './core/trusted-keys.ts'
import { sshArithmetic } from './edge/arithmetic.ts'
import { digestOf } from './edge/key-digest.ts'
import { keyState, readKeyFiles } from './edge/key-directory.ts'
import { compiledPath, keepCompiled, readCompiled } from './edge/keyring-cache.ts'
import type { SecretKey } from './edge/openpgp.ts'
import { readSshSecret } from './edge/ssh-signer.ts'
import { assertOnlyOwnerReads, assertOnlyOwnerWrites } from './edge/strict-modes.ts'
import { identityReader, type Pusher } from './identity.ts'
import type { Trust } from './inspect.ts'

/** What a section says of whom to trust. */
export type TrustSection = KeySources & Pick<Protection, 'signerIsCommitter' | 'signerIsPusher'>
export type TrustReader = (section: TrustSection) => Promise<Trust>

/** What decides whom to trust, beside the key files themselves. */
export type KeyRules = {
  readonly gitDir: string
  readonly strictModes: boolean
  readonly clock: Clock
  readonly pusher: Pusher
}

/**
 * Reads the keys of each key set once, when it is first needed: a push that touches no protected ref reads none, and
 * all refs of a push see the same keys. Throws a Fault where anything is wrong with one. `digests` takes the digest of
 * each set that was read.
 */
export function trustReader(rules: KeyRules, digests: Set<string> = new Set()): TrustReader {
  const read = new Map<string, Promise<KeySet>>()
  const identityFor = identityReader(rules.pusher, rules.strictModes)
  return async section => {
    const { keys, revokedKeys } = section
    const name = JSON.stringify([keys, revokedKeys])
    const set = read.get(name) ?? keysFor({ keys, revokedKeys }, rules)
    read.set(name, set)
    const { keyring, digest } = await set
    digests.add(digest)
    const identity = identityFor(section)
    return { keyring, clock: rules.clock, ...(identity === null ? {} : { identity }) }
  }
}

type KeySet = { readonly keyring: Keyring; readonly digest: string }

/**
 * The compiled form, where one was made of the key files as they are now; else the keys are read, and compiled for the
 * next push. Files that changed a moment ago are not compiled: another change could leave the same dates.
 */
async function keysFor(sources: KeySources, rules: KeyRules): Promise<KeySet> {
  const { strictModes, clock } = rules
  const { keys, revokedKeys } = sources
  const by = JSON.stringify([build.version, build.commit, keys, revokedKeys, strictModes, clock.skew])
  const path = compiledPath(rules.gitDir, by)
  const files = [...keys, ...revokedKeys]
  const { state, changed, folders } = keyState(files)
  const compiled = readCompiled(path)
  const known = compiled === null ? null : openCompiled(compiled, { by, state, now: clock.now })
  if (known !== null) {
    const seen = new Set<string>()
    if (strictModes) for (const folder of folders) assertOnlyOwnerWrites(folder, seen)
    return known
  }
  const { trusted, until, digest } = await readTrustedKeys(sources, clock, strictModes)
  if (keyState(files).state === state && changed / 1000 + settled < clock.now) {
    keepCompiled(
      path,
      compileKeyring(
        { by, state, digest, at: clock.now, until },
        trusted.flatMap(({ parts }) => parts),
      ),
    )
  }
  return { keyring: keyringOf(trusted), digest }
}

/** Seconds. */
const settled = 10

export type ReadKeys = {
  readonly trusted: readonly TrustedKey[]
  /** Seconds since 1970; null: for ever. */
  readonly until: number | null
  /** Names what their files hold. */
  readonly digest: string
}

/** Everything that can be said of the keys, and until when it stays true. Throws a Fault where anything is wrong with one. */
export async function readTrustedKeys(
  { keys, revokedKeys }: KeySources,
  clock: Clock,
  strictModes: boolean,
): Promise<ReadKeys> {
  const seen = new Set<string>()
  const assertSafe = strictModes ? (path: string) => assertOnlyOwnerWrites(path, seen) : null
  const revoked = revokedKeys.length === 0 ? [] : readKeyFiles(revokedKeys, assertSafe)
  return trustedKeysIn(readKeyFiles(keys, assertSafe), revoked, clock)
}

/** The same of files that were read already: the keys of OpenPGP in the order of the files, then those of OpenSSH. */
export async function trustedKeysIn(
  read: readonly KeyFile[],
  revoked: readonly KeyFile[],
  moment: Moment,
): Promise<ReadKeys> {
  const files = sortKeyFiles(read)
  const openssh = trustedSshKeys(files.openssh, readRevocations(revoked, sshArithmetic), sshArithmetic)
  const openpgp = await readOpenpgp(files.openpgp, moment)
  const trusted = [...openpgp.keys, ...openssh]
  assertUsable(trusted)
  return { trusted, until: openpgp.until, digest: digestOf([...read, ...revoked]) }
}

/** The package that reads them is loaded where there are any. */
async function readOpenpgp(files: readonly KeyFile[], moment: Moment) {
  if (files.length === 0) return { keys: [], until: null }
  const { readKeysFor } = await import('./edge/openpgp.ts')
  return readKeysFor(files, moment)
}

/** Who may sign a sync tag. Judged at the time of the signature, which stands for years. */
export async function syncTagTrust(policy: Policy, clock: Clock): Promise<Trust> {
  return { keyring: keyringOf(await readSyncTagKeys(policy, clock)), clock: { ...clock, rule: 'signature' } }
}

/**
 * The signing key, though it may be too old to sign another tag, and the recovery keys; none of them is trusted for
 * commits.
 */
export async function readSyncTagKeys(policy: Policy, clock: Clock): Promise<readonly TrustedKey[]> {
  const { name, secret } = await secretKey(policy, clock)
  const own = { ...secret.key, parts: partsMeant(secret.key, name) }
  const { recoveryKeys, revokedKeys, strictModes } = policy
  if (recoveryKeys.length === 0) return [own]
  return [own, ...(await readTrustedKeys({ keys: recoveryKeys, revokedKeys }, clock, strictModes)).trusted]
}

/** Signs in the name of the server: a detached signature in ASCII armor, dated `at` seconds since 1970. */
export type ServerSigner = (document: Uint8Array, at: number) => Promise<string>

/** Throws a Fault that names the file where the key that `signing-key` names cannot sign now. */
export async function serverSigner(policy: Policy, clock: Clock): Promise<ServerSigner> {
  const { name, secret } = await secretKey(policy, clock)
  const part = signingPart(secret.key, name, clock)
  return (document, at) => secret.sign(part.fingerprint, document, at)
}

/** The one key in `signing-keys` that `signing-key` names. */
async function secretKey(
  { signingKey: name, signingKeys }: Policy,
  clock: Clock,
): Promise<{ readonly name: string; readonly secret: ServerKey }> {
  if (name === null || signingKeys.length === 0)
    throw new Fault('sync-tag: no key to sign it with', 'set signing-key and signing-keys')
  const files = readKeyFiles(signingKeys, assertOnlyOwnerReads)
  const named = (await readServerKeys(files, clock)).filter(({ key }) => partNamed(key, name) !== null)
  const [secret, ...others] = named
  if (secret === undefined)
    throw new Fault(
      `signing-keys: no key ${name} in ${signingKeys.map(printable).join(', ')}`,
      name.startsWith('SHA256:')
        ? 'put the file there that ssh-keygen made, without .pub'
        : `put it there: gpg --armor --export-secret-keys ${name}`,
    )
  if (others.length > 0)
    throw new Fault(
      `signing-keys: key ${name} is there ${named.length} times: ${named.flatMap(({ key }) => key.files.map(printable)).join(', ')}`,
      'keep one of them',
    )
  return { name, secret }
}

/** A secret key of the server and its public half, whose `files` is the one that it stands in. */
type ServerKey = Pick<SecretKey, 'sign'> & { readonly key: TrustedKey }

/** Throws a Fault that names the file for whatever is no secret key, or has no usable public half. */
async function readServerKeys(files: readonly KeyFile[], moment: Moment): Promise<readonly ServerKey[]> {
  const found: ServerKey[] = []
  for (const file of files) {
    for (const { publicHalf, sign } of await readSecretFile(file)) {
      const [key] = (await trustedKeysIn([publicHalf], [], moment)).trusted
      if (key !== undefined) found.push({ key, sign })
    }
  }
  return found
}

async function readSecretFile(file: KeyFile): Promise<readonly SecretKey[]> {
  if (isOpensshPrivateKey(file.bytes)) {
    const { publicHalf, sign } = readSshSecret(file)
    return [{ publicHalf, sign: async (_fingerprint, document) => sign(document) }]
  }
  const { readSecrets } = await import('./edge/openpgp.ts')
  return readSecrets(file)
}
