// Builds dist/refwarden.cjs (any platform) and dist/refwarden, a Node.js single executable application (linux).
// REFWARDEN_NODE=PATH takes another Node.js than the running one. `--script` makes the script alone, in a moment.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { packagePart, programParts } from './parts.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')
const node = process.env.REFWARDEN_NODE || process.execPath
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

mkdirSync(dist, { recursive: true })
const folder = mkdtempSync(join(dist, 'build-')) // what is in dist/ is only ever replaced by something whole
try {
  const script = join(folder, 'dist.cjs')
  await bundle({ entryPoints: ['src/main.ts'], outfile: script, banner: { js: '#!/usr/bin/env node' } })
  chmodSync(script, 0o755)
  if (process.argv[2] === '--script') console.log('dist/refwarden.cjs is built')
  else if (process.platform === 'linux') renameSync(await executable(), join(dist, 'refwarden'))
  else console.log('dist/refwarden.cjs is built; the single executable is made on linux only')
  renameSync(script, join(dist, 'refwarden.cjs'))
} finally {
  rmSync(folder, { recursive: true })
}

async function bundle(options) {
  return build({
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20.17',
    format: 'cjs',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    loader: { '': 'text' }, // hooks/pre-receive and hooks/post-receive, which have no suffix
    define: {
      // openpgp's ESM asks for import.meta.url at start; a CJS bundle has none.
      'import.meta.url': JSON.stringify('file:///refwarden'),
      REFWARDEN_VERSION: JSON.stringify(version),
      REFWARDEN_COMMIT: JSON.stringify(commit()),
      REFWARDEN_DATE: JSON.stringify(date()),
    },
    logLevel: 'warning',
    ...options,
  })
}

/** The parts of the program and the packages that hardly a push needs, each with the code that V8 makes of it. */
async function assets() {
  const packages = ['openpgp', 'execa']
  const parts = await programParts(bundle, root, packages)
  for (const name of packages) {
    const { outputFiles } = await bundle({
      stdin: { contents: `export * from '${name}'`, resolveDir: root },
      write: false,
    })
    parts.set(name, packagePart(name, outputFiles[0].text))
  }
  for (const [name, text] of parts) {
    writeFileSync(join(folder, `${name}.cjs`), text)
    assertAscii(join(folder, `${name}.cjs`))
  }
  // what the program says in its rehearsals is not for whoever builds it
  for (const _ of ['audits', 'pushes'])
    execFileSync(node, [join(root, 'scripts/code-cache.cjs'), folder], {
      env: plain(),
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  const names = [...parts.keys()].flatMap(name => [`${name}.cjs`, `${name}.code`])
  return Object.fromEntries(names.map(name => [name, join(folder, name)]))
}

/** The executable reads them byte by byte. esbuild escapes what is in strings, and not what is in regular expressions. */
function assertAscii(path) {
  const [found] = /[^\x00-\x7f]+.{0,40}/.exec(readFileSync(path, 'utf8')) ?? []
  if (found !== undefined) throw new Error(`${path}: not ASCII: ${found}: write \\u in regular expressions`)
}

async function executable() {
  const blob = join(folder, 'refwarden.blob')
  const config = join(folder, 'sea.json')
  const staged = join(folder, 'refwarden')
  const major = Number(
    execFileSync(node, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8', env: plain() }),
  )
  writeFileSync(
    config,
    JSON.stringify({
      main: join(root, 'scripts/executable.cjs'),
      output: blob,
      useCodeCache: true,
      disableExperimentalSEAWarning: true,
      assets: await assets(),
      ...(major >= 24 ? { execArgvExtension: 'none' } : {}),
    }),
  )
  execFileSync(node, ['--experimental-sea-config', config], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: plain(),
  })
  copyFileSync(realpath(node), staged)
  chmodSync(staged, 0o755)
  if (!readFileSync(staged).includes(fuse))
    throw new Error(
      `${node} cannot carry an application (it may be linked against libnode): set REFWARDEN_NODE to an official Node.js`,
    )
  const stripped = spawnSync('strip', [staged]) // optional: a smaller file; binutils may be missing
  if (stripped.error === undefined && stripped.status !== 0) throw new Error('strip failed')
  console.warn = () => undefined // postject warns of section names that strip took away; what fails, throws
  const { inject } = (await import('postject')).default
  await inject(staged, 'NODE_SEA_BLOB', readFileSync(blob), { sentinelFuse: fuse })
  return staged
}

function realpath(path) {
  return execFileSync(path, ['-p', 'process.execPath'], { encoding: 'utf8', env: plain() }).trim()
}

/** The environment without the variables that change what node does. */
function plain() {
  const { NODE_OPTIONS: _options, NODE_EXTRA_CA_CERTS: _certs, ...rest } = process.env
  return rest
}

function commit() {
  const found = spawnSync('git', ['-C', root, 'rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' })
  return found.status === 0 ? found.stdout.trim() : 'unknown'
}

/** Seconds since 1970, of the commit and not of the build: the same source gives the same program. 0: not known. */
function date() {
  if (process.env.SOURCE_DATE_EPOCH) return Number(process.env.SOURCE_DATE_EPOCH)
  const found = spawnSync('git', ['-C', root, 'show', '--no-patch', '--format=%ct', 'HEAD'], {
    encoding: 'utf8',
  })
  return found.status === 0 ? Number(found.stdout.trim()) : 0
}
