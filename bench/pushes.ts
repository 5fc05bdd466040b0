/** Cases (d) and (f): the pre-receive hook, started as git-receive-pack starts it, on a push of one commit. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { binary } from '../test/support/paths.ts'
import { emptyStart, missing, nodeStart } from './contestants.ts'
import { stock, tipsOf } from './histories.ts'
import type { Command } from './measure.ts'
import { repeated, timed } from './measure.ts'
import type { Case, Contestant } from './results.ts'
import { signerOf } from './signers.ts'
import type { Sizes } from './sizes.ts'
import { grouped } from './sizes.ts'
import type { Workplace } from './workplace.ts'

/** (f) The whole hook beside the start of Node.js and beside a hook in shell. */
export function onePush(place: Workplace, sizes: Sizes): Case {
  const [ours, shell] = [server(place, sizes, keyFolder(place, sizes.keys[0])), shellServer(place, sizes)]
  const hook = ({ gitDir, env, tips }: Server, tip: 'signed' | 'unsigned') => {
    const update = { ...tips, tip: tips[tip], ref: 'refs/heads/main' }
    return pushOf(gitDir, env, update, tip === 'signed' ? 0 : 1)
  }
  const inShell = (who: string, tip: 'signed' | 'unsigned'): Contestant => {
    const judged = contestant(who, null, hook(shell, tip))
    return { ...judged, check: async () => missing('gpg', place) ?? judged.check() }
  }
  const target = (value: number) => ({ kind: 'at most', value }) as const
  const against = (says: string, over: string, under: string) =>
    ({ says, of: 'milliseconds', over, under }) as const
  return {
    letter: 'f',
    title: `a push of one commit, ${sizes.keys[0]} trusted keys, the whole hook`,
    contestants: [
      nodeStart(place),
      emptyStart(place),
      contestant('signed', null, hook(ours, 'signed'), { ready: hasCompiled(ours.gitDir) }),
      contestant('unsigned', null, hook(ours, 'unsigned')),
      contestant('nothing protected', null, unprotected(ours)),
      inShell('signed, shell hook', 'signed'),
      inShell('unsigned, shell hook', 'unsigned'),
    ],
    comparisons: [
      { ...against('signed, against node -e 0', 'signed', 'node -e 0'), target: target(1.6) },
      {
        ...against('nothing protected, against node -e 0', 'nothing protected', 'node -e 0'),
        target: target(1.25),
      },
      against('unsigned, against node -e 0', 'unsigned', 'node -e 0'),
      against('a program that does nothing, against node -e 0', 'true', 'node -e 0'),
      against('signed, against a shell hook with git verify-commit', 'signed', 'signed, shell hook'),
      against('unsigned, against a shell hook with git verify-commit', 'unsigned', 'unsigned, shell hook'),
    ],
  }
}

/** (d) The same signed commit with ever more trusted keys, unchanged since the push before and just changed. */
export function manyKeys(place: Workplace, sizes: Sizes): Case {
  const [few, , most] = sizes.keys
  const [unchanged, changed, gathered] = ['keys unchanged', 'one key added', 'one file, unchanged']
  const atMost = { kind: 'at most', value: 1.3 } as const
  const inOneFile = server(place, sizes, keyFile(place, most))
  return {
    letter: 'd',
    title: 'a push of one signed commit, by the number of trusted keys',
    contestants: [
      nodeStart(place),
      ...sizes.keys.flatMap(count => {
        // a server for each: a folder that changed a moment ago is not compiled
        const [still, moving] = [
          server(place, sizes, keyFolder(place, count)),
          server(place, sizes, keyFolder(place, count)),
        ]
        return [
          contestant(unchanged, count, signedPush(still), { ready: hasCompiled(still.gitDir) }),
          contestant(changed, count, signedPush(moving), { before: keyAdder(moving.keys) }),
        ]
      }),
      contestant(gathered, most, signedPush(inOneFile), { ready: hasCompiled(inOneFile.gitDir) }),
    ],
    comparisons: [
      ...[most, sizes.keys[1]].map(count => ({
        says: `${grouped(count)} keys, ${unchanged}, against ${few}`,
        of: 'milliseconds' as const,
        over: `${unchanged}, ${count}`,
        under: `${unchanged}, ${few}`,
        ...(count === most ? { target: atMost } : {}),
      })),
      {
        says: `${grouped(most)} keys in ${gathered}, against ${few}`,
        of: 'milliseconds',
        over: `${gathered}, ${most}`,
        under: `${unchanged}, ${few}`,
        target: atMost,
      },
      ...sizes.keys.map(count => ({
        says: `${grouped(count)} keys, ${changed}, against node -e 0`,
        of: 'milliseconds' as const,
        over: `${changed}, ${count}`,
        under: 'node -e 0',
      })),
    ],
  }
}

type Server = {
  readonly gitDir: string
  readonly env: Workplace['env']
  readonly tips: ReturnType<typeof tipsOf>
  /** The key folder, or the file of all keys. */
  readonly keys: string
}

/** A folder of so many keys; the signer's is among them. */
function keyFolder(place: Workplace, count: number): string {
  return place.copy(stock('keys', count).keys)
}

