import { execa } from 'execa'

export type Run = {
  /** 127 where there is no such program. */
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
  /** Both, in the order in which they came. */
  readonly all: string
}

/** Runs a program to its end in an environment that holds nothing of this account's settings; `home` is `cwd` unless given. */
export async function run(
  program: string,
  args: readonly string[],
  { cwd, home = cwd }: { readonly cwd: string; readonly home?: string },
): Promise<Run> {
  const { exitCode, stdout, stderr, all } = await execa(program, args, {
    cwd,
    stdin: 'ignore',
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      TMPDIR: home,
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
    },
    extendEnv: false,
    all: true,
    reject: false,
    stripFinalNewline: false,
  })
  return { exit: exitCode ?? 127, stdout, stderr, all }
}
