import { dirname, join } from 'node:path'
import { isNeeded, misplaced } from './one-place.ts'
import { sourceText } from './source-text.ts'

/** Path below the clone (`src/core/oid.ts`) and text. */
export type SourceFile = { readonly path: string; readonly text: string }

type Module = SourceFile & {
  readonly code: string
  readonly imports: readonly Import[]
  readonly reexports: boolean
}
type Import =
  | { readonly kind: 'ours'; readonly path: string }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'package'; readonly name: string }
  | { readonly kind: 'computed' }

/**
 * Where `files`, all of src/, break the rules of docs/architecture.md: `path: what is wrong`, one a line.
 * `dependencies` are the packages that the program has.
 */
export function violations(files: readonly SourceFile[], dependencies: readonly string[]): string[] {
  const modules = files.map(readModule)
  return [
    ...modules.flatMap(module =>
      [...imports(module), ...words(module)].map(wrong => `${module.path}: ${wrong}`),
    ),
    ...packages(modules, dependencies),
    ...cycles(modules),
  ]
}

/** Each of them builds the environment of its children from nothing. */
const starters = [
  'src/edge/git.ts',
  'src/edge/git-at-once.ts',
  'src/edge/log-command.ts',
  'src/edge/own-program.ts',
]

const places = ['core', 'edge', 'commands', 'flows'] as const

/** What a module in each place may import of ours; the rest of the world is in `imports`. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: ['core'],
  edge: ['core'],
  join: ['core', 'edge', 'join'],
  commands: ['core', 'edge', 'join'],
  flows: ['core', 'edge', 'join', 'commands', 'flows'],
  main: ['core', 'edge', 'join', 'flows'],
}

function imports({ path, imports, reexports }: Module): string[] {
  const place = placeOf(path)
  const open = allowed[place]
  if (open === undefined) return ['stands in none of core, edge, commands, flows']
  const wrong = imports.flatMap(found => wrongImport(path, open, found) ?? [])
  return reexports ? [...wrong, 'passes an import on'] : wrong
}

function wrongImport(path: string, open: readonly string[], found: Import): string | null {
  const place = placeOf(path)
  const startsChildren =
    found.kind === 'node'
      ? found.name === 'child_process'
      : found.kind === 'package' && found.name === 'execa'
  if (found.kind === 'computed') return 'imports a computed name'
  if (found.kind === 'ours')
    return open.includes(placeOf(found.path)) || isHook(place, found.path) ? null : `imports ${found.path}`
  if (found.kind === 'node' && !isNeeded(found.name))
    return `imports node:${found.name}, which it has no need of`
  if (found.kind === 'node' && place === 'core') return `core imports node:${found.name}`
  if (found.kind === 'node' && found.name === 'fs' && place !== 'edge') return 'only edge touches the disk'
  if (found.kind === 'package' && place !== 'edge') return `imports the package ${found.name}`
  return startsChildren && !starters.includes(path)
    ? `only ${starters.join(', ')} start child processes`
    : null
}

/** The stubs are text in the program that installs them. */
function isHook(place: string, path: string): boolean {
  return path.startsWith('hooks/') && (place === 'edge' || place === 'commands')
}

type Rule = { readonly pattern: RegExp; readonly wrong: string; readonly where?: (path: string) => boolean }

const inCore = (path: string) => placeOf(path) === 'core'