/** The same keys in one file. */
function keyFile(place: Workplace, count: number): string {
  const folder = keyFolder(place, count)
  const keys = readdirSync(folder).map(name => readFileSync(join(folder, name)))
  const file = join(folder, 'all.asc')
  writeFileSync(file, Buffer.concat(keys), { mode: 0o644 })
  return file
}

/** A repository with the real installation in it that trusts these keys. */
function server(place: Workplace, sizes: Sizes, keys: string): Server {
  const made = bareServer(place, sizes)
  const config = join(made.gitDir, '../refwarden.ini')
  writeFileSync(config, `keys = ${keys}\n\n[protect "refs/heads/main"]\nmode = all\n`, { mode: 0o644 })
  const { status, stdout, stderr } = spawnSync(binary, ['install', '--config', config, made.gitDir], {
    env: place.env,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`refwarden install failed:\n${stdout}${stderr}`)
  return { ...made, keys }
}

/** What an admin would write who has no refwarden. */
const shellHook = `#!/bin/sh
while read -r old new ref; do
  case $ref in refs/heads/main) ;; *) continue ;; esac
  for commit in $(git rev-list "$old..$new"); do
    git verify-commit "$commit" || exit 1
  done
done
`

function shellServer(place: Workplace, sizes: Sizes): Server {
  const made = bareServer(place, sizes)
  const { keys } = stock('keys', sizes.keys[0])
  mkdirSync(join(made.gitDir, 'hooks'))
  writeFileSync(join(made.gitDir, 'hooks/pre-receive'), shellHook, { mode: 0o755 })
  return { ...made, env: missing('gpg', place) === null ? place.gnupg(keys) : place.env, keys }
}

function bareServer(place: Workplace, sizes: Sizes): Server {
  const made = stock('line', sizes.server)
  const gitDir = join(place.copy(join(made.gitDir, '..')), 'repo.git')
  unpackTips(gitDir, place.env)
  return { gitDir, env: place.env, tips: tipsOf(made), keys: '' }
}

/** As a push leaves them: git-receive-pack(1) unpacks fewer than a hundred objects. Theirs is the smaller of two packs. */
function unpackTips(gitDir: string, env: Workplace['env']): void {
  const packs = join(gitDir, 'objects/pack')
  const sizeOf = (name: string) => statSync(join(packs, name)).size
  const names = readdirSync(packs).filter(name => name.endsWith('.pack'))
  const [small = ''] = names.sort((one, other) => sizeOf(one) - sizeOf(other))
  const input = readFileSync(join(packs, small))
  for (const suffix of ['.pack', '.idx']) rmSync(join(packs, small.replace('.pack', suffix)))
  const { status, stderr } = spawnSync('git', ['unpack-objects', '-q'], {
    env: { ...env, GIT_DIR: gitDir },
    input,
    encoding: 'utf8',
  })
  if (status !== 0 || names.length !== 2) throw new Error(`the tips of ${gitDir} are not unpacked: ${stderr}`)
}

type Update = { readonly main: string; readonly tip: string; readonly ref: string }

/** githooks(5). What was pushed is in the store already: git's quarantine is left out. */
function pushOf(gitDir: string, env: Workplace['env'], { main, tip, ref }: Update, exit: 0 | 1): Command {
  return {
    program: join(gitDir, 'hooks/pre-receive'),
    args: [],
    cwd: gitDir,
    env: { ...env, GIT_DIR: '.' },
    input: `${main} ${tip} ${ref}\n`,
    exit,
  }
}

function signedPush({ gitDir, env, tips }: Server): Command {
  return pushOf(gitDir, env, { ...tips, tip: tips.signed, ref: 'refs/heads/main' }, 0)
}

function unprotected({ gitDir, env, tips }: Server): Command {
  return pushOf(gitDir, env, { main: '0'.repeat(40), tip: tips.unsigned, ref: 'refs/heads/topic' }, 0)
}

/**
 * Each measurement begins with a run that is not counted, unless `before` is to be seen by the run itself. `ready`, where
 * it is given, says whether the hook has got so far that it is to be measured: it is run until it has.
 */
function contestant(
  who: string,
  size: number | null,
  command: Command,
  { before, ready = () => true }: { readonly before?: () => void; readonly ready?: () => boolean } = {},
): Contestant {
  const check = async () => {
    await timed(command)
    for (let waited = 0; !ready(); waited += 1) {
      if (waited === 60) throw new Error(`${who}: the keys are not compiled after a minute`)
      await setTimeout(1000)
      await timed(command)
    }
    return null
  }
  return {
    who,
    size,
    check,
    async run() {
      if (before === undefined) await check()
      return repeated(() => {
        before?.()
        return timed(command)
      })
    },
  }
}

/** Key files that are a few seconds old are not compiled yet: the usual push comes later. */
function hasCompiled(gitDir: string): () => boolean {
  return () => readdirSync(gitDir).some(name => name.startsWith('refwarden-keyring-'))
}

/** Puts a key into the folder that was never there; the one before it goes. */
function keyAdder(keys: string): () => void {
  let number = 100_000
  let last: string | null = null
  return () => {
    const { fingerprint, armored } = signerOf(number++, 'eddsa')
    if (last !== null) rmSync(last)
    last = join(keys, `${fingerprint}.asc`)
    writeFileSync(last, armored, { mode: 0o644 })
  }
}
