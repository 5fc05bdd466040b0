import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { outliveLocks, removeStaleLock } from '../../src/edge/stale-lock.ts'
import { suite } from '../support/suite.ts'

const test = suite('stale lock')
const ref = 'refs/tags/t'
const now = 2_000_000_000

type Ages = { readonly lock?: number; readonly claim?: number }

/** What is there of lock and claim afterwards. */
function left(ages: Ages): readonly string[] {
  return on(ages, folder => {
    removeStaleLock(folder, ref, now)
    return ['lock', 'lock.lock'].filter(end => existsSync(join(folder, `${ref}.${end}`)))
  })
}

function on<T>({ lock, claim }: Ages, action: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'stale-lock-'))
  try {
    mkdirSync(join(folder, 'refs/tags'), { recursive: true })
    for (const [end, age] of [
      ['lock', lock],
      ['lock.lock', claim],
    ] as const) {
      if (age === undefined) continue
      const file = join(folder, `${ref}.${end}`)
      writeFileSync(file, '')
      utimesSync(file, now - age, now - age)
    }
    return action(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('only an old lock goes', () => {
  assert.equal(left({}), [])
  assert.equal(left({ lock: 61 }), [])
  for (const lock of [60, 1, 0, -3600]) assert.equal(left({ lock }), ['lock'])
})

test('a lock that another run is about to remove is its business, unless that run was killed', () => {
  assert.equal(left({ lock: 61, claim: 1 }), ['lock', 'lock.lock'])
  assert.equal(left({ lock: 61, claim: 61 }), [])
})

test('a folder in its place stays', () =>
  on({}, folder => {
    const inTheWay = join(folder, `${ref}.lock`)
    mkdirSync(inTheWay)
    utimesSync(inTheWay, now - 3600, now - 3600)
    removeStaleLock(folder, ref, now)
    assert.ok(existsSync(inTheWay))
  }))

test('a ref below a file is for git to refuse', async () => {
  const below = `${ref}.lock/below`
  const waited = on({ lock: 61 }, folder => {
    removeStaleLock(folder, below, now)
    assert.ok(existsSync(join(folder, `${ref}.lock`)))
    return outliveLocks(folder, [below], now)
  })
  assert.is(await waited, 0)
})

test('nobody waits for a lock that is not there, old already, or of the future', async () => {
  for (const ages of [{}, { lock: 61 }, { lock: -3600 }])
    assert.is(await on(ages, folder => outliveLocks(folder, [ref, 'HEAD'], now)), 0)
  assert.is(await on({ lock: 59.5 }, folder => outliveLocks(folder, [ref, 'HEAD'], now)), 1)
})

test.run()
