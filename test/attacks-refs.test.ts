import { existsSync, linkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { branch, commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import { packOf } from './support/objects.ts'
import { receivePack } from './support/receive-pack.ts'
import type { Server } from './support/repository.ts'
import { suite } from './support/suite.ts'
import { assertAccepted, assertRefused, declareOn } from './support/verdicts.ts'

/*
 * Names that lead to what is protected, or to what nobody verified: symbolic refs, tags, what is not there yet. Such refs
 * are the admin's; what a pusher can make of them is not.
 */
const alice = makeKey()
const configuration = 'keys = @KEYS@\n[protect "refs/heads/kept/*"]\n[protect "refs/tags/kept/*"]\n'
const options = { configuration, trusted: [alice] }

/** `free` has an unsigned commit that nothing verified; `kept/main` is verified. */
function seeded(server: Server) {
  return server.seed([commit('base', alice), branch('kept/main', []), branch('free', [commit('u')])])
}

const names = suite('attacks: names that lead elsewhere')

declareOn(names, 'a second name for the branch behind a protected one', options, async on => {
  const base = seeded(on)
  on.setRef('refs/heads/real', base.oid('base'))
  on.git('symbolic-ref', 'refs/heads/kept/link', 'refs/heads/real')
  on.git('symbolic-ref', 'refs/heads/other', 'refs/heads/real')
  on.git('symbolic-ref', 'refs/heads/harmless', 'refs/heads/free')
  const history = on.write([commit('next', alice), branch('more', [commit('v')])], base)
  const expected = { 'refs/heads/other': ['symbolic-ref'] }
  assertRefused(on, await on.push([`${history.oid('v')}:other`]), expected, history)
  assert.is(on.refs().get('refs/heads/kept/link'), base.oid('base'))
  const further = on.write([branch('free', [commit('w')])], history)
  assertAccepted(on, await on.push([`${further.oid('w')}:harmless`]))
})

declareOn(names, 'a protected name that leads to a branch which is not there', options, async on => {
  const base = seeded(on)
  on.git('symbolic-ref', 'refs/heads/kept/latest', 'refs/heads/next')
  const history = on.write([], base)
  const expected = { 'refs/heads/next': ['symbolic-ref'] }
  assertRefused(on, await on.push([`${base.oid('u')}:next`]), expected, history)
  assert.is(on.refs().get('refs/heads/kept/latest'), undefined)
  assertAccepted(on, await on.push([`${base.oid('u')}:next-to-it`]))
})

declareOn(names, 'a symbolic ref vouches for nothing that it leads to', options, async on => {
  const base = seeded(on)
  on.git('symbolic-ref', 'refs/heads/kept/link', 'refs/heads/free')
  const history = on.write([branch('top', [commit('s', alice)])], base)
  const expected = { 'refs/heads/kept/new': ['u: unsigned'] }
  assertRefused(on, await on.push([`${base.oid('u')}:kept/new`]), expected, history)
  assertAccepted(on, await on.push([`${history.oid('s')}:kept/new`]))
})

declareOn(names, 'a tag vouches for no branch', options, async on => {
  const base = seeded(on)
  on.setRef('refs/tags/kept/v1', base.oid('u')) // as it can stand there from before
  const history = on.write([branch('top', [commit('s', alice)])], base)
  const expected = { 'refs/heads/kept/new': ['u: unsigned'] }
  assertRefused(on, await on.push([`${base.oid('u')}:kept/new`]), expected, history)
  assertAccepted(on, await on.push([`${history.oid('s')}:kept/new`]))
})

declareOn(names, 'another spelling, where the file system takes both for one', options, async on => {
  const base = seeded(on)
  const history = on.write([branch('good', [commit('s', alice)])], base)
  const bad = base.oid('u')
  linkSync(join(on.gitDir, 'HEAD'), join(on.gitDir, 'head')) // as such a file system shows it
  for (const name of ['Kept/main', 'KEPT/new', 'kep\u200ct/main', '\u212aept/main'])
    assertRefused(
      on,
      await on.push([`${bad}:${name}`]),
      { [`refs/heads/${name}`]: ['symbolic-ref'] },
      history,
    )
  const replacement = `refs/Replace/${base.oid('base')}`
  assertRefused(on, await on.push([`${bad}:${replacement}`]), { [replacement]: ['symbolic-ref'] }, history)
  const twin = { 'refs/heads/kept/MAIN': ['symbolic-ref'] }
  assertRefused(on, await on.push([`${base.oid('base')}:kept/MAIN`]), twin, history)
  const both = ['refs/heads/kept/New', 'refs/heads/kept/new']
  const twins = Object.fromEntries(both.map(ref => [ref, ['symbolic-ref']]))
  assertRefused(on, await on.push(both.map(ref => `${base.oid('base')}:${ref}`)), twins, history)
  assertAccepted(on, await on.push([`${history.oid('s')}:kept/main`, `${history.oid('s')}:kept/New`]))
  assertAccepted(on, await on.push([`${bad}:Other`]))
  rmSync(join(on.gitDir, 'head'))
  assertAccepted(on, await on.push([`${bad}:Kept/main`]))
})

const shellNames = [
  '$(touch${IFS}owned)',
  '`touch${IFS}owned`',
  ';touch${IFS}owned;',
  "'&>owned'",
  '-c',
  '--all',
]
for (const name of shellNames)
  declareOn(names, `a name that a shell or an option parser would take apart: ${name}`, options, async on => {
    const base = seeded(on)
    const history = on.write([branch('good', [commit('s', alice)])], base)
    const ref = `refs/heads/kept/${name}`
    assertRefused(on, await on.push([`${base.oid('u')}:${ref}`]), { [ref]: ['u: unsigned'] }, history)
    assertAccepted(on, await on.push([`${history.oid('s')}:${ref}`]))
    assert.is(on.refs().get(ref), history.oid('s'))
    for (const folder of ['/', on.gitDir, on.client]) assert.ok(!existsSync(join(folder, 'owned')), folder)
  })

declareOn(names, 'a name thousands of folders deep', options, async on => {
  const base = seeded(on)
  const history = on.write([branch('next', [commit('s', alice)])], base)
  const deep = (name: string, length: number) =>
    `refs/heads/kept/${name}${'/d'.repeat(2000)}`.slice(0, length)
  for (const length of [1025, 3901]) {
    const refused = await on.push([`${history.oid('s')}:${deep('x', length)}`])
    assert.is(refused.accepted, false, refused.output)
    assert.is(on.decisions().at(-1).fault, 'the push is malformed: a ref update is malformed')
  }
  // one that was there before the hook was holds up nothing
  on.setRef(deep('y', 3901), base.oid('base'))
  assertAccepted(on, await on.push([`${history.oid('s')}:kept/main`]))
  assertAccepted(on, await on.push([`${history.oid('s')}:${deep('z', 1023)}`]))
  on.git('update-ref', '-d', deep('y', 3901)) // Node.js could not remove it with the rest
})

names.run()

const spoken = suite('attacks: what no client sends')
const zero = '0'.repeat(40)

declareOn(spoken, 'from nothing to nothing, beside a good update', options, async on => {
  const base = seeded(on)
  const history = on.write([branch('good', [commit('s', alice)])], base)
  const good = { before: base.oid('base'), after: history.oid('s'), ref: 'refs/heads/kept/main' }
  const pack = packOf('sha1', history.objects)
  const before = on.refs()
  const nothing = { before: zero, after: zero, ref: 'refs/heads/kept/x' }
  const refused = await receivePack(on.gitDir, { commands: [nothing, good], pack })
  assert.is(refused.refs.get(good.ref), 'pre-receive hook declined', JSON.stringify([...refused.refs]))
  assert.equal(on.refs(), before)
  const accepted = await receivePack(on.gitDir, { commands: [good], pack })
  assert.is(accepted.refs.get(good.ref), 'ok', accepted.remote.join('\n'))
})

declareOn(
  spoken,
  'the deletion of what is not there, and a new branch that claims to be old',
  options,
  async on => {
    const base = seeded(on)
    const history = on.write([branch('good', [commit('s', alice)])], base)
    const pack = packOf('sha1', history.objects)
    const gone = { before: base.oid('base'), after: zero, ref: 'refs/heads/kept/gone' }
    const deleted = await receivePack(on.gitDir, { commands: [gone] })
    assert.is(deleted.refs.get(gone.ref), 'pre-receive hook declined')
    assert.equal(on.decisions().at(-1).refs[0].reason, 'deletion')
    // claimed to stand where it would be verified: the walk goes by the server, for which the branch is new
    const old = { before: base.oid('u'), after: base.oid('u'), ref: 'refs/heads/kept/old' }
    const claimed = await receivePack(on.gitDir, { commands: [old], pack })
    assert.is(claimed.refs.get(old.ref), 'pre-receive hook declined')
    assert.equal(
      on
        .decisions()
        .at(-1)
        .refs[0].commits.map(({ code }: { code: string }) => code),
      ['unsigned'],
    )
    const fresh = { before: zero, after: history.oid('s'), ref: 'refs/heads/kept/new' }
    const accepted = await receivePack(on.gitDir, { commands: [{ ...fresh, after: base.oid('base') }], pack })
    assert.is(accepted.refs.get(fresh.ref), 'ok', accepted.remote.join('\n'))
  },
)

spoken.run()
