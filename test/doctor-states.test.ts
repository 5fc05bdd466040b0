// `refwarden doctor` beyond the hooks: each state made for real, found, and shown by a push where git makes something of it.
import { appendFileSync, chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { findingCodes } from '../src/core/finding.ts'
import type { State } from './support/doctor.ts'
import { alice, codesIn, declareStates, edit, found, hookOf, withServer } from './support/doctor.ts'
import { makeKey } from './support/keys.ts'
import { bundle } from './support/paths.ts'
import { run } from './support/repository.ts'
import { now } from './support/signature-packet.ts'
import { suite } from './support/suite.ts'

const day = 86_400

const states: Readonly<Record<string, State>> = {
  'no post-receive': {
    code: 'post-receive-missing',
    effect: null,
    spoil: it => rmSync(join(it.gitDir, 'hooks/post-receive')),
  },
  'a configuration that is broken': {
    code: 'config-broken',
    effect: 'holds',
    spoil: it => appendFileSync(it.config, 'mood = all\n'),
  },
  'a configuration that others may write': {
    code: 'config-broken',
    effect: 'holds',
    spoil: it => chmodSync(it.config, 0o666),
  },
  'nothing is protected': {
    code: 'nothing-protected',
    effect: 'opens',
    spoil: it => edit(it.config, text => text.replace('mode = all', 'mode = none')),
  },
  'a pattern with a slip': {
    code: 'pattern-matches-nothing',
    effect: 'opens',
    also: ['head-unprotected'],
    spoil: it => edit(it.config, text => text.replace('refs/heads/main', 'refs/heads/mian')),
  },
  'another branch is HEAD': {
    code: 'head-unprotected',
    effect: null,
    spoil: it => void it.git('symbolic-ref', 'HEAD', 'refs/heads/trunk'),
  },
  'two patterns for one ref': {
    code: 'patterns-tie',
    effect: 'holds',
    also: ['pattern-matches-nothing'],
    spoil: it =>
      edit(it.config, text =>
        text.replace(
          '[protect "refs/heads/main"]',
          '[protect "refs/heads/*ain"]\n[protect "refs/heads/mai*"]',
        ),
      ),
  },
  'no key': {
    code: 'keys-broken',
    effect: 'holds',
    spoil: it => it.distrust(alice),
  },
  'a key file that others may write': {
    code: 'keys-broken',
    effect: 'holds',
    spoil: it => chmodSync(join(it.keys, `${alice.fingerprint}.asc`), 0o666),
  },
  'nobody can sign': {
    code: 'no-signer',
    effect: 'holds',
    also: ['key-expired'],
    spoil: it => {
      it.distrust(alice)
      it.trust(alice.with({ expires: now() - day }))
    },
  },
  'a key has expired': {
    code: 'key-expired',
    effect: null,
    spoil: it => it.trust(makeKey({ name: 'Bob', expires: now() - day })),
  },
  'a key expires within 30 days': {
    code: 'key-expiring',
    effect: null,
    spoil: it => it.trust(makeKey({ name: 'Bob', expires: now() + 29 * day })),
  },
  'a key is revoked': {
    code: 'key-revoked',
    effect: null,
    spoil: it => it.trust(makeKey({ name: 'Bob', revoked: { at: now() - day, reason: 2 } })),
  },
  'a key is of no use': {
    code: 'key-unusable',
    effect: null,
    spoil: it => it.trust(makeKey({ name: 'Bob', algorithm: 'rsa1024' })),
  },
  'the signing key is gone': {
    code: 'signing-key-broken',
    effect: null,
    spoil: it => rmSync(it.secretFile),
  },
  'a sync tag that was put back': {
    code: 'sync-tag-locked',
    effect: 'holds',
    spoil: it => it.putTag(it.tag(it.refs().get('refs/heads/main') as never, alice)),
  },
  'a sync tag that lags': {
    code: 'sync-tag-lags',
    effect: null,
    spoil: it => it.putTag(it.tag(it.git('rev-parse', 'main~1').trim() as never)),
  },
  'a branch without a sync tag': { code: 'sync-tag-missing', effect: null, spoil: it => it.putTag(null) },
  'hooks that all may write': {
    code: 'others-write',
    effect: null,
    spoil: it => chmodSync(join(it.gitDir, 'hooks'), 0o777),
  },
  'a hook that its group may write': {
    code: 'group-writes',
    effect: null,
    spoil: it => chmodSync(hookOf(it), 0o775),
  },
  'receive.shallowUpdate': {
    code: 'shallow-update',
    effect: null,
    spoil: it => void it.git('config', 'receive.shallowUpdate', 'true'),
  },
  'a shallow repository': {
    code: 'shallow',
    effect: null,
    spoil: it => writeFileSync(join(it.gitDir, 'shallow'), it.git('rev-parse', 'main')),
  },
  grafts: {
    code: 'grafts',
    effect: null,
    spoil: it => {
      mkdirSync(join(it.gitDir, 'info'), { recursive: true })
      writeFileSync(join(it.gitDir, 'info/grafts'), it.git('rev-parse', 'main'))
    },
  },
  'a replacement': {
    code: 'replace-refs',
    effect: null,
    spoil: it =>
      void it.git('replace', it.git('rev-parse', 'main').trim(), it.git('rev-parse', 'main~1').trim()),
  },
  'borrowed objects': {
    code: 'alternates',
    effect: null,
    spoil: it => {
      mkdirSync(join(it.gitDir, 'objects/info'), { recursive: true })
      writeFileSync(join(it.gitDir, 'objects/info/alternates'), `${it.client}/objects\n`)
    },
  },
  'a work tree': { code: 'not-bare', effect: null, spoil: it => void it.git('config', 'core.bare', 'false') },
  'receive.fsckObjects is off': {
    code: 'fsck-objects',
    effect: null,
    spoil: it => void it.git('config', 'receive.fsckObjects', 'false'),
  },
  'a log that is a folder': {
    code: 'log-unwritable',
    effect: 'holds',
    spoil: it => {
      rmSync(join(it.gitDir, 'refwarden.jsonl'), { force: true })
      mkdirSync(join(it.gitDir, 'refwarden.jsonl'))
    },
  },
  'a log in a folder that is missing': {
    code: 'log-unwritable',
    effect: 'holds',
    spoil: it => edit(it.config, text => `log = /nowhere/log\n${text}`),
  },
  'a log command that is gone': {
    code: 'log-command-missing',
    effect: 'holds',
    spoil: it => edit(it.config, text => `log-command = no-such-logger -t x\n${text}`),
  },
}

const test = suite('doctor: states')
/** In doctor-hooks.test.ts, in doctor.test.ts, and below. */
const elsewhere = /^hook|^former|^binary|^other-|^not-examined$|^clock-behind$/
declareStates(
  test,
  states,
  findingCodes.filter(code => !elsewhere.test(code)),
)

test('the clock is behind the program', async () => {
  await withServer(async server => {
    const preload = join(server.folder, 'clock.cjs')
    writeFileSync(preload, 'const past = Date.UTC(2020, 0, 1)\nDate.now = () => past\n')
    const args = ['--require', preload, bundle, 'doctor', '--json', server.gitDir]
    const { stdout } = await run(process.execPath, args)
    assert.ok(codesIn(stdout).includes('clock-behind'), stdout)
    assert.not.ok((await found(server)).includes('clock-behind'))
  })
})

test('another configuration than the one of the hook', async () => {
  await withServer(async server => {
    const copy = join(server.folder, 'other.ini')
    writeFileSync(copy, readFileSync(server.config))
    assert.equal(await found(server, {}, ['--config', copy]), ['other-config'])
    assert.equal(await found(server, {}, ['--config', server.config]), [])
  })
})

test('no repository', async () => {
  await withServer(async server => {
    const { exit, stdout } = await server.refwarden(['doctor', '--json', server.keys, server.gitDir])
    assert.is(exit, 2)
    assert.equal(codesIn(stdout), ['not-examined'])
    assert.match(stdout, `${server.keys}: not a git repository`)
  })
})

test.run()
