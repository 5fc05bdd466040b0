// Runs a TypeScript program of this repository: `node scripts/run.mjs test/run.ts [ARGUMENT…]`.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const [program, ...rest] = process.argv.slice(2)
mkdirSync(join(root, 'dist'), { recursive: true })
const folder = mkdtempSync(join(root, 'dist/program-')) // below the clone, so that packages are found
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const outfile = join(folder, basename(program).replace(/\.ts$/, '.mjs'))
await build({
  entryPoints: [join(root, program)],
  outfile,
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.17',
  packages: 'external',
  sourcemap: 'inline',
  loader: { '': 'text' }, // hooks/pre-receive and hooks/post-receive, which have no suffix
  logLevel: 'warning',
})
process.setSourceMapsEnabled(true)
process.argv = [process.execPath, outfile, ...rest]
await import(pathToFileURL(outfile).href)
