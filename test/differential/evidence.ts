import { readPacket } from '../../src/core/packet.ts'
import { type Key, type KeyOptions, makeKey, type SubkeyOptions } from '../support/keys.ts'
import { armor, bytes, packet, subpackets, text, uint32 } from '../support/packets.ts'
import { keyFrame, type Secret } from '../support/secret.ts'
import { now, type SignatureShape, signaturePacket } from '../support/signature-packet.ts'
import {
  type Case,
  extraSubpackets,
  type Life,
  type Revoked,
  type SignatureCase,
  type SubkeyCase,
} from './case.ts'

/** What a reader is given: the trusted keys, the signed bytes and the signature. */
export type Evidence = {
  readonly keys: Uint8Array
  readonly payload: Uint8Array
  /** In armor. */
  readonly signature: string
  /** Of the key that was used, and of its primary key, upper-case hex. */
  readonly key: string
  readonly primary: string
}

const made = new Map<string, Key>()
const stranger = makeKey({ name: 'Stranger' })
/** Trusted beside the key of the case: a directory in which no key can be used is a fault. */
const bystander = makeKey({ name: 'Bystander' })

/** Makes key and signature. Key pairs are used again where nothing of them differs: some take a second to make. */
export function evidenceOf(wanted: Case): Evidence {
  const { algorithm, version, created, subkey, signature, former } = wanted
  const name = JSON.stringify([algorithm, version, created, subkey?.algorithm, subkey?.created])
  const pair = made.get(name) ?? makeKey(pairsOf(wanted))
  made.set(name, pair)
  const key = pair.with(optionsOf(wanted))
  const old =
    former === null ? null : pair.with(optionsOf({ ...wanted, ...former, renewed: null, revoked: null }))
  const [signer, by] = [
    signature.by === 'stranger' ? stranger : key,
    signature.by === 'subkey' ? 0 : undefined,
  ]
  const secret = by === undefined ? signer.primary : signer.subkeys[by]
  if (secret === undefined) throw new Error('no subkey')
  const payload = text('tree 0000\n\nwhat is signed\n')
  const signed = signature.damage === 'another payload' ? text('other') : payload
  return {
    keys: bytes(
      assembled(key.publicBinary, [...(old === null ? [] : [old.publicBinary]), ...statements(wanted, key)]),
      bystander.publicBinary,
    ),
    payload,
    signature: armor(damaged(signature, signaturePacket(secret, signed, shapeOf(signature, secret))), {
      crc: version === 4,
    }),
    key: secret.fingerprint,
    primary: signer.fingerprint,
  }
}

/** What the key pairs depend on. */
function pairsOf({ algorithm, version, created, subkey }: Case): KeyOptions {
  const subkeys = subkey === null ? [] : [{ algorithm: subkey.algorithm, created: at(subkey.created) }]
  return { algorithm, version, created: at(created), subkeys }
}

function optionsOf({
  algorithm,
  version,
  created,
  flags,
  selfHash,
  userIds,
  subkey,
  ...key
}: Case): KeyOptions {
  return {
    algorithm,
    version,
    created: at(created),
    expires: endOf(created, key.expires),
    flags,
    selfSignature: { hash: selfHash },
    ...(key.renewed === null ? {} : { selfSignedAt: at(key.renewed) }),
    userIds: ['Alice <alice@example.org>', 'Alice <alice@example.com>'].slice(0, userIds),
    ...(key.revoked === null ? {} : { revoked: revocation(key.revoked) }),
    subkeys: subkey === null ? [] : [subkeyOptions(subkey, selfHash)],
  }
}

function subkeyOptions(subkey: SubkeyCase, hash: number): SubkeyOptions {
  const { algorithm, created, expires, flags, backSignature, revoked } = subkey
  return {
    algorithm,
    created: at(created),
    expires: endOf(created, expires),
    flags,
    backSignature,
    binding: { hash },
    ...(revoked === null ? {} : { revoked: revocation(revoked) }),
  }
}

