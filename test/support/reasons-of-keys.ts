import type { Cast } from './cast.ts'
import { longAgo, subkeys } from './cast.ts'
import { commit } from './history.ts'
import { subpackets } from './packets.ts'
import type { ReasonCase } from './reasons.ts'
import { now } from './signature-packet.ts'

const hour = 3600

/** Reasons that lie in who signed, and when. */
export function keyReasons(cast: Cast): readonly ReasonCase[] {
  const { alice, mallory, many, host } = cast
  const by = (subkey: number) => ({ shape: { by: subkey } })
  return [
    {
      code: 'unknown-key',
      refused: [
        commit('a stranger', mallory),
        commit('a stranger under a trusted name', cast.impostor),
        commit("a stranger's subkey, appended to a trusted key", mallory, by(0)),
        commit('a key that vouches for itself over MD5 only', cast.broken),
      ],
      accepted: [
        commit("the key that the stranger's subkey was appended to", host),
        commit("a trusted key, the author's name another", alice, { author: 'Mallory <m@example.org>' }),
        commit('a signature that names its key by the key id alone', alice, {
          at: longAgo,
          shape: { hashed: [subpackets.created(longAgo)] },
        }),
        commit('a signature that names its key by the fingerprint alone', alice, { shape: { unhashed: [] } }),
      ],
    },
    {
      code: 'key-expired',
      refused: [
        commit('dated while the key was alive', cast.expired, { at: longAgo }),
        commit('dated after the key had expired', cast.expired, { at: now() - hour }),
        commit('an expired subkey', many, by(subkeys.expired)),
        commit('a subkey of an expired key', cast.expiredWithSubkey, by(0)),
        commit('a signature with an end of its own', alice, {
          at: now() - hour,
          shape: { alsoHashed: [subpackets.signatureExpires(60)] },
        }),
      ],
      accepted: [
        commit('a key that was renewed after the commit', cast.renewed),
        commit('a key that expires tomorrow', cast.expiring),
        commit('a subkey beside an expired one', many, by(subkeys.good)),
        commit('a signature whose own end lies ahead', alice, {
          at: now() - hour,
          shape: { alsoHashed: [subpackets.signatureExpires(48 * hour)] },
        }),
      ],
    },
    {
      code: 'key-revoked',
      refused: [
        commit('compromised', cast.revoked),
        commit('revoked without a reason', cast.revokedWithoutReason),
        commit('superseded after the commit', cast.superseded),
        commit('retired after the commit', cast.retired),
        commit('revoked from a date in the future', cast.revokedLater),
        commit('revoked by a certificate in a file of its own', cast.stolen),
        commit('revoked in one of two copies', cast.copied),
        commit('a revoked subkey', many, by(subkeys.revoked)),
        commit('a subkey of a revoked key', cast.revokedWithSubkey, by(0)),
      ],
      accepted: [
        commit('the primary key of a revoked subkey', many),
        commit('a subkey beside a revoked one', many, by(subkeys.good)),
      ],
    },
    {
      code: 'key-not-for-signing',
      refused: [
        commit('a key that only certifies', cast.certifier),
        commit('a key without flags', cast.flagless),
        commit('a subkey for encryption', many, by(subkeys.forEncryption)),
        commit('a subkey that does not vouch back', many, by(subkeys.withoutBackSignature)),
        commit('a subkey for which another vouches back', many, by(subkeys.withForeignBackSignature)),
      ],
      accepted: [commit('the signing subkey of a key that only certifies', cast.certifier, by(0))],
    },
    {
      code: 'weak-key',
      refused: [commit('RSA with 1024 bits', cast.weak)],
      accepted: [
        commit('RSA with 2048 bits', cast.rsa),
        ...cast.strong.map(key => commit(`a key by name of ${key.name}`, key)),
      ],
    },
    {
      code: 'signed-in-future',
      refused: [
        commit('in half an hour', alice, { at: now() + hour / 2 }),
        commit('in ten years', alice, { at: now() + 10 * 365 * 24 * hour }),
      ],
      accepted: [
        commit('in two minutes', alice, { at: now() + 120 }),
        commit('a commit dated tomorrow, signed today', alice, {
          at: now() + 24 * hour,
          shape: { at: now() - 60 },
        }),
      ],
    },
    {
      code: 'signed-before-key',
      refused: [
        commit('a second before the key was made', alice, { at: alice.created - 1 }),
        commit('in 1970', alice, { at: 0 }),
        commit('before the subkey was made, after its primary key was', many, {
          at: (many.subkeys[subkeys.young]?.created ?? 0) - 1,
          ...by(subkeys.young),
        }),
      ],
      accepted: [
        commit('in the second in which the key was made', alice, { at: alice.created }),
        commit('a commit dated before its key, signed after', alice, {
          at: alice.created - hour,
          shape: { at: longAgo },
        }),
      ],
    },
  ]
}
