// node node-arithmetic.mjs eddsa=20000 …: verifies so many signatures with node:crypto, on all of its threads, and does
// nothing else. Prints the milliseconds that took, its own start and the making of a key left out.
import { constants, generateKeyPairSync, sign, verify } from 'node:crypto'

/** Verifications asked for at a time. */
const atOnce = 200

const pairs = {
  eddsa: () => generateKeyPairSync('ed25519'),
  p256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  rsa2048: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  rsa4096: () => generateKeyPairSync('rsa', { modulusLength: 4096 }),
}

let milliseconds = 0
for (const argument of process.argv.slice(2)) {
  const [algorithm, count] = argument.split('=')
  milliseconds += await verifyAll(algorithm, Number(count))
}
console.log(milliseconds)

async function verifyAll(algorithm, count) {
  const { publicKey, privateKey } = pairs[algorithm]()
  const [hash, size] = algorithm === 'eddsa' ? [null, 32] : ['sha256', 600]
  const document = Buffer.alloc(size, 1)
  const value = sign(hash, document, privateKey)
  const key = algorithm.startsWith('rsa')
    ? { key: publicKey, padding: constants.RSA_PKCS1_PADDING }
    : publicKey
  const began = performance.now()
  for (let done = 0; done < count; done += atOnce) {
    const asked = Array.from({ length: Math.min(atOnce, count - done) }, () =>
      isRight(hash, document, key, value),
    )
    if ((await Promise.all(asked)).includes(false)) throw new Error(`${algorithm}: a wrong signature`)
  }
  return performance.now() - began
}

function isRight(...question) {
  return new Promise((resolve, reject) => {
    verify(...question, (error, result) => (error === null ? resolve(result) : reject(error)))
  })
}
