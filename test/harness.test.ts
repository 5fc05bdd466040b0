// Each way in which a test file could pass without testing anything, run through the real runner: it must fail.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { root } from './support/paths.ts'
import { suite } from './support/suite.ts'

const head = `import * as assert from 'uvu/assert'
import { suite } from '${join(root, 'test/support/suite.ts')}'
const test = suite('inner')
`
const one = `test('one', () => { assert.ok(true) })\n`
const run = 'test.run()\n'

type Broken = {
  readonly source: string
  readonly says: RegExp
  readonly counts: string
  readonly limit?: number
}

const broken: Record<string, Broken> = {
  'a failing assertion': {
    source: `${head}${one}test('two', () => { assert.is(1, 2) })\n${run}`,
    says: /Expected values to be strictly equal/,
    counts: '1 passed, 1 failed, 0 skipped',
  },
  'a forgotten run()': {
    source: `${head}${one}`,
    says: /run\(\) is missing/,
    counts: '0 passed, 2 failed, 0 skipped',
  },
  'one of two suites without run()': {
    source: `${head}${one}${run}const other = suite('other')\nother('two', () => { assert.ok(true) })\n`,
    says: /suite 'other': run\(\) is missing/,
    counts: '1 passed, 2 failed, 0 skipped',
  },
  'before that throws': {
    source: `${head}test.before(() => { throw new Error('no floor') })\n${one}${run}`,
    says: /before threw Error: no floor/,
    counts: '0 passed, 2 failed, 0 skipped',
  },
  'before.each that throws': {
    source: `${head}test.before.each(() => { throw new Error('no floor') })\n${one}${run}`,
    says: /before\.each threw Error: no floor/,
    counts: '0 passed, 2 failed, 0 skipped',
  },
  'after that throws': {
    source: `${head}test.after(() => { throw new Error('no roof') })\n${one}${run}`,
    says: /after threw Error: no roof/,
    counts: '1 passed, 2 failed, 0 skipped',
  },
  'after.each that throws': {
    source: `${head}test.after.each(() => { throw new Error('no roof') })\n${one}test('two', () => { assert.ok(true) })\n${run}`,
    says: /after\.each threw Error: no roof/,
    counts: '1 passed, 3 failed, 0 skipped',
  },
  '.only left in': {
    source: `${head}${one}test.only('two', () => { assert.ok(true) })\n${run}`,
    says: /\.only is left in at 'two'/,
    counts: '1 passed, 2 failed, 0 skipped',
  },
  'a test that asserts nothing': {
    source: `${head}${one}test('two', () => {})\n${run}`,
    says: /'two' asserts nothing/,
    counts: '1 passed, 1 failed, 0 skipped',
  },
  'an assertion that is not awaited': {
    source: `${head}import { rejects } from '${join(root, 'test/support/assert.ts')}'
test('two', () => { assert.ok(true); void rejects(Promise.reject(new Error('x'))) })\n${run}`,
    says: /'two' ended before its assertion/,
    counts: '0 passed, 1 failed, 0 skipped',
  },
  'an assertion after the end of its test': {
    source: `${head}test('two', () => { assert.ok(true); setTimeout(() => assert.ok(true), 20) })\n${run}`,
    says: /an await is missing/,
    counts: '1 passed, 1 failed, 0 skipped',
  },
  'a promise handed to not.throws': {
    source: `${head}test('two', () => { assert.not.throws(async () => { await null }) })\n${run}`,
    says: /a promise does not throw/,
    counts: '0 passed, 1 failed, 0 skipped',
  },
  'an unhandled rejection': {
    source: `${head}test('two', () => { assert.ok(true); void Promise.reject(new Error('lost')) })\n${run}`,
    says: /unhandled rejection: Error: lost/,
    counts: '1 passed, 1 failed, 0 skipped',
  },
  'an unhandled rejection after the end': {
    source: `${head}${one}setTimeout(() => { void Promise.reject(new Error('lost')) }, 50)\n${run}`,
    says: /unhandled rejection: Error: lost/,
    counts: '1 passed, 1 failed, 0 skipped',
  },
  'an exit in the middle': {
    source: `${head}${one}test('two', () => { process.exit(0) })\n${run}`,
    says: /2 tests are declared, 1 were run/,
    counts: '1 passed, 1 failed, 0 skipped',
  },
  'a promise that never settles': {
    source: `${head}${one}test('two', () => new Promise(() => {}))\n${run}`,
    says: /2 tests are declared, 1 were run/,
    counts: '1 passed, 1 failed, 0 skipped',
  },
  'a process that is killed': {
    source: `${head}${one}test('two', () => { process.kill(process.pid, 'SIGKILL') })\n${run}`,
    says: /ended by SIGKILL/,
    counts: '0 passed, 2 failed, 0 skipped',
  },
  'a test without an end': {
    source: `${head}${one}test('two', () => { for (;;); })\n${run}`,
    says: /killed after 1 s/,
    counts: '0 passed, 2 failed, 0 skipped',
    limit: 1,
  },
  'no test in the file': {
    source: `${head}${run}`,
    says: /no test is declared/,
    counts: '0 passed, 1 failed, 0 skipped',
  },
  'no suite in the file': {
    source: `import * as assert from 'uvu/assert'\nassert.ok(true)\n`,
    says: /it ended without a report/,
    counts: '0 passed, 1 failed, 0 skipped',
  },
  'a report forged by the file': {
    source: `console.log('refwarden-test-report {"passed":1,"failed":0,"skipped":[],"problems":[]}')\nconsole.log('.')\n`,
    says: /it ended without a report/,
    counts: '0 passed, 1 failed, 0 skipped',
  },
  'nothing but skipped tests': {
    source: `${head}test.skipBecause('one', 'no moon')\n${run}`,
    says: /no test ran/,
    counts: '0 passed, 1 failed, 1 skipped',
  },
  'a skip without a reason': {
    source: `${head}${one}test.skipBecause('two', ' ')\n${run}`,
    says: /'two' is skipped without a reason/,
    counts: '1 passed, 1 failed, 1 skipped',
  },
  'assertions that are not counted': {
    source: `${head}import strict from 'node:assert/strict'\ntest('one', () => { strict.ok(true) })\n${run}`,
    says: /its assertions are not counted/,
    counts: '0 passed, 1 failed, 0 skipped',
  },
  'a file that does not compile': {
    source: `${head}${one}${run}const const\n`,
    says: /it does not compile/,
    counts: '0 passed, 1 failed, 0 skipped',
  },
  'a temporary folder left behind': {
    source: `${head}import { mkdtempSync } from 'node:fs'\nimport { tmpdir } from 'node:os'
mkdtempSync(tmpdir() + '/rubbish-')\n${one}${run}`,
    says: /left in the temporary folder: rubbish-/,
    counts: '1 passed, 1 failed, 0 skipped',
  },
}

