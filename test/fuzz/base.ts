import { toStringMethod } from 'fast-check'
import { keyringOf } from '../../src/core/keyring.ts'
import type { ObjectFormat, Oid } from '../../src/core/oid.ts'
import type { ObjectVerdict } from '../../src/core/verdict.ts'
import { objectName } from '../../src/edge/arithmetic.ts'
import { readKeys } from '../../src/edge/openpgp.ts'
import { inspectObject, type Trust } from '../../src/inspect.ts'
import { readKeyFile, readVectors, type Vector } from '../vectors/vector.ts'

/** An object whose signature is verified, with the keys by which it is. Always the same bytes: a seed means a case. */
export type Base = {
  readonly name: string
  readonly type: 'commit' | 'tag'
  readonly format: ObjectFormat
  readonly object: Uint8Array
  readonly trust: Trust
}

/** The vectors that are verified, each with the checksum of its armor and without it: that guards what stands in it. */
export async function verifiedBases(): Promise<readonly Base[]> {
  const whole = await verifiedVectors()
  return whole.flatMap(base => {
    const text = Buffer.from(base.object).toString('latin1')
    const end = text.lastIndexOf('-----END PGP SIGNATURE')
    const bare = text.slice(0, end).replace(/\n ?=[0-9A-Za-z+/]{4}(?=\n ?$)/, '') + text.slice(end)
    const object = Uint8Array.from(Buffer.from(bare, 'latin1'))
    const without = { ...base, name: `${base.name}, no checksum`, object }
    return [base, ...(bare === text ? [] : [without])].map(base => shownAs(base.name, base))
  })
}

/** `value`, as `name` in the message of a property that fails. */
export function shownAs<Value extends object>(name: string, value: Value): Value {
  return Object.defineProperty(value, toStringMethod, { value: () => name })
}

async function verifiedVectors(): Promise<readonly Base[]> {
  // what OpenSSH writes has properties of its own
  const isOpenpgp = ({ expect }: Vector) => /^verified [0-9A-F]+$/.test(expect)
  const good = readVectors().filter(isOpenpgp)
  return Promise.all(
    good.map(async ({ name, keys, now, object }) => {
      const clock = { rule: 'now', now, skew: 300 } as const
      const files = keys.map(path => ({ path, bytes: readKeyFile(path) }))
      const keyring = keyringOf(await readKeys(files, clock))
      const [, word, digits = ''] =
        /^(tree|object) ([0-9a-f]+)/.exec(Buffer.from(object).toString('latin1')) ?? []
      return {
        name,
        type: word === 'object' ? ('tag' as const) : ('commit' as const),
        format: digits.length === 64 ? ('sha256' as const) : ('sha1' as const),
        object: Uint8Array.from(object),
        trust: { keyring, clock },
      }
    }),
  )
}

/** The verdict of `object` in the place of `base`, under its own name, as after a push. */
export function verdictOf({ type, format, trust }: Base, object: Uint8Array): Promise<ObjectVerdict> {
  const stored = { oid: nameOf({ type, format }, object), type, size: object.length, bytes: object }
  return inspectObject(stored, trust)
}

export function nameOf({ type, format }: Pick<Base, 'type' | 'format'>, object: Uint8Array): Oid {
  return objectName(format, type, object)
}
