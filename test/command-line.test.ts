// What is typed: every command of the table, its help, its examples, and each way to mistype it.
import * as assert from 'uvu/assert'
import { parseArguments, unknownCommand } from '../src/command-line.ts'
import { commandNames, commandTable, findCommand } from '../src/core/command-table.ts'
import { Fault } from '../src/core/fault.ts'
import { synopsis, wordOf } from '../src/core/usage.ts'
import { binary } from './support/paths.ts'
import { run } from './support/repository.ts'
import { suite } from './support/suite.ts'

const test = suite('command line')

for (const name of commandNames)
  test(`refwarden ${name} --help shows words, options and an example`, async () => {
    const help = await run(binary, [...name.split(' '), '--help'])
    assert.is(help.exit, 0, help.stderr)
    const usage = commandTable[name]
    assert.ok(help.stdout.startsWith(`usage: refwarden ${synopsis(name, usage)}\n`), help.stdout)
    for (const option of Object.keys(usage.options)) assert.match(help.stdout, `  --${option}`)
    for (const { line } of usage.examples) assert.match(help.stdout, `  ${line}\n`)
    for (const line of help.stdout.split('\n').filter(line => !line.startsWith('  refwarden')))
      assert.ok(line.length <= 80 || usage.examples.some(example => line.includes(example.line)), line)
    assert.is((await run(binary, ['help', ...name.split(' ')])).stdout, help.stdout)
  })

for (const name of commandNames)
  test(`the examples of ${name} are lines that it takes`, () => {
    const { examples } = commandTable[name]
    assert.ok(examples.length > 0)
    for (const { line } of examples) {
      const [, typed = ''] = /refwarden ([^|>]*)/.exec(line) ?? []
      const found = findCommand(typed.trim().split(' '))
      assert.ok(found.kind === 'command' && found.name === name, line)
      assert.ok(parseArguments(found.name, found.rest) !== null, line)
    }
  })

test('words that may be left out come last, one that repeats at the very end', () => {
  for (const name of commandNames) {
    const words = commandTable[name].words.map(wordOf)
    const needed = words.filter(word => word.isNeeded).length
    assert.ok(
      words.slice(0, needed).every(word => word.isNeeded),
      name,
    )
    assert.ok(
      words.slice(0, -1).every(word => !word.repeats),
      name,
    )
  }
})

test('what is typed comes apart', () => {
  const typed = ['--keys', 'a', '--mode=all', 'main', '--keys=-b', '--json']
  assert.equal(parseArguments('verify', typed), {
    words: ['main'],
    values: { keys: ['a', '-b'], mode: 'all', json: true },
  })
  assert.equal(parseArguments('install', ['--config', 'x=y', '--', '--repo', 'b']), {
    words: ['--repo', 'b'],
    values: { config: 'x=y' },
  })
  assert.equal(parseArguments('verify', ['-']), { words: ['-'], values: {} })
  assert.equal(parseArguments('verify', []), { words: [], values: {} })
  assert.is(parseArguments('verify', ['one', 'two', '--help']), null)
  assert.is(parseArguments('verify', ['-h']), null)
})

const mistyped: readonly [typed: string, error: string, hint: string | null][] = [
  ['', 'no command is given', 'see refwarden --help'],
  ['verfiy main', "'verfiy' is not a refwarden command", "did you mean 'verify'?"],
  ['--config x verify', "'--config' is not a refwarden command", 'see refwarden --help'],
  ['constructor', "'constructor' is not a refwarden command", 'see refwarden --help'],
  ['verify --jsno', "'--jsno' is not an option of refwarden verify", 'did you mean --json?'],
  ['verify --remote x', "'--remote' is not an option of refwarden verify", 'see refwarden verify --help'],
  ['verify -j', "'-j' is not an option of refwarden verify", 'see refwarden verify --help'],
  ['verify --constructor', "'--constructor' is not an option", 'see refwarden verify --help'],
  ['verify --json=yes', '--json takes no value', null],
  ['verify --config', '--config: PATH is missing', null],
  ['verify --keys --json', '--keys: PATH is missing', null],
  ['verify --config a --config b', '--config is given twice', null],
  ['verify --json --json', '--json is given twice', null],
  ['verify --at nwo', "--at: 'nwo' is none of now, signature", "did you mean 'now'?"],
  ['verify a b', "'b' is one word too many", 'write refwarden verify [OPTION…] [REV|A..B|TAG]'],
  ['trust', 'no BRANCH is given', 'write refwarden trust [OPTION…] BRANCH [REV]'],
  ['install --config x', 'no repository is named', 'write REPO…, or --all DIR for all below a folder'],
  ['completion bsh', "'bsh' is none of bash, zsh, fish", "did you mean 'bash'?"],
  ['help verfiy', "'verfiy' is not a refwarden command", "did you mean 'verify'?"],
]

for (const [typed, error, hint] of mistyped)
  test(`refwarden ${typed}: ${error}`, async () => {
    const said = await run(binary, typed === '' ? [] : typed.split(' '))
    assert.is(said.exit, 2)
    assert.is(said.stdout, '')
    const [first = '', second] = said.stderr.trimEnd().split('\n')
    assert.ok(first.startsWith(`error: ${error}`), said.stderr)
    assert.is(second, hint === null ? undefined : `hint: ${hint}`)
  })

test('what was typed reaches the terminal without its control characters', async () => {
  const said = await run(binary, ['verify', '--\x1b]0;x\x07'])
  assert.is(said.exit, 2)
  assert.not.match(said.stderr, '\x1b')
  assert.ok(unknownCommand({ kind: 'unknown', typed: 'x', nearest: null }) instanceof Fault)
})

test('the program names its version, its commit and its Node.js', async () => {
  const said = await run(binary, ['--version'])
  assert.is(said.exit, 0)
  assert.match(
    said.stdout,
    /^refwarden \d+\.\d+\.\d+ \((?:[0-9a-f]{7,40}|unknown)[^)]*\), Node\.js \d+\.\d+\.\d+\n$/,
  )
})

test('--help and help list every command', async () => {
  const help = await run(binary, ['--help'])
  assert.is(help.exit, 0)
  for (const name of commandNames) assert.match(help.stdout, `  refwarden ${name} `)
  for (const other of [['-h'], ['help']]) assert.is((await run(binary, other)).stdout, help.stdout)
})

test.run()