const rules: readonly Rule[] = [
  { pattern: /\bexport\s+default\b|\bas\s+default\b/, wrong: 'default export' },
  { pattern: /\benum\s+\w/, wrong: 'enum' },
  { pattern: /\bclass\b(?!\s+Fault\b)/, wrong: 'a class that is not Fault' },
  { pattern: /\bBuffer\b/, wrong: 'core uses Buffer', where: inCore },
  { pattern: /\bprocess\b(?!\s*:)/, wrong: 'core uses process', where: inCore },
  { pattern: /\bperformance\b/, wrong: 'core uses performance', where: inCore },
  { pattern: /\bMath\s*\.\s*random\b/, wrong: 'core uses Math.random', where: inCore },
  {
    pattern: /\bDate\s*\.\s*now\b|\bnew\s+Date\s*(?:\(\s*\)|(?!\s*\())|(?<!new\s+|\.)\bDate\s*\(/,
    wrong: 'core asks the clock',
    where: inCore,
  },
  {
    pattern:
      /\b(?:globalThis|console|fetch|crypto|setTimeout|setInterval|setImmediate|queueMicrotask)\b(?!\s*:)/,
    wrong: 'core touches the world',
    where: inCore,
  },
  { pattern: /\basync\b|\bawait\b|\bPromise\b/, wrong: 'core is not synchronous', where: inCore },
  {
    pattern:
      /\bprocess\s*(?:\?\.|\.)\s*(?:argv|exitCode|exit|env)\b|\bprocess\s*\[|[{,]\s*(?:argv|exitCode|env)\b[^}]*\}\s*=\s*process\b/,
    wrong: 'reads process.argv, env or exitCode, as only src/main.ts may, and who starts children, for them',
    where: path => path !== 'src/main.ts' && !starters.includes(path),
  },
]

function words({ path, text, code }: Module): string[] {
  const broken = rules.filter(({ pattern, where }) => (where?.(path) ?? true) && pattern.test(code))
  const lines = text.trimEnd().split('\n').length
  return [
    ...broken.map(({ wrong }) => wrong),
    ...misplaced(path, code),
    ...(/\b(?:TODO|FIXME|XXX)\b/.test(text) ? ['unfinished: TODO or FIXME'] : []),
    ...(lines > 220 ? [`${lines} lines, 220 at most`] : []),
  ]
}

/** Each package has one door. */
function packages(modules: readonly Module[], dependencies: readonly string[]): string[] {
  const doors = new Map<string, Set<string>>(dependencies.map(name => [name, new Set()]))
  for (const { path, imports } of modules)
    for (const found of imports)
      if (found.kind === 'package') doors.set(found.name, (doors.get(found.name) ?? new Set()).add(path))
  return [...doors].flatMap(([name, paths]) => {
    if (!dependencies.includes(name)) return [`${name}: imported, but no dependency`]
    if (paths.size === 0) return [`${name}: a dependency that nothing imports`]
    return paths.size > 1 ? [`${name}: imported by ${[...paths].join(' and ')}`] : []
  })
}

function cycles(modules: readonly Module[]): string[] {
  const open = new Map(modules.map(module => [module.path, module]))
  const isLeaf = ({ imports }: Module) =>
    !imports.some(found => found.kind === 'ours' && open.has(found.path))
  for (let leaves = modules.filter(isLeaf); leaves.length > 0; leaves = [...open.values()].filter(isLeaf))
    for (const { path } of leaves) open.delete(path)
  return open.size === 0 ? [] : [`a cycle of imports in ${[...open.keys()].join(', ')}`]
}

function readModule({ path, text }: SourceFile): Module {
  const { code, imports, reexports } = sourceText(text)
  return {
    path,
    text,
    code,
    imports: imports.map(name => importOf(path, name)),
    reexports: reexports.length > 0,
  }
}

function importOf(path: string, name: string | null): Import {
  if (name === null) return { kind: 'computed' }
  if (name.startsWith('.')) return { kind: 'ours', path: join(dirname(path), name) }
  if (name.startsWith('node:')) return { kind: 'node', name: name.slice('node:'.length) }
  return { kind: 'package', name: name.split('/', name.startsWith('@') ? 2 : 1).join('/') }
}

/** `core`, `edge`, `commands`, `flows`; `main`; `join` for any other file directly in src. */
function placeOf(path: string): string {
  const [top, folder = '', ...below] = path.split('/')
  if (top !== 'src') return path
  if (below.length === 0) return folder === 'main.ts' ? 'main' : 'join'
  return places.some(place => place === folder) ? folder : path
}
