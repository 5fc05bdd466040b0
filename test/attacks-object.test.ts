import type { Attack } from './support/attacks.ts'
import { declareAttacks } from './support/attacks.ts'
import type { Step } from './support/history.ts'
import { commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { text } from './support/packets.ts'
import { suite } from './support/suite.ts'

/*
 * A genuine signature in an object that says something else than was signed, or that git and another reader would
 * take apart differently (CVE-2026-44309): moved, doubled, put elsewhere, or with other content around it.
 */
const alice = makeKey()

/** A signed commit whose bytes are changed afterwards. */
function changed(name: string, change: (object: string) => string, headers: readonly string[] = []): Step {
  return commit(name, alice, {
    headers,
    rewrite: object => {
      const before = Buffer.from(object).toString('latin1')
      const after = change(before)
      if (after === before) throw new Error(`${name}: nothing was changed`)
      return Buffer.from(after, 'latin1')
    },
  })
}

const header = /^gpgsig .*\n(?: .*\n)*/m
const taken = (object: string) => header.exec(object)?.[0] ?? ''
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'

const content: readonly Attack[] = [
  {
    name: 'another tree',
    code: 'bad-signature',
    refused: changed('tree', object => object.replace(/^tree .*/, `tree ${emptyTree}`)),
    accepted: commit('the tree that was signed', alice, { files: {} }),
  },
  {
    name: 'a parent more',
    code: 'bad-signature',
    refused: changed('parent more', object => object.replace(/^(parent .*\n)/m, '$1$1')),
    accepted: commit('one parent', alice),
  },
  {
    name: 'a parent less',
    code: 'bad-signature',
    refused: changed('parent less', object => object.replace(/^parent .*\n/m, '')),
    accepted: commit('its parent', alice),
  },
  {
    name: 'another committer',
    code: 'bad-signature',
    refused: changed('committer', object => object.replace('committer Alice', 'committer Mallory')),
    accepted: commit('a committer who is not the author', alice, { committer: 'Mallory <m@example.org>' }),
  },
  {
    name: 'a header behind the signature',
    code: 'bad-signature',
    refused: changed('header behind', object => object.replace('\n\n', '\nnote x\n\n')),
    accepted: changed(
      'a header that was signed, moved in front of by the signature: the same bytes are signed',
      object => `${object.replace('note x\n', '').replace('\n\n', '\nnote x\n\n')}`,
      ['note x'],
    ),
  },
  {
    name: 'the signature of a tag',
    code: 'bad-signature',
    refused: commit('of a tag', alice, {
      signature: () => alice.sign(text(`object ${'1'.repeat(40)}\ntype commit\ntag v1\n\nv1\n`)),
    }),
    accepted: commit('its own', alice),
  },
]

const places: readonly Attack[] = [
  {
    name: 'the signature twice',
    code: 'several-signatures',
    refused: changed('twice', object => object.replace(header, `${taken(object)}${taken(object)}`)),
    accepted: commit('once', alice),
  },
  {
    name: 'a header for each line of the armor, which git joins',
    code: 'several-signatures',
    refused: changed('lines', object => object.replace(header, lines => lines.replace(/^ /gm, 'gpgsig '))),
    accepted: commit('one header', alice),
  },
  {
    name: 'the signature in front of the author',
    code: 'malformed-commit',
    refused: changed('front', object =>
      object.replace(header, '').replace(/^author/m, `${taken(object)}author`),
    ),
    accepted: commit('behind the committer', alice),
  },
  {
    name: 'the signature as lines of the author',
    code: 'malformed-commit',
    refused: changed('author', object =>
      object.replace(header, '').replace(/^author .*\n/m, line => `${line} ${taken(object).slice(7)}`),
    ),
    accepted: commit('an author of one line', alice),
  },
  {
    name: 'the signature as lines of another header',
    code: 'unsigned',
    refused: changed('note', object =>
      object.replace(header, lines => `note\n ${lines}`).replace(/^note$/m, 'note x'),
    ),
    accepted: commit('another header over several lines', alice, { headers: ['note x\n gpgsig y'] }),
  },
  {
    name: 'content in a header that git leaves out of what is signed',
    code: 'malformed-commit',
    refused: changed('hidden', object => object.replace(/^gpgsig/m, 'gpgsig-note hidden\ngpgsig')),
    accepted: commit('content in a header that is signed', alice, { headers: ['note shown'] }),
  },
  {
    name: 'a tab behind the header’s name',
    code: 'malformed-commit',
    refused: changed('tab', object => object.replace(/^gpgsig /m, 'gpgsig\t')),
    accepted: commit('a space', alice),
  },
  {
    name: 'no committer',
    code: 'malformed-commit',
    refused: changed('nobody', object => object.replace(/^committer .*\n/m, '')),
    accepted: commit('a committer', alice),
  },
  {
    name: 'a parent in capitals, which git reads too',
    code: 'malformed-commit',
    refused: changed('capitals', object =>
      object.replace(/^parent .*/m, line => `parent ${line.slice(7).toUpperCase()}`),
    ),
    accepted: commit('in small letters', alice),
  },
  {
    name: 'headers without an end',
    code: 'malformed-commit',
    refused: changed('endless', object => object.slice(0, object.indexOf('\n\n') + 1)),
    accepted: commit('headers with an end and no message', alice, { message: '' }),
  },
]

const signed = suite('attacks: other content than was signed')
declareAttacks(signed, [alice], content)
signed.run()

const placed = suite('attacks: a signature where git reads none, or another')
declareAttacks(placed, [alice], places)
placed.run()
