// Whose key signed: addresses, and the file of pushers.
import * as assert from 'uvu/assert'
import { Fault } from '../../src/core/fault.ts'
import { identityObjection } from '../../src/core/identity.ts'
import { isSameMailbox, mailboxIn, plainMailboxes } from '../../src/core/mailbox.ts'
import { parsePushers } from '../../src/core/pushers.ts'
import { makeKey } from '../support/keys.ts'
import { suite } from '../support/suite.ts'
import { partOf } from './part.ts'

const test = suite('identity')
const alice = makeKey({ name: 'Alice' })
const part = partOf(alice)

const mailboxes: readonly [text: string, mailbox: string | null][] = [
  ['Alice <alice@example.org>', 'alice@example.org'],
  ['Alice (work) <alice@example.org>', 'alice@example.org'],
  ['<alice@example.org>', 'alice@example.org'],
  ['alice@example.org', 'alice@example.org'],
  ['Älice <älice@exämple.org>', 'älice@exämple.org'],
  ['Alice', null],
  ['', null],
  ['Alice <>', null],
  ['Alice <alice>', null],
  ['Alice <@example.org>', null],
  ['Alice <alice@>', null],
  ['Alice <alice@example.org> ', null],
  ['Alice <alice@example.org> <mallory@example.org>', null],
  ['alice@example.org <mallory@example.org', null],
  ['Alice <alice@example.org>x', null],
  ['Alice <alice@ example.org>', null],
  ['Alice <alice@example.org\x00>', null],
  ['Alice <alice@example.org\u202e>', null],
  ['Alice <a@b@example.org>', null],
  ['alice@example.org, bob@example.org', null],
]

for (const [text, mailbox] of mailboxes)
  test(`the address in ${JSON.stringify(text)}`, () => assert.is(mailboxIn(text), mailbox))

test('addresses are the same without regard to the case of the domain alone, and as a whole', () => {
  assert.ok(isSameMailbox('alice@example.org', 'alice@EXAMPLE.org'))
  for (const other of [
    'Alice@example.org',
    'alice@example.org.evil',
    'xalice@example.org',
    'alice@example.or',
    'alice@exampl\u0435.org',
    'al\u0131ce@example.org',
    'alice@example\u3002org',
  ])
    assert.not.ok(isSameMailbox('alice@example.org', other), other)
  // the Kelvin sign is no k of ASCII
  assert.not.ok(isSameMailbox('a@k.org', 'a@\u212a.org'))
})

test('a pattern of OpenSSH is no address', () => {
  assert.equal(plainMailboxes(['a@b.org', '*@b.org', 'a@?.org', '!c@b.org', 'root']), ['a@b.org'])
})

test('the committer', () => {
  const by = (ident: string) => identityObjection(part, { ident, wanted: { committer: true, pusher: null } })
  assert.is(by('Anybody <alice@example.org>'), null)
  assert.is(by('Alice <alice@EXAMPLE.ORG>'), null)
  for (const ident of [
    'Alice <bob@example.org>',
    'Alice <ALICE@example.org>',
    'alice',
    'x <alice@example.org> <y>',
  ])
    assert.is(by(ident), 'not-committer', ident)
  const nobody = partOf(alice, { mailboxes: [] })
  const claim = { ident: 'Alice <alice@example.org>', wanted: { committer: true, pusher: null } }
  assert.is(identityObjection(nobody, claim), 'not-committer')
})

test('the pusher: by the key or by its primary key', () => {
  const by = (...fingerprints: readonly string[]) =>
    identityObjection(partOf(alice, { fingerprint: 'SUB' }), {
      ident: '',
      wanted: { committer: false, pusher: new Set(fingerprints) },
    })
  assert.is(by(alice.fingerprint), null)
  assert.is(by('OTHER', 'SUB'), null)
  assert.is(by(), 'not-pusher')
  assert.is(by('OTHER', alice.keyId), 'not-pusher')
})

test('both: the committer first', () => {
  const wanted = { committer: true, pusher: new Set<string>() }
  assert.is(identityObjection(part, { ident: '', wanted }), 'not-committer')
  assert.is(identityObjection(part, { ident: 'alice@example.org', wanted }), 'not-pusher')
})

const one = 'A'.repeat(40)
const ssh = `SHA256:${'b+/'.repeat(14)}x`

test('the file of pushers', () => {
  const text = `# names\n\nalice = ${one.toLowerCase()}\r\n ; \u200b a note\nBob Smith\t=${'B'.repeat(64)} , ${ssh}\n`
  const pushers = parsePushers('/p', text)
  assert.equal([...pushers.keys()], ['alice', 'Bob Smith'])
  assert.equal([...(pushers.get('alice') ?? [])], [one])
  assert.equal([...(pushers.get('Bob Smith') ?? [])], ['B'.repeat(64), ssh])
  assert.is(parsePushers('/p', '').size, 0)
})

const wrong: readonly [line: string, what: RegExp][] = [
  ['alice', /'alice' names no user and keys/],
  [`= ${one}`, /names no user/],
  ['alice =', /'' is not the fingerprint/],
  [`alice = ${one},`, /'' is not the fingerprint/],
  ['alice = 0123456789ABCDEF', /'0123456789ABCDEF' is not the fingerprint/],
  [`alice = ${one} # hers`, /is not the fingerprint/],
  [`alice = ${one}0`, /is not the fingerprint/],
  ['alice = SHA256:short', /is not the fingerprint/],
  [`al\u200bice = ${one}`, /the character U\+200B/],
  [`bob = ${one}\nbob = ${one}`, /:3: 'bob' stands here twice/],
]

for (const [line, what] of wrong)
  test(`a file of pushers with ${JSON.stringify(line)} is a fault with its line`, () => {
    const at = line.includes('\n') ? 3 : 2
    assert.throws(
      () => parsePushers('/p', `# first\n${line}\n`),
      (error: unknown) =>
        error instanceof Fault && error.message.startsWith(`/p:${at}: `) && what.test(error.message),
    )
  })

test.run()
