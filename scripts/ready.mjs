// Makes a fresh clone ready: installs the packages and builds the binary, each only when it is out of date.
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 17))
  stop(`Node.js ${process.versions.node} is too old: 20.17 or newer is needed`)
if (spawnSync('git', ['--version']).status !== 0) stop('git is missing: install it first')

if (newest(['package-lock.json']) > modified('node_modules/.package-lock.json'))
  run('npm', ['ci', '--no-audit', '--no-fund'])
const products = ['dist/refwarden.cjs', ...(process.platform === 'linux' ? ['dist/refwarden'] : [])]
const sources = ['src', 'hooks', 'scripts', 'package.json', 'package-lock.json']
if (newest(sources) > Math.min(...products.map(modified))) run('npm', ['run', '--silent', 'build'])

function run(program, args) {
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) stop(`${program} ${args.join(' ')} failed`)
}

/** Folders count too: theirs is the time at which a file in them was last added or removed. */
function newest(paths) {
  return Math.max(...paths.flatMap(path => [path, ...entries(path)]).map(modified))
}

function entries(path) {
  if (!statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(join(root, path), { recursive: true }).map(entry => join(path, entry))
}

function modified(path) {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function stop(words) {
  console.error(`refwarden: ${words}`)
  process.exit(1)
}
