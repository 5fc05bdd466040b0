// The import rules of docs/architecture.md, on src as it stands; then on made-up source, to show that each can fail.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { SourceFile } from './support/import-rules.ts'
import { violations } from './support/import-rules.ts'
import { root } from './support/paths.ts'
import { sourceText } from './support/source-text.ts'
import { suite } from './support/suite.ts'

const test = suite('architecture')

test('src keeps the import rules', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts'))
    .map(path => ({ path: join('src', path), text: readFileSync(join(root, 'src', path), 'utf8') }))
  assert.ok(files.length > 10)
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  assert.equal(violations(files, Object.keys(dependencies)), [])
})

const good: readonly SourceFile[] = [
  { path: 'src/core/oid.ts', text: `export const oid = (at: number) => new Date(at)\n` },
  {
    path: 'src/core/fault.ts',
    text: `/* Buffer, process.env */\nexport class Fault extends Error {}\nconst words = 'new Date() Date.now()'\n`,
  },
  {
    path: 'src/edge/git.ts',
    text: `import { spawn } from 'node:child_process'\nimport { parse } from 'ini'\nimport type { A } from '../core/oid.ts'\n`,
  },
  {
    path: 'src/commands/verify.ts',
    text: `import { inspect } from '../inspect.ts'\nimport { git } from '../edge/git.ts'\n`,
  },
  { path: 'src/commands/install.ts', text: `import stub from '../../hooks/pre-receive'\n` },
  {
    path: 'src/inspect.ts',
    text: `import { git } from './edge/git.ts'\nimport { oid } from './core/oid.ts'\n`,
  },
  {
    path: 'src/flows/history.ts',
    text: `import { verify } from '../commands/verify.ts'\nimport type { Flows } from './flow.ts'\n`,
  },
  {
    path: 'src/main.ts',
    text: `import { historyFlows } from './flows/history.ts'\nprocess.exitCode = process.argv.length\n`,
  },
]

test('a good house has no violation', () => {
  assert.equal(violations(good, ['ini']), [])
})

