import * as assert from 'uvu/assert'
import { commit } from './support/history.ts'
import { makeKey } from './support/keys.ts'
import type { MarkedServer } from './support/marked.ts'
import { makeMarked } from './support/marked.ts'
import { misbehavingGit } from './support/misbehaving-git.ts'
import { writeObjects } from './support/objects.ts'
import { suite } from './support/suite.ts'

/*
 * The sync tag where no recovery key is named, and between the moment in which a run of post-receive has read it and that
 * in which it moves it.
 */
const alice = makeKey()
const test = suite('attacks: sync tag')
const ref = 'refs/tags/verified/main'

async function marked(action: (server: MarkedServer) => Promise<void>): Promise<void> {
  const server = makeMarked({ trusted: [alice] })
  try {
    await action(server)
  } finally {
    server.close()
  }
}

test('no recovery key is named: nobody pushes one, whoever signed it', () =>
  marked(async server => {
    const history = server.write([commit('one', alice), commit('two', alice)])
    assert.ok((await server.push([`${history.oid('one')}:refs/heads/main`])).accepted)
    const before = server.refs()
    for (const signer of [server.signingKey, alice, makeKey({ name: 'Mallory' }), null]) {
      const tag = server.tag(history.oid('one'), signer)
      writeObjects(server.client, 'sha1', [tag])
      const { accepted, codes, output } = await server.push([`+${tag.oid}:${ref}`])
      assert.equal([accepted, codes], [false, ['sync-tag']], output)
    }
    assert.equal(server.refs(), before)
    assert.ok((await server.push([`${history.oid('two')}:refs/heads/main`])).accepted)
    assert.is(server.mark()?.commit, history.oid('two'))
  }))

test('moved by another run meanwhile: not back', () =>
  marked(async server => {
    const history = server.write([commit('one', alice), commit('two', alice), commit('three', alice)])
    const [one, two, three] = ['one', 'two', 'three'].map(name => history.oid(name))
    assert.ok((await server.push([`${one}:refs/heads/main`])).accepted)
    const newer = server.tag(history.oid('three'))
    writeObjects(server.gitDir, 'sha1', [...history.objects, newer])
    server.git('update-ref', 'refs/heads/main', two ?? '')
    const wrapped = misbehavingGit(server)
    const meanwhile = `real update-ref refs/heads/main ${three}; real update-ref ${ref} ${newer.oid}`
    wrapped.spoil('update-ref-1', `${meanwhile}; real "$@"; exit`)
    const run = await server.refwarden(['post-receive', '--config', server.config], {
      input: `${one} ${two} refs/heads/main\n`,
      env: { GIT_DIR: server.gitDir, PATH: wrapped.path },
    })
    assert.equal([run.exit, run.stderr], [0, ''])
    assert.equal(server.mark(), { oid: newer.oid, commit: three })
  }))

test.run()
