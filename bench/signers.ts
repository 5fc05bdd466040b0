/** Who signs in the benchmark: persons with seeded keys, in the form in which GnuPG would export them. */
import { armor, bytes, packet, subpackets, text, uint32 } from '../test/support/packets.ts'
import type { Secret } from '../test/support/secret.ts'
import { keyFrame } from '../test/support/secret.ts'
import { signaturePacket } from '../test/support/signature-packet.ts'
import { sshKeyOf } from '../test/support/ssh-keys.ts'
import type { SignerAlgorithm } from './seeded-secret.ts'
import { seededEd25519, seededSecret } from './seeded-secret.ts'

export type Signer = {
  readonly algorithm: SignerAlgorithm
  /** `Name <address>` */
  readonly userId: string
  readonly fingerprint: string
  /** The public key, armored. */
  readonly armored: string
  /** An armored signature over these bytes. `at` in seconds since 1970. */
  readonly sign: (payload: Uint8Array, at: number) => string
}

/** Seconds since 1970: 2024-01-01. The keys are of this day; histories begin a month later. */
export const keysCreated = 1_704_067_200

/** Person number so-and-so with a key of this algorithm. */
export function signerOf(number: number, algorithm: SignerAlgorithm): Signer {
  const userId = `Signer ${number} <signer-${number}@example.org>`
  const secret = seededSecret(algorithm, `key ${number}, ${algorithm}`, keysCreated)
  return {
    algorithm,
    userId,
    fingerprint: secret.fingerprint,
    armored: armor(certificate(secret, userId), { type: 'PUBLIC KEY BLOCK' }),
    sign: (payload, at) => armor(signaturePacket(secret, payload, { at })),
  }
}

/** The first `count` persons, with Ed25519 keys. */
export function ed25519Signers(count: number): readonly Signer[] {
  return Array.from({ length: count }, (_, number) => signerOf(number, 'eddsa'))
}

/** The first `count` persons, with Ed25519 keys of OpenSSH; `armored` is a line of allowed_signers. */
export function sshSigners(count: number): readonly Signer[] {
  return Array.from({ length: count }, (_, number) => {
    const key = sshKeyOf('ed25519', seededEd25519(`ssh key ${number}`))
    const { fingerprint } = key
    const userId = `Signer ${number} <signer-${number}@example.org>`
    const armored = `signer-${number}@example.org ${key.line}\n`
    return { algorithm: 'eddsa', userId, fingerprint, armored, sign: payload => key.sign(payload) }
  })
}

/** Three persons with RSA-4096 keys. */
export function rsaSigners(): readonly Signer[] {
  return Array.from({ length: 3 }, (_, number) => signerOf(number, 'rsa4096'))
}

/** The algorithms of twenty-five persons. */
export const mixedAlgorithms: readonly SignerAlgorithm[] = Array.from(
  { length: 25 },
  (_, number) => (['eddsa', 'p256', 'rsa2048', 'rsa4096'] as const)[number % 4] ?? 'eddsa',
)

/** Twenty-five persons with keys of four algorithms. */
export function mixedSigners(): readonly Signer[] {
  return mixedAlgorithms.map((algorithm, number) => signerOf(number, algorithm))
}

function certificate(secret: Secret, userId: string): Uint8Array {
  const name = text(userId)
  const certified = bytes(keyFrame(4, secret.publicBody), 0xb4, uint32(name.length), name)
  const alsoHashed = [subpackets.keyFlags(0x03), subpackets.primaryUserId()]
  return bytes(
    packet(6, secret.publicBody),
    packet(13, name),
    signaturePacket(secret, certified, { type: 0x13, at: keysCreated, alsoHashed }),
  )
}