const bad: readonly [name: string, path: string, text: string, wrong: RegExp][] = [
  ['core imports node', 'src/core/a.ts', `import { join } from 'node:path'`, /core imports node:path/],
  [
    'core imports a type of node',
    'src/core/a.ts',
    `import type { Stats } from 'node:fs'`,
    /core imports node:fs/,
  ],
  ['core imports a package', 'src/core/a.ts', `import * as ini from 'ini'`, /imports the package ini/],
  ['core imports a package later', 'src/core/a.ts', `const ini = import('ini')`, /imports the package ini/],
  ['core imports edge', 'src/core/a.ts', `import { git } from '../edge/git.ts'`, /imports src\/edge\/git.ts/],
  [
    'core imports edge over lines',
    'src/core/a.ts',
    `import {\n  git,\n} from '../edge/git.ts'`,
    /imports src\/edge/,
  ],
  [
    'core imports inspect',
    'src/core/a.ts',
    `import { inspect } from '../inspect.ts'`,
    /imports src\/inspect.ts/,
  ],
  ['core uses Buffer', 'src/core/a.ts', `const a = Buffer.from([])`, /core uses Buffer/],
  [
    'core uses Buffer in a template',
    'src/core/a.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
    'const a = `${`${Buffer.from([])}`}`',
    /core uses Buffer/,
  ],
  ['core uses process', 'src/core/a.ts', `const a = process.version`, /core uses process/],
  ['core uses Date.now', 'src/core/a.ts', `const a = Date.now()`, /core asks the clock/],
  ['core uses new Date()', 'src/core/a.ts', `const a = new Date()`, /core asks the clock/],
  ['core uses new Date', 'src/core/a.ts', `const a = new Date`, /core asks the clock/],
  ['core uses Date()', 'src/core/a.ts', `const a = Date()`, /core asks the clock/],
  ['core uses performance', 'src/core/a.ts', `const a = performance.now()`, /core uses performance/],
  ['core uses Math.random', 'src/core/a.ts', `const a = Math.random()`, /core uses Math.random/],
  ['core uses a timer', 'src/core/a.ts', `setTimeout(() => {}, 1)`, /core touches the world/],
  ['core waits', 'src/core/a.ts', `export async function a() {}`, /core is not synchronous/],
  ['edge imports edge', 'src/edge/a.ts', `import { git } from './git.ts'`, /imports src\/edge\/git.ts/],
  [
    'edge imports a command',
    'src/edge/a.ts',
    `import { a } from '../commands/verify.ts'`,
    /imports src\/commands/,
  ],
  ['edge imports inspect', 'src/edge/a.ts', `import { a } from '../inspect.ts'`, /imports src\/inspect.ts/],
  [
    'a second door to a package',
    'src/edge/a.ts',
    `import { parse } from 'ini'`,
    /ini: imported by src\/edge\/git.ts and/,
  ],
  [
    'an undeclared package',
    'src/edge/a.ts',
    `import a from '@scope/name/sub'`,
    /@scope\/name: imported, but no dependency/,
  ],
  ['node without its prefix', 'src/edge/a.ts', `import fs from 'fs'`, /fs: imported, but no dependency/],
  [
    'a command imports a package',
    'src/commands/a.ts',
    `import { parse } from 'ini'`,
    /imports the package ini/,
  ],
  [
    'a command imports a command',
    'src/commands/a.ts',
    `import { a } from './verify.ts'`,
    /imports src\/commands\/verify/,
  ],
  [
    'inspect imports a command',
    'src/inspect.ts',
    `import { a } from './commands/a.ts'`,
    /imports src\/commands\/a.ts/,
  ],
  [
    'main imports a command',
    'src/main.ts',
    `import { a } from './commands/verify.ts'`,
    /imports src\/commands/,
  ],
  [
    'a command imports a flow',
    'src/commands/a.ts',
    `import { a } from '../flows/history.ts'`,
    /imports src\/flows/,
  ],
  ['a flow imports a package', 'src/flows/a.ts', `import { parse } from 'ini'`, /imports the package ini/],
  ['a flow reads argv', 'src/flows/a.ts', `const a = process.argv`, /as only src\/main.ts may/],
  ['main imports a package', 'src/main.ts', `import { parse } from 'ini'`, /imports the package ini/],
  ['a file beside the places', 'src/extra/a.ts', `const a = 1`, /stands in none of/],
  [
    'edge reads the environment',
    'src/edge/a.ts',
    `const a = process.env['HOME']`,
    /as only src\/main.ts may/,
  ],
  ['edge takes env out of process', 'src/edge/a.ts', `const { env } = process`, /as only src\/main.ts may/],
  ['a command reads argv', 'src/commands/a.ts', `const a = process.argv`, /as only src\/main.ts may/],
  ['a command sets the exit code', 'src/commands/a.ts', `process.exitCode = 0`, /as only src\/main.ts may/],
  ['a command exits', 'src/commands/a.ts', `process.exit(0)`, /as only src\/main.ts may/],
  [
    'another file starts a child',
    'src/edge/a.ts',
    `import { spawn } from 'node:child_process'`,
    /only src\/edge\/git.ts/,
  ],
  [
    'a second parse of commits',
    'src/commands/a.ts',
    `parseCommit(oid, bytes, 'sha1')`,
    /takes commits apart/,
  ],
  ['a second parse of tags', 'src/a.ts', `const tag = parseTag (oid, bytes)`, /takes tags apart/],
  ['a second parse of signatures', 'src/a.ts', `parseSignature(text)`, /takes signatures apart/],
  ['a second parse of updates', 'src/a.ts', `parseRefUpdates(bytes)`, /takes ref updates apart/],
  ['words past the terminal', 'src/edge/a.ts', `process.stderr.write(subject)`, /writes to the terminal/],
  ['words past the terminal by number', 'src/edge/a.ts', `writeSync(2, subject)`, /writes to the terminal/],
  ['words past the terminal to the console', 'src/a.ts', `console.log(subject)`, /writes to the terminal/],
  ['a signal', 'src/a.ts', `process.kill(1)`, /sends a signal/],
  ['text that is run', 'src/a.ts', `new Function(text)`, /evaluates text/],
  [
    'the network',
    'src/edge/a.ts',
    `import { request } from 'node:http'`,
    /node:http, which it has no need of/,
  ],
  ['the disk in a join', 'src/a.ts', `import { readFileSync } from 'node:fs'`, /only edge touches the disk/],
  ['the disk in a command', 'src/commands/a.ts', `import fs from 'node:fs'`, /only edge touches the disk/],
  ['execa elsewhere', 'src/edge/a.ts', `import { execa } from 'execa'`, /only src\/edge\/git.ts/],
  ['require', 'src/commands/a.ts', `const a = require('ini')`, /imports the package ini/],
  ['a computed import', 'src/edge/a.ts', `const a = import(name)`, /imports a computed name/],
  ['a barrel', 'src/core/a.ts', `export * from './oid.ts'`, /passes an import on/],
  ['an import passed on by name', 'src/core/a.ts', `export { oid } from './oid.ts'`, /passes an import on/],
  ['a default export', 'src/core/a.ts', `export default 1`, /default export/],
  ['an enum', 'src/core/a.ts', `const enum Mode { all }`, /enum/],
  ['a class', 'src/edge/a.ts', `class Git {}`, /a class that is not Fault/],
  ['a class without a name', 'src/edge/a.ts', `const a = class {}`, /a class that is not Fault/],
  ['a TODO', 'src/edge/a.ts', `// TODO later`, /unfinished/],
  ['221 lines', 'src/edge/a.ts', 'const a = 1\n'.repeat(221), /221 lines/],
  ['a cycle', 'src/core/a.ts', `import { a } from './a.ts'`, /a cycle of imports in src\/core\/a.ts/],
]

for (const [name, path, text, wrong] of bad)
  test(`${name} is a violation`, () => {
    const files = [...good.filter(file => file.path !== path), { path, text }]
    const found = violations(files, ['ini'])
    assert.ok(
      found.some(line => wrong.test(line)),
      `found ${JSON.stringify(found)}`,
    )
  })

test('a dependency without a door is a violation', () => {
  assert.equal(violations(good, ['ini', 'openpgp']), ['openpgp: a dependency that nothing imports'])
})

test('what stands in strings, comments and regular expressions is no code', () => {
  const text = `const a = /['"\`/]/.test(b) // import 'x'\nconst c = \`import 'y' \${d('}')} import 'z'\`\nimport e from 'e'\n`
  const { code, imports } = sourceText(text)
  assert.equal(imports, ['e'])
  assert.is(code.length, text.length)
  assert.match(code, 'd(')
  assert.not.match(code, /import '[xyz]/)
})

test.run()