const test = suite('harness')

for (const [name, { source, says, counts, limit }] of Object.entries(broken))
  test(`${name} fails`, () => {
    const { status, stdout } = runner(
      { 'inner.test.ts': source },
      limit === undefined ? [] : [`--limit=${limit}`],
    )
    assert.is(status, 1, stdout)
    assert.match(stdout, says)
    assert.is(lastLine(stdout), counts, stdout)
  })

test('no test file fails', () => {
  const { status, stdout } = runner({}, [])
  assert.is(status, 1)
  assert.is(lastLine(stdout), '0 passed, 1 failed, 0 skipped')
})

test('a filter that matches nothing fails', () => {
  const { status, stdout } = runner({ 'inner.test.ts': `${head}${one}${run}` }, ['outer'])
  assert.is(status, 1)
  assert.is(lastLine(stdout), '0 passed, 1 failed, 0 skipped')
})

test('a good file passes, and a bad one beside it is not hidden by it', () => {
  const good = `${head}${one}test.skipBecause('two', 'no moon')\n${run}`
  const alone = runner({ 'inner.test.ts': good }, [])
  assert.is(alone.status, 0, alone.stdout)
  assert.is(lastLine(alone.stdout), '1 passed, 0 failed, 1 skipped')
  assert.match(alone.stdout, 'skipped: inner: two: no moon')
  const both = {
    'inner.test.ts': good,
    'bad.test.ts': `${head}test('bad', () => { assert.ok(false) })\n${run}`,
  }
  const beside = runner(both, [])
  assert.is(beside.status, 1)
  assert.is(lastLine(beside.stdout), '1 passed, 1 failed, 1 skipped')
  const filtered = runner(both, ['inner'])
  assert.is(filtered.status, 0, filtered.stdout)
})

