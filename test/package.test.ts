// What `npm ci` asks of the lock file on every platform, not only on the one where it was written.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { root } from './support/paths.ts'
import { suite } from './support/suite.ts'

type Package = {
  readonly version?: string
  readonly resolved?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const test = suite('package')
const manifest: Package = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const lock: { readonly packages: Readonly<Record<string, Package>> } = JSON.parse(
  readFileSync(join(root, 'package-lock.json'), 'utf8'),
)

test('every package that the lock names has its entry, those for other platforms too', () => {
  const missing = Object.entries(lock.packages).flatMap(([path, entry]) =>
    Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
      .filter(
        name => !(`${path}/node_modules/${name}` in lock.packages || `node_modules/${name}` in lock.packages),
      )
      .map(name => `${name}, of ${path}`),
  )
  assert.equal(missing, [])
})

test('the lock is that of package.json, which asks for exact versions', () => {
  const { dependencies, devDependencies, optionalDependencies } = manifest
  const locked = lock.packages['']
  assert.equal(locked?.dependencies, dependencies)
  assert.equal(locked?.devDependencies, devDependencies)
  assert.equal(locked?.optionalDependencies, optionalDependencies)
  for (const [name, version] of Object.entries({
    ...dependencies,
    ...devDependencies,
    ...optionalDependencies,
  }))
    assert.is(lock.packages[`node_modules/${name}`]?.version, version, name)
})

test('the lock names no registry', () => {
  assert.equal(
    Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined),
    [],
  )
})

test.run()
