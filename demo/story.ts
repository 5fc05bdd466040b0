import { objectReasons, type Reason, refReasons } from '../src/core/rejection.ts'
import { run } from './run.ts'
import { type Scene, scenes } from './scenes.ts'
import { git, gitPush, type Stage, setStage } from './stage.ts'

/** Shows it all on stdout. Returns the exit code: 1 where a push did not end as it should. */
export async function tell(): Promise<0 | 1> {
  const stage = await setStage(process.cwd())
  try {
    say(bold('refwarden: real pushes to a real repository'))
    say(`  ${stage.folder}, deleted at the end`)
    say(`  keys and signatures made by ${stage.madeWith}${stage.dave === null ? '' : ', and by ssh-keygen'}`)
    say('', bold('the admin installs'))
    for (const { command, output } of stage.setUp) say(`  $ ${command}`, ...indented(output))
    say('', bold('the configuration, with a section added'), ...indented(stage.configuration))
    const rows: Row[] = []
    const possible = scenes.filter(scene => scene.isPossible?.(stage) ?? true)
    for (const [index, scene] of possible.entries()) rows.push(await play(stage, scene, index + 1))
    say('', bold('verdicts'), ...table(rows))
    const wrong = rows.filter(({ right }) => !right).length
    say(
      '',
      wrong === 0
        ? green(`all ${rows.length} as expected`)
        : red(`${wrong} of ${rows.length} not as expected`),
    )
    return wrong === 0 ? 0 : 1
  } finally {
    await stage.close()
  }
}

type Row = { readonly scene: Scene; readonly number: number; readonly got: string; readonly right: boolean }

async function play(stage: Stage, scene: Scene, number: number): Promise<Row> {
  say('', bold(`${number}  ${scene.title}`))
  await scene.prepare(stage)
  const refspec = `HEAD:refs/heads/${scene.branch}`
  const { exit, all } = await gitPush(stage, colour, refspec)
  const shown = all.replaceAll(`${stage.folder}/`, '')
  say(`  $ git push origin ${refspec}`, ...indented(shown))
  const got = await outcome(stage, scene.branch, exit, all)
  const right = got === scene.expected
  say(`  ${right ? green(got) : red(`${got}, not ${scene.expected}`)}`)
  return { scene, number, got, right }
}

/** By what happened on the server, and the reason codes among what it said. */
async function outcome(stage: Stage, branch: string, exit: number, output: string): Promise<string> {
  const pushed = await git(stage, 'rev-parse', 'HEAD')
  const there = await run('git', ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`], {
    cwd: stage.server,
  })
  const moved = there.stdout.trim() === pushed
  const codes = codesIn(output).join(', ')
  if (exit === 0 && moved && codes === '') return 'accepted'
  return exit !== 0 && !moved && codes !== '' ? codes : `neither accepted nor refused (exit ${exit})`
}

function codesIn(output: string): readonly Reason[] {
  const errors = output
    .replaceAll(escapes, '')
    .split('\n')
    .filter(line => line.startsWith('remote: error:'))
  return [...objectReasons, ...refReasons].filter(code => errors.some(line => line.includes(` ${code}: `)))
}

function table(rows: readonly Row[]): readonly string[] {
  const lines = rows.map(({ scene, number, got, right }) => ({
    cells: [String(number), scene.short, scene.branch, scene.expected, got],
    right,
  }))
  const head = ['', 'push', 'to', 'expected', 'got']
  const widths = head.map((word, column) =>
    Math.max(word.length, ...lines.map(({ cells }) => cells[column]?.length ?? 0)),
  )
  const joined = (cells: readonly string[]) =>
    cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')
  const marked = lines.map(({ cells, right }) => `${joined(cells)}  ${right ? green('ok') : red('WRONG')}`)
  return [bold(joined(head)), ...marked].map(line => `  ${line}`.trimEnd())
}

/** git pads what the server said with blanks, or ends it with an escape sequence that clears the line. */
function indented(text: string): readonly string[] {
  if (text === '') return []
  const lines = text.replaceAll('\u001b[K', '').trimEnd().split('\n')
  return lines.map(line => `  ${line.trimEnd()}`.trimEnd())
}

const escapes = /\u001b\[[0-9;]*[A-Za-z]/g
const colour =
  process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb'

function painted(code: number, text: string): string {
  return colour ? `\u001b[${code}m${text}\u001b[0m` : text
}

const bold = (text: string) => painted(1, text)
const green = (text: string) => painted(32, text)
const red = (text: string) => painted(31, text)

function say(...lines: readonly string[]): void {
  process.stdout.write(lines.map(line => `${line}\n`).join(''))
}
