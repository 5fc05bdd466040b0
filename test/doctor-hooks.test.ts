// `refwarden doctor` and what git makes of hooks: each state made for real, found, and shown by a push.
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { State } from './support/doctor.ts'
import { declareStates, edit, hookOf } from './support/doctor.ts'
import type { MarkedServer } from './support/marked.ts'
import { binary } from './support/paths.ts'
import { suite } from './support/suite.ts'

const settings = (server: MarkedServer, text: string) => {
  writeFileSync(join(server.folder, 'gitconfig'), text)
  return join(server.folder, 'gitconfig')
}
const toNowhere = (server: MarkedServer) => `[core]\n\thooksPath = ${server.folder}/nowhere\n`
const runner =
  '#!/bin/sh\nfor hook in "$GIT_DIR/hooks/pre-receive.d/"*; do test -x "$hook" || continue; "$hook" || exit; done\n'

const states: Readonly<Record<string, State>> = {
  'no hook': { code: 'hook-missing', effect: 'opens', spoil: it => rmSync(hookOf(it)) },
  'no folder of hooks': {
    code: 'hook-missing',
    effect: 'opens',
    also: ['post-receive-missing'],
    spoil: it => rmSync(join(it.gitDir, 'hooks'), { recursive: true }),
  },
  'a link to nothing': {
    code: 'hook-dangling',
    effect: 'opens',
    spoil: it => {
      rmSync(hookOf(it))
      symlinkSync('../gone', hookOf(it))
    },
  },
  'a link to itself': {
    code: 'hook-dangling',
    effect: 'opens',
    spoil: it => {
      rmSync(hookOf(it))
      symlinkSync('pre-receive', hookOf(it))
    },
  },
  'not executable': {
    code: 'hook-not-executable',
    effect: 'opens',
    spoil: it => chmodSync(hookOf(it), 0o644),
  },
  'a folder in its place': {
    code: 'hook-obstacle',
    effect: 'holds',
    spoil: it => {
      rmSync(hookOf(it))
      mkdirSync(hookOf(it))
    },
  },
  'another hook over it': {
    code: 'hook-replaced',
    effect: 'opens',
    spoil: it => writeFileSync(hookOf(it), '#!/bin/sh\ncat >/dev/null\n'),
  },
  'an empty file': { code: 'hook-replaced', effect: 'opens', spoil: it => writeFileSync(hookOf(it), '') },
  'a stub that ends early': {
    code: 'hook-edited',
    effect: 'opens',
    spoil: it => edit(hookOf(it), text => text.replace('\njudge() {', '\nexit 0\njudge() {')),
  },
  'a stub with a line behind the exec': {
    code: 'hook-edited',
    effect: 'opens',
    spoil: it => edit(hookOf(it), text => text.replace('\n  exec ', '\n  exit 0; exec ')),
  },
  'a stub of another version': {
    code: 'hook-outdated',
    effect: null,
    spoil: it => edit(hookOf(it), text => text.replace('refwarden-stub: 1', 'refwarden-stub: 7')),
  },
  'core.hooksPath in the repository': {
    code: 'hook-shadowed',
    effect: 'opens',
    spoil: it => void it.git('config', 'core.hooksPath', '/nowhere'),
  },
  'core.hooksPath in the worktree': {
    code: 'hook-shadowed',
    effect: 'opens',
    spoil: it => {
      it.git('config', 'extensions.worktreeConfig', 'true')
      it.git('config', '--worktree', 'core.hooksPath', '/nowhere')
    },
  },
  'core.hooksPath in an included file': {
    code: 'hook-shadowed',
    effect: 'opens',
    spoil: it => void it.git('config', 'include.path', settings(it, toNowhere(it))),
  },
  'core.hooksPath of the account': {
    code: 'hook-shadowed',
    effect: 'opens',
    env: it => ({ GIT_CONFIG_GLOBAL: join(it.folder, 'gitconfig') }),
    spoil: it => void settings(it, toNowhere(it)),
  },
  'core.hooksPath in ~/.gitconfig, for this repository': {
    code: 'hook-shadowed',
    effect: 'opens',
    env: it => ({ HOME: it.folder, GIT_CONFIG_GLOBAL: join(it.folder, '.gitconfig') }),
    spoil: it => {
      settings(it, toNowhere(it))
      const text = `[includeIf "gitdir:${it.gitDir}"]\n\tpath = ~/gitconfig\n`
      writeFileSync(join(it.folder, '.gitconfig'), text)
    },
  },
  'core.hooksPath of the system': {
    code: 'hook-shadowed',
    effect: 'opens',
    env: it => ({ GIT_CONFIG_SYSTEM: join(it.folder, 'gitconfig'), GIT_CONFIG_NOSYSTEM: '0' }),
    spoil: it => void settings(it, toNowhere(it)),
  },
  'core.hooksPath in the environment': {
    code: 'hook-shadowed',
    effect: 'opens',
    env: () => ({
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.hooksPath',
      GIT_CONFIG_VALUE_0: '/nowhere',
    }),
    // git does not hand it to a receive-pack of its own; a server's environment is there before git
    args: [
      '--receive-pack=env GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=/nowhere git-receive-pack',
    ],
    spoil: () => undefined,
  },
  'a folder of hooks that is elsewhere, with the stub in it': {
    code: 'hooks-elsewhere',
    effect: null,
    spoil: it => {
      renameSync(join(it.gitDir, 'hooks'), join(it.folder, 'hooks'))
      it.git('config', 'core.hooksPath', join(it.folder, 'hooks'))
    },
  },
  'a .d layout without our file': {
    code: 'hook-missing',
    effect: 'opens',
    also: ['post-receive-missing'],
    spoil: it => {
      mkdirSync(`${hookOf(it)}.d`)
      writeFileSync(hookOf(it), runner)
    },
  },
  'a .d layout, ours not executable': {
    code: 'hook-not-executable',
    effect: 'opens',
    also: ['post-receive-missing'],
    spoil: it => {
      mkdirSync(`${hookOf(it)}.d`)
      renameSync(hookOf(it), `${hookOf(it)}.d/refwarden`)
      chmodSync(`${hookOf(it)}.d/refwarden`, 0o600)
      writeFileSync(hookOf(it), runner, { mode: 0o755 })
    },
  },
  'the former hook is gone': {
    code: 'former-hook-missing',
    effect: 'holds',
    spoil: it => edit(hookOf(it), text => text.replace('[ no = no ]', '[ yes = no ]')),
  },
  'the binary is gone': {
    code: 'binary-missing',
    effect: 'holds',
    spoil: it => edit(hookOf(it), text => text.replaceAll(binary, join(it.folder, 'gone'))),
  },
}

const test = suite('doctor: hooks')
declareStates(test, states, [
  ...([
    'hook-missing',
    'hook-dangling',
    'hook-not-executable',
    'hook-obstacle',
    'hook-replaced',
    'hook-edited',
  ] as const),
  ...([
    'hook-outdated',
    'hook-shadowed',
    'hooks-elsewhere',
    'former-hook-missing',
    'binary-missing',
  ] as const),
])
test.run()
