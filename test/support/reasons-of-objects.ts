import type { ObjectFormat } from '../../src/core/oid.ts'
import type { Cast } from './cast.ts'
import type { Step } from './history.ts'
import { commit } from './history.ts'
import { armor, unarmor } from './packets.ts'
import type { ReasonCase } from './reasons.ts'
import { mergetag } from './reasons-of-signatures.ts'

/** Reasons that lie in the object around the signature; all of these are signed over just these bytes. */
export function objectReasons({ alice }: Cast, format: ObjectFormat): readonly ReasonCase[] {
  const line = (count: number) => Array.from({ length: count }, (_, index) => `note ${index}`)
  const own = format === 'sha256' ? 'gpgsig-sha256' : 'gpgsig'
  const commented = (comments: number) => (payload: Uint8Array) =>
    armor(unarmor(alice.sign(payload)), {
      headers: Array.from({ length: comments }, () => `Comment: ${'x'.repeat(60)}`),
    })
  return [
    {
      code: 'malformed-commit',
      refused: [
        commit('a header that git takes out and does not read', alice, { headers: [`${own}-2 x`] }),
        commit('a second author', alice, { headers: ['author Mallory <m@example.org> 1 +0000'] }),
        commit('a second committer', alice, { headers: ['committer Mallory <m@example.org> 1 +0000'] }),
        commit('a second tree', alice, { headers: [`tree ${'1'.repeat(format === 'sha256' ? 64 : 40)}`] }),
        commit('a parent behind the committer', alice, {
          headers: [`parent ${'1'.repeat(format === 'sha256' ? 64 : 40)}`],
        }),
        commit('two encodings', alice, { headers: ['encoding UTF-8', 'encoding ISO-8859-1'] }),
        commit('a NUL in the message', alice, { message: 'one\0two\n' }),
        commit('a NUL in a header', alice, { headers: ['note a\0b'] }),
        commit('a header without a value', alice, { headers: ['note'] }),
      ],
      accepted: honest(alice),
    },
    {
      code: 'too-large',
      refused: [
        commit('a message of 2 MiB', alice, { message: 'x'.repeat(2 << 20) }),
        commit('200,000 headers', alice, { headers: line(200_000) }),
        commit('headers of 600 KiB', alice, {
          headers: Array.from({ length: 600 }, () => `n ${'x'.repeat(1022)}`),
        }),
        commit('a signature of 80 KiB', alice, { signature: commented(1200) }),
      ],
      accepted: [
        commit('a message of 900 KiB', alice, { message: 'x'.repeat(900 << 10) }),
        commit('900 headers', alice, { headers: line(900) }),
        commit('a signature of 40 KiB', alice, { signature: commented(600) }),
      ],
    },
  ]
}

/** What honest programs have made, however odd it looks. */
function honest(alice: Cast['alice']): readonly Step[] {
  return [
    commit('an empty message', alice, { message: '' }),
    commit('blank lines only', alice, { message: '\n\n\n' }),
    commit('a message without a line end', alice, { message: 'end' }),
    commit('a message that is not UTF-8', alice, { message: Uint8Array.of(0xff, 0xfe, 0xc3, 0x28, 0x0a) }),
    commit('a Latin-1 author with its encoding', alice, {
      headers: ['encoding ISO-8859-15'],
      message: Uint8Array.of(0xe4, 0xf6, 0xfc, 0xa4, 0x0a),
    }),
    commit("Mercurial's headers", alice, { headers: ['HG:extra rebase_source:1f2e', 'HG:rename-source hg'] }),
    commit("Jujutsu's header", alice, { headers: ['change-id zqkwmxnrpstvlyokuozmqwxyprstlnvk'] }),
    commit('a header over several lines', alice, { headers: ['note one\n two\n \n three'] }),
    commit('a merged tag', alice, { headers: [mergetag(alice)] }),
    commit('header lines in the message', alice, { message: 'tree\n\nparent x\nauthor y\ngpgsig z\n' }),
    commit('nobody by name', alice, { author: '<>' }),
  ]
}
