// The main script of the single executable: runs the program, and the packages when it asks for them. Each lies beside
// it with the code that V8 has compiled of it, so that a hook need not be compiled at each push.
process.exitCode = 2
const { getRawAsset } = require('node:sea')
const { Script } = require('node:vm')

const packages = new Map()
run('refwarden', name => (name.startsWith('node:') ? require(name) : packageNamed(name)))

function packageNamed(name) {
  if (!packages.has(name)) packages.set(name, run(name, require))
  return packages.get(name)
}

/** Code that V8 does not take (cachedDataRejected) is compiled again, and so is what the code lacks. */
function run(name, requireOf) {
  const source = Buffer.from(getRawAsset(`${name}.cjs`)).latin1Slice()
  const cachedData = Buffer.from(getRawAsset(`${name}.code`))
  const script = new Script(source, { filename: `${name}.cjs`, cachedData })
  const module = { exports: {} }
  script.runInThisContext()(requireOf, module, module.exports)
  return module.exports
}