function revocation({ at: day, reason }: Revoked) {
  return { at: at(day), reason }
}

/** Signatures on the key that makeKey has no words for, each behind its component, as in a key. */
function statements(
  { direct, userIdRevoked, selfHash: hash }: Case,
  { primary }: Key,
): readonly Uint8Array[] {
  const [head, frame] = [packet(6, primary.publicBody), keyFrame(primary.version, primary.publicBody)]
  const name = text('Alice <alice@example.org>')
  const certified = bytes(frame, 0xb4, uint32(name.length), name)
  const said = (life: Life) => [
    ...(life.expires === null
      ? []
      : [subpackets.keyExpires(Math.max(1, at(life.expires) - primary.created))]),
    ...(life.flags === null ? [] : [subpackets.keyFlags(life.flags)]),
  ]
  return [
    ...(direct === null
      ? []
      : [
          bytes(
            head,
            signaturePacket(primary, frame, {
              type: 0x1f,
              at: at(direct.at),
              hash,
              alsoHashed: said(direct),
            }),
          ),
        ]),
    ...(userIdRevoked === null
      ? []
      : [
          bytes(
            head,
            packet(13, name),
            signaturePacket(primary, certified, { type: 0x30, at: at(userIdRevoked), hash }),
          ),
        ]),
  ]
}

/** One key with the signatures of all, each where it belongs. */
function assembled(key: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const components: { readonly packet: Uint8Array; readonly signatures: Uint8Array[] }[] = []
  for (const copy of [key, ...others])
    for (let rest = copy, at = -1; rest.length > 0; ) {
      const found = readPacket(rest)
      if (found === null) throw new Error('not a packet')
      const whole = rest.subarray(0, rest.length - found.rest.length)
      rest = found.rest
      if (found.tag === 2) {
        components[at]?.signatures.push(whole)
        continue
      }
      at = components.findIndex(({ packet }) => Buffer.from(packet).equals(whole))
      if (at < 0) at = components.push({ packet: whole, signatures: [] }) - 1
    }
  return bytes(...components.flatMap(({ packet, signatures }) => [packet, ...signatures]))
}

function shapeOf(
  { hash, at: day, type, issuer, extra, damage }: SignatureCase,
  secret: Secret,
): SignatureShape {
  const { version, fingerprint, keyId } = secret
  const [long, short] = [subpackets.issuerFingerprint(version, fingerprint), subpackets.issuer(keyId)]
  const places: Readonly<Record<typeof issuer, readonly [hashed: Uint8Array[], unhashed: Uint8Array[]]>> = {
    usual: [[long], version === 6 ? [] : [short]],
    'key id alone, hashed': [[short], []],
    'key id alone, unhashed': [[], [short]],
    'fingerprint alone, hashed': [[long], []],
    'fingerprint alone, unhashed': [[], [long]],
    'none at all': [[], []],
    'two that differ': [[long], [subpackets.issuer('0123456789ABCDEF')]],
  }
  const [hashed, unhashed] = places[issuer]
  const time =
    extra === 'no creation time' ? [] : [subpackets.created(at(day), extra === 'critical creation time')]
  return {
    type,
    hash,
    hashed: [...time, ...hashed, ...extraSubpackets[extra]],
    unhashed,
    ...(damage === 'a wrong digest prefix' ? { prefix: bytes(0, 0) } : {}),
  }
}

function damaged({ damage }: SignatureCase, whole: Uint8Array): Uint8Array {
  if (damage !== 'a number changed') return whole
  return whole.map((octet, index) => (index === whole.length - 5 ? octet ^ 1 : octet))
}

const today = now()

/** Seconds since 1970. */
function at(days: number): number {
  return today + Math.round(days * 86_400)
}

/** A second after the key's beginning at the soonest: a life of 0 has no end, and none is negative. */
function endOf(created: number, expires: number | null): number | null {
  return expires === null ? null : Math.max(at(created) + 1, at(expires))
}
