// The page of the manual and the completions, read by groff, man, bash, zsh and fish themselves.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { commandNames, commandTable } from '../src/core/command-table.ts'
import { binary } from './support/paths.ts'
import { inTerminal, ptyMissing } from './support/pty.ts'
import { run } from './support/repository.ts'
import { suite } from './support/suite.ts'

const test = suite('manual and completion')

const folder = mkdtempSync(join(tmpdir(), 'refwarden-completion-'))
test.before(() => {
  for (const name of ['one.asc', 'two words.asc']) writeFileSync(join(folder, name), '')
  mkdirSync(join(folder, 'one.git'))
})
test.after(() => rmSync(folder, { recursive: true }))

function missing(program: string): string | null {
  return spawnSync(program, ['--version']).error === undefined ? null : `${program} is not installed`
}

test.unless(
  missing('groff'),
  'groff has nothing to say against the manual, which names everything',
  async () => {
    const page = await run(binary, ['man'])
    assert.is(page.exit, 0)
    assert.ok(
      [...page.stdout].every(char => char.charCodeAt(0) < 127),
      'ASCII',
    )
    const read = spawnSync('groff', ['-man', '-ww', '-Tascii', '-P-c', '-P-bou', '-rLL=78n'], {
      input: page.stdout,
      encoding: 'utf8',
    })
    assert.is(read.stderr, '')
    assert.is(read.status, 0)
    for (const name of commandNames) {
      assert.match(read.stdout, `refwarden ${name}`)
      for (const option of Object.keys(commandTable[name].options)) assert.match(read.stdout, `--${option}`)
      for (const { line } of commandTable[name].examples) assert.match(read.stdout, line)
    }
  },
)

test.unless(missing('man'), 'man shows it', async () => {
  const page = await run(binary, ['man'])
  const read = spawnSync('man', ['--warnings', '-l', '-'], {
    input: page.stdout,
    encoding: 'utf8',
    env: { ...process.env, MANPAGER: 'cat', MANWIDTH: '80', LC_ALL: 'C.UTF-8' },
  })
  assert.is(read.status, 0, read.stderr)
  assert.is(read.stderr, '')
  assert.match(read.stdout, 'REFWARDEN(1)')
})

/** What is typed before the tab, and what the program is started with when a line's end is typed behind it. */
const completed: readonly [typed: string, started: string][] = [
  ['refwarden veri', '<verify>'],
  ['refwarden verify --js', '<verify><--json>'],
  ['refwarden verify --mode fi', '<verify><--mode><first-parent>'],
  ['refwarden completion z', '<completion><zsh>'],
  ['refwarden verify --keys one.a', '<verify><--keys><one.asc>'],
  ['refwarden verify --keys two', '<verify><--keys><two words.asc>'],
  ['refwarden install on', '<install><one.git>'],
  ['refwarden key', '<keys>'],
  ['refwarden keys use', '<keys><used-by>'],
  ['refwarden keys list --js', '<keys><list><--json>'],
  ['refwarden keys add one.a', '<keys><add><one.asc>'],
  // options of another command, and what no command takes, are not completed
  ['refwarden trust --js', '<trust><--js>'],
  ['refwarden man on', '<man><on>'],
]

/** A program of the shell's own that says what it is started with; the shell ends once that has been read. */
const started = `refwarden() { printf 'started: '; printf '<%s>' "$@"; printf '.\\n'; }`

const end = { after: /started: <.*>\./, type: 'exit\r' }

for (const [typed, args] of completed) {
  test.unless(missing('bash') ?? ptyMissing, `bash completes ${typed}`, async () => {
    const rc = join(folder, 'bashrc')
    const completion = (await run(binary, ['completion', 'bash'])).stdout
    writeFileSync(rc, `${completion}\n${started}\nPS1='ready> '\n`)
    const keys = [{ after: /ready> /, type: `${typed}\t\r` }, end]
    const { raw } = await inTerminal('bash', ['--rcfile', rc, '-i'], { cwd: folder, keys })
    assert.match(raw.replaceAll('/>', '>'), `started: ${args}.`)
  })

  test.unless(missing('zsh') ?? ptyMissing, `zsh completes ${typed}`, async () => {
    writeFileSync(join(folder, '_refwarden'), (await run(binary, ['completion', 'zsh'])).stdout)
    const rc = [
      'fpath=($ZDOTDIR $fpath)',
      'autoload -Uz compinit && compinit -u -D',
      started,
      "zstyle ':completion:*' completer _complete",
      "PS1='ready> '",
    ]
    writeFileSync(join(folder, '.zshrc'), `${rc.join('\n')}\n`)
    // bracketed paste is switched on once the line editor has the terminal
    const keys = [{ after: /\x1b\[\?2004h/, type: `${typed}\t\r` }, end]
    const { raw } = await inTerminal('zsh', ['-d', '-i'], { cwd: folder, env: { ZDOTDIR: folder }, keys })
    assert.match(raw.replaceAll('/>', '>'), `started: ${args}.`)
  })
}

const offered: readonly [typed: string, offers: readonly string[]][] = [
  ['refwarden veri', ['verify']],
  ['refwarden verify --mode ', ['all', 'first-parent']],
  ['refwarden verify --js', ['--json']],
  ['refwarden completion ', ['bash', 'fish', 'zsh']],
  ['refwarden keys s', ['show', 'sync']],
  ['refwarden keys sync --admin', ['--admin-keys']],
  ['refwarden keys show --admin', []],
  ['refwarden verify --keys on', ['one.asc', 'one.git/']],
  ['refwarden install o', ['one.git/']],
  ['refwarden trust --js', []],
  ['refwarden man o', []],
]

for (const [typed, offers] of offered)
  test.unless(missing('fish'), `fish completes ${typed}`, async () => {
    const script = join(folder, 'refwarden.fish')
    writeFileSync(script, (await run(binary, ['completion', 'fish'])).stdout)
    const asked = await run('fish', ['--no-config', '-c', `source ${script}; complete -C '${typed}'`], {
      cwd: folder,
    })
    assert.is(asked.stderr, '')
    assert.equal(
      asked.stdout.split('\n').flatMap(line => (line === '' ? [] : [line.replace(/\t.*/, '')])),
      offers,
    )
  })

test.run()
