import type { KeyMaterial } from './certificate.ts'
import type { KeyAlgorithm } from './keyring.ts'
import { curves, spkiOfEdwards, spkiOfPoint, spkiOfRsa } from './spki.ts'

/** The numbers of a public key packet, big-endian, with the package openpgp's names for algorithms and curves. */
export type PublicNumbers = {
  readonly algorithm: string
  /** RSA, DSA and ElGamal: size of the modulus. */
  readonly bits: number
  readonly curve: string | null
  readonly n?: Uint8Array
  readonly e?: Uint8Array
  readonly Q?: Uint8Array
  readonly A?: Uint8Array
}

export type Signing = { readonly label: string; readonly signing: KeyMaterial['signing'] }

/** What such a key signs with, null where it cannot or may not be used here, and what people call it. */
export function signingOf({ algorithm, bits, curve: curveName, n, e, Q, A }: PublicNumbers): Signing {
  switch (algorithm) {
    case 'rsaEncryptSign':
    case 'rsaSign': {
      const label = `rsa${bits}`
      if (n === undefined || e === undefined || !isSoundRsa(n, e, bits)) return { label, signing: null }
      return { label, signing: { algorithm: 'rsa', spki: spkiOfRsa(n, e), bits } }
    }
    case 'ecdsa': {
      const curve = curves.find(({ name }) => name.toLowerCase() === curveName?.toLowerCase())
      const octets = curve === undefined ? 0 : 1 + 2 * Math.ceil(curve.bits / 8)
      if (curve === undefined || Q?.length !== octets || Q[0] !== 0x04)
        return { label: curveName ?? algorithm, signing: null }
      return {
        label: curve.name,
        signing: { algorithm: 'ecdsa', spki: spkiOfPoint(curve, Q), bits: curve.bits },
      }
    }
    case 'eddsaLegacy':
      if (Q?.length !== 33 || Q[0] !== 0x40) return { label: 'ed25519', signing: null }
      return edwards('eddsa', 'ed25519', Q.subarray(1))
    case 'ed25519':
    case 'ed448':
      return A === undefined ? { label: algorithm, signing: null } : edwards(algorithm, algorithm, A)
    default:
      return { label: `${algorithm}${bits > 0 ? bits : ''}`, signing: null }
  }
}

/** RSA beyond this, or with a longer exponent, would buy time with every signature. */
const mostModulusBits = 16_384
const mostExponentOctets = 8

/** An even number or the exponent 1 would make everybody's signature good. */
export function isSoundRsa(modulus: Uint8Array, exponent: Uint8Array, bits: number): boolean {
  const isOdd = (number: Uint8Array) => ((number.at(-1) ?? 0) & 1) === 1
  const isOne = exponent.length === 1 && exponent[0] === 1
  return (
    bits <= mostModulusBits &&
    exponent.length <= mostExponentOctets &&
    isOdd(modulus) &&
    isOdd(exponent) &&
    !isOne
  )
}

function edwards(algorithm: KeyAlgorithm, curve: 'ed25519' | 'ed448', key: Uint8Array): Signing {
  const bits = curve === 'ed25519' ? 256 : 448
  return { label: curve, signing: { algorithm, spki: spkiOfEdwards(curve, key), bits } }
}
