// What the pages say is there: codes, sentences, settings, commands, scripts and links, against the program itself.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'
import { commandNames, findCommand } from '../src/core/command-table.ts'
import { findingCodes, severities } from '../src/core/finding.ts'
import { policyFrom } from '../src/core/policy-settings.ts'
import { checkPolicyText, sectionNames, topNames } from '../src/core/policy-text.ts'
import { identityReasons, objectReasons, refReasons } from '../src/core/rejection.ts'
import { words } from '../src/core/words.ts'
import { root } from './support/paths.ts'
import { suite } from './support/suite.ts'

const test = suite('docs')

const pages = ['.', 'docs', 'docs/hosts', 'docs/decisions', 'bench'].flatMap(folder =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder))
        .filter(name => name.endsWith('.md'))
        .map(name => join(folder, name))
    : [],
)
const read = (page: string) => readFileSync(join(root, page), 'utf8')
const rejections = read('docs/rejections.md')
const readme = read('README.md')
const codes = [...objectReasons, ...identityReasons, ...refReasons]

test('every code has its heading in docs/rejections.md, and no other word has one', () => {
  const headings = [...rejections.matchAll(/^### (.*)$/gm)].map(([, heading]) => heading)
  assert.equal(headings, codes)
})

for (const code of codes)
  test(`docs/rejections.md says of ${code} what the program says`, () => {
    const section = sectionOf(code)
    assert.ok(section.includes(`\`${code}: ${words[code].what}\``), 'its sentence')
    for (const part of ['**What happened.**', '**Why it is refused.**', '**How to mend it.**'])
      assert.ok(section.includes(part), part)
    for (const command of words[code].mend.flatMap(commandsIn))
      assert.ok(section.includes(command), `the command ${command}`)
  })

test('every finding of doctor has its heading in docs/doctor.md, with its severity and what to do', () => {
  const page = read('docs/doctor.md')
  const sections = page.split(/^### /m).slice(1)
  assert.equal(
    sections.map(section => section.split('\n')[0]),
    findingCodes,
  )
  for (const [index, code] of findingCodes.entries()) {
    const word = severities[code]
    assert.match(sections[index] ?? '', `\n\n${word.charAt(0).toUpperCase()}${word.slice(1)}. `)
    assert.match(sections[index] ?? '', '\n**What to do.** ')
  }
})

/** At the start of a line: with a prompt, as root, by its path. */
const typed = /^\s*(?:\$ )?(?:sudo )?(?:[\w./]+\/)?refwarden ([a-z][a-z-]*(?: [a-z][a-z-]*)?)/gm

/** A page that sends people to a command which is not there helps nobody. */
test('every refwarden command in the pages is one of the program', () => {
  assert.ok(commandNames.includes('pre-receive'))
  for (const page of pages)
    for (const [, line = ''] of codeIn(read(page)).matchAll(typed))
      assert.not.equal(findCommand(line.split(' ')).kind, 'unknown', `${page}: refwarden ${line}`)
})

test('README shows what refwarden --help prints', () => {
  const [, shown = ''] = /^ {4}\$ refwarden --help\n((?: {4}.*\n|\n)*)/m.exec(readme) ?? []
  const help = execFileSync(process.execPath, [join(root, 'dist/refwarden.cjs'), '--help'], {
    encoding: 'utf8',
  })
  assert.equal(shown.replace(/^ {4}/gm, '').trimEnd(), help.trimEnd())
})

test('every npm script in the pages is one of package.json', () => {
  const { scripts } = JSON.parse(read('package.json'))
  for (const page of pages)
    for (const [, name = ''] of codeIn(read(page)).matchAll(/npm run ([a-z:-]+)/g))
      assert.ok(name in scripts, `${page}: npm run ${name}`)
})

test('README names every setting, and no other', () => {
  const rows = [...readme.matchAll(/^\| `([a-z][a-z-]*)` \|/gm)].map(([, name]) => name)
  assert.equal(rows.sort(), [...new Set<string | undefined>([...topNames, ...sectionNames])].sort())
})

test('every configuration in the pages is one', () => {
  let found = 0
  for (const page of pages)
    for (const [, text = ''] of read(page).matchAll(/^```ini\n(.*?)^```$/gms)) {
      found += 1
      const keys = /^keys\s*=/m.test(text) ? '' : 'keys = /etc/refwarden/keys\n'
      assert.not.throws(() => policyFrom([checkPolicyText(page, keys + text)]), undefined)
    }
  assert.ok(found > 2)
})

test('docs/sync-tag.md shows the unit of the Debian package, to the last word', () => {
  const [, shown = ''] = /^```systemd\n(.*?)^```$/ms.exec(read('docs/sync-tag.md')) ?? []
  assert.is(shown, read('packaging/refwarden-sync@.service'))
})

test('every relative link leads somewhere', () => {
  for (const page of pages)
    for (const [, target = ''] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? page : join(dirname(page), path)
      assert.ok(existsSync(join(root, file)), `${page}: ${target}`)
      if (anchor !== undefined) assert.ok(anchorsOf(read(file)).includes(anchor), `${page}: ${target}`)
    }
})

test('every path of the source that a page names is there', () => {
  for (const page of pages)
    for (const [, path = ''] of read(page).matchAll(
      /`((?:src|test|demo|scripts|hooks|docs)\/[\w./-]+\.[a-z]+)`/g,
    ))
      assert.ok(existsSync(join(root, path)), `${page}: ${path}`)
})

test.run()

function sectionOf(code: string): string {
  const [, section = ''] = new RegExp(`^### ${code}\\n(.*?)(?=^##|(?![\\s\\S]))`, 'ms').exec(rejections) ?? []
  return section
}

/** What of a hint is to be typed. */
function commandsIn(line: string): readonly string[] {
  const [command] = /(?:git|refwarden) [a-z].*$/.exec(line) ?? []
  return command === undefined ? [] : [command.replace(/, then.*$/, '')]
}

/** Fenced and indented blocks, and words between backticks. */
function codeIn(text: string): string {
  const fenced = [...text.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, code]) => code)
  const indented = [...text.matchAll(/^ {4}.*$/gm)].map(([line]) => line)
  const ticked = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code)
  return [...fenced, ...indented, ...ticked].join('\n')
}

/** As web front-ends make them from headings. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .trim()
      .replace(/\s/g, '-'),
  )
}
