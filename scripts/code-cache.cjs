// node code-cache.cjs FOLDER: runs the program in FOLDER as servers will, and writes beside each part and package the code
// that V8 has compiled by then: what such a run needs, and little else. To be run by the Node.js that will take
// the code; another version would not.
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const { join, resolve } = require('node:path')
const { Script } = require('node:vm')

const folder = resolve(process.argv[2])
const vectors = join(__dirname, '../test/vectors')
const config = join(folder, 'refwarden.ini')
const gitDir = join(folder, 'repo.git')
const scripts = new Map()
const modules = new Map()
let input = Buffer.alloc(0)

// the program keeps compiled keys only of key files that are some seconds old
const realNow = Date.now
Date.now = () => realNow() + 60_000
process.env.GIT_DIR = gitDir
const reallyExit = process.exit
process.exit = () => undefined // a run ends when nothing of it is left to be done, and the next one begins
// where the keys are not compiled yet, in a process of its own: what compiles them is not to be kept
if (fs.existsSync(gitDir)) rehearse(pushes(), ['start', 'judging'])
else rehearse(audits(), ['commands', 'openpgp', 'execa'])

function* audits() {
  const { signed } = makeServer()
  process.chdir(gitDir)
  yield { words: ['verify', '--keys', join(folder, 'keys'), 'signed'], exit: 0 }
  yield { words: ['pre-receive'], updates: created(signed, 'refs/heads/new'), exit: 0 }
  yield { words: ['doctor', gitDir], exit: 2 } // it has no hook
}

function* pushes() {
  const [signed, main, unsigned] = ['signed', 'main', 'unsigned'].map(name => git(['rev-parse', name]))
  yield { words: ['pre-receive'], updates: created(signed, 'refs/heads/new'), exit: 0 }
  yield { words: ['pre-receive'], updates: `${main} ${unsigned} refs/heads/main`, exit: 1 }
  yield { words: ['pre-receive'], updates: created(unsigned, 'refs/heads/topic'), exit: 0 }
  yield { words: ['post-receive'], updates: created(unsigned, 'refs/heads/topic'), exit: 0 }
}

function created(oid, ref) {
  return `${'0'.repeat(40)} ${oid} ${ref}`
}

/** A repository with a signed commit, an unsigned one on top of a branch, and the signer's key. */
function makeServer() {
  git(['init', '--quiet', '--bare', '--template=', gitDir])
  const vector = fs.readFileSync(join(vectors, 'good-git-commit-sha1.txt'))
  const commit = vector.subarray(vector.indexOf('\n\n') + 2)
  const write = text => git(['hash-object', '-t', 'commit', '-w', '--stdin'], text)
  const person = 'Somebody <somebody@example.org> 1768435200 +0000'
  const [tree] = commit.toString('latin1').split('\n')
  const plain = parents =>
    write([tree, ...parents, `author ${person}`, `committer ${person}`, '', 'plain', ''].join('\n'))
  const main = plain([])
  const tips = { signed: write(commit), unsigned: plain([`parent ${main}`]) }
  git(['update-ref', 'refs/heads/main', main])
  for (const [name, oid] of Object.entries(tips)) git(['update-ref', `refs/tags/${name}`, oid])
  fs.mkdirSync(join(folder, 'keys'))
  fs.copyFileSync(join(vectors, 'keys/git-signer.asc'), join(folder, 'keys/git-signer.asc'))
  const sections = ['main', 'new'].map(name => `[protect "refs/heads/${name}"]\nmode = all\n`)
  fs.writeFileSync(config, ['strict-modes = no', `keys = ${folder}/keys`, ...sections].join('\n'))
  return tips
}

function git(args, data = '') {
  const env = {
    PATH: process.env.PATH,
    GIT_DIR: gitDir,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  }
  return execFileSync('git', args, { input: data, env }).toString().trim()
}

/** Runs one after the other, each to its end, and keeps the code of these scripts. */
function rehearse(runs, kept) {
  const { value, done } = runs.next()
  if (done) {
    process.exitCode = 0
    for (const name of kept)
      fs.writeFileSync(join(folder, `${name}.code`), scripts.get(name).createCachedData())
    return
  }
  const { words, updates = '', exit } = value
  input = Buffer.from(`${updates}\n`)
  process.argv = [process.execPath, process.execPath, ...words, '--config', config]
  process.once('beforeExit', code => {
    if (code === exit) return rehearse(runs, kept)
    console.error(`${words.join(' ')} ended with ${code}, not with ${exit}`)
    reallyExit(2)
  })
  modules.clear()
  setImmediate(load, 'start/main.js')
}

/** As scripts/executable.cjs does. */
function load(name) {
  if (name === 'node:fs') return { ...fs, readSync: readInput }
  if (name.startsWith('node:')) return require(name)
  if (!modules.has(name)) {
    const module = { exports: {} }
    modules.set(name, module)
    const [part] = name.split('/')
    functionsOf(part)[name](part === name ? require : load, module, module.exports)
  }
  return modules.get(name).exports
}

function functionsOf(part) {
  if (!scripts.has(part))
    scripts.set(part, new Script(fs.readFileSync(join(folder, `${part}.cjs`), 'latin1')))
  return scripts.get(part).runInThisContext()
}

function readInput(descriptor, buffer, at, ...rest) {
  if (descriptor !== 0) return fs.readSync(descriptor, buffer, at, ...rest)
  const length = input.copy(buffer, at)
  input = input.subarray(length)
  return length
}