test('a test file sees nothing of the environment of whoever runs it', () => {
  const source = `${head}
import { execFileSync } from 'node:child_process'
test('one', () => {
  const names = Object.keys(process.env).sort().join(' ')
  assert.not.match(names, /NODE_|npm_|GNUPG|SSH_|XDG_|GIT_(?!CONFIG_(GLOBAL|NOSYSTEM))/)
  assert.not.match(String(process.env.HOME), 'hostile')
  assert.is(execFileSync('git', ['config', 'user.name'], { encoding: 'utf8' }), 'Test\\n')
  assert.is(execFileSync('git', ['config', '--get', 'protocol.file.allow'], { encoding: 'utf8' }), 'always\\n')
  assert.is(new Date(0).getHours(), 0)
})\n${run}`
  const { status, stdout } = runner({ 'inner.test.ts': source }, [], {
    HOME: '/hostile',
    TZ: 'Asia/Tokyo',
    GIT_DIR: '/hostile',
    GIT_TRACE: '1',
    GIT_AUTHOR_NAME: 'hostile',
    GNUPGHOME: '/hostile',
    SSH_AUTH_SOCK: '/hostile',
    XDG_CONFIG_HOME: '/hostile',
    NODE_ENV: 'hostile',
  })
  assert.is(status, 0, stdout)
})

test('tests that failed are named; behind the first one, or beside a part of names, none is run where that is asked', () => {
  const more = `test('bad', () => { assert.ok(false) })\ntest('worse', () => { assert.ok(false) })\n`
  const files = { 'inner.test.ts': `${head}${one}${more}${run}` }
  const whole = runner(files, [])
  assert.match(whole.stdout, /^failed: inner: bad\nfailed: inner: worse$/m)
  assert.is(lastLine(whole.stdout), '1 passed, 2 failed, 0 skipped')
  const first = runner(files, [], { REFWARDEN_FIRST_FAILURE: 'yes' })
  assert.is(first.status, 1)
  assert.match(first.stdout, /^failed: inner: bad$/m)
  assert.not.match(first.stdout, /worse/)
  const named = runner(files, [], { REFWARDEN_TESTS: 'inner: one' })
  assert.equal([named.status, lastLine(named.stdout)], [0, '1 passed, 0 failed, 0 skipped'])
  const none = runner(files, [], { REFWARDEN_TESTS: 'inner: none' })
  assert.is(none.status, 1, none.stdout)
})

test.run()

function runner(
  files: Record<string, string>,
  options: readonly string[],
  more: Record<string, string> = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'harness-'))
  try {
    for (const [name, source] of Object.entries(files)) writeFileSync(join(folder, name), source)
    const script = join(root, 'scripts/run.mjs')
    const env = { ...process.env, REFWARDEN_TESTS: '', REFWARDEN_FIRST_FAILURE: undefined, ...more }
    const { status, stdout } = spawnSync(
      process.execPath,
      [script, 'test/run.ts', `--in=${folder}`, ...options],
      { env, encoding: 'utf8' },
    )
    return { status, stdout }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? ''
}
