// The main script of the single executable: runs the program, and its parts and packages when something of them is asked
// for. Each lies beside it with the code that V8 has compiled of it, so that a hook need not be compiled at each push.
process.exitCode = 2
const { getRawAsset } = require('node:sea')
const { Script } = require('node:vm')

const parts = new Map()
const modules = new Map()
load('start/main.js')

/** A module of Node.js, a package, or a module of the program, which is called `PART/NAME`. */
function load(name) {
  if (name.startsWith('node:')) return require(name)
  const known = modules.get(name)
  if (known !== undefined) return known.exports
  const module = { exports: {} }
  modules.set(name, module)
  const [part] = name.split('/')
  if (!parts.has(part)) parts.set(part, read(part))
  // a package asks for nothing but what Node.js has
  parts.get(part)[name](part === name ? require : load, module, module.exports)
  return module.exports
}

/** Code that V8 does not take (cachedDataRejected) is compiled again, and so is what the code lacks. */
function read(part) {
  const source = Buffer.from(getRawAsset(`${part}.cjs`)).latin1Slice()
  const cachedData = Buffer.from(getRawAsset(`${part}.code`))
  return new Script(source, { filename: `${part}.cjs`, cachedData }).runInThisContext()
}
