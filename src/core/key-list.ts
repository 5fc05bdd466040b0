import { type FilledKeySet, titleOf } from './key-sets.ts'
import { type KeyState, keyState, partState } from './key-state.ts'
import type { SigningPart, TrustedKey } from './keyring.ts'
import { fitted, printable } from './printable.ts'

/** Two lines a key under a title a set; what cannot sign, or soon no more, has a mark before it, and a colour if asked. */
export function renderKeyList(
  sets: readonly FilledKeySet[],
  now: number,
  colour: boolean,
): readonly string[] {
  return sets.flatMap((set, index) => [
    ...(index > 0 ? [''] : []),
    printable([titleOf(set), set.paths.join(', ')].filter(text => text !== '').join(': ')),
    ...set.keys.flatMap(key => renderEntry(set, key, now, colour)),
  ])
}

/** One JSON object a key. */
export function renderKeyListJson(sets: readonly FilledKeySet[], now: number): readonly string[] {
  return sets.flatMap(set => set.keys.map(key => JSON.stringify(keyObject(set, key, now))))
}

/** All that is known of a key. */
export function renderKey(set: FilledKeySet, key: TrustedKey, now: number): readonly string[] {
  const state = keyState(key, now)
  const rows: readonly (readonly [name: string, text: string])[] = [
    ...key.userIds.map(userId => ['user id', userId] as const),
    ['algorithm', key.algorithm],
    ...(key.created === null ? [] : [['made', dayOf(key.created)] as const]),
    ['state', describeState(state, now)],
    ...(titleOf(set) === '' ? [] : [['for', titleOf(set)] as const]),
    ...key.parts.flatMap(part => partRows(key, part, now)),
    ...key.files.map(file => ['file', file] as const),
  ]
  return [key.fingerprint, ...rows.map(([name, text]) => `  ${name.padEnd(10)}${fitted(text, 200)}`)]
}

/** `expires in 12 days`, `revoked`, `unusable: …`. */
export function describeState({ kind, until, why }: KeyState, now: number): string {
  switch (kind) {
    case 'good':
    case 'expiring':
      return until === null ? 'does not expire' : `expires in ${spanOf(until - now)}`
    case 'expired':
      return until === null ? 'expired' : `expired ${spanOf(now - until)} ago`
    case 'not-yet':
      return 'made in the future'
    case 'revoked':
      return 'revoked'
    case 'unusable':
      return `unusable: ${why ?? 'no part of it'}`
  }
}

/** The first user id, or what stands for it where there is none. */
export function ownerOf({ userIds }: TrustedKey): string {
  return userIds.find(userId => userId !== '') ?? 'no user id'
}

function renderEntry(set: FilledKeySet, key: TrustedKey, now: number, colour: boolean): readonly string[] {
  const state = keyState(key, now)
  const told = describeState(state, now)
  const shade = state.kind === 'expiring' ? '33' : '31'
  const shown = colour && state.kind !== 'good' ? `\x1b[${shade}m${printable(told)}\x1b[m` : printable(told)
  const files = key.files.map(file => shortened(file, set.paths)).join(', ')
  return [
    `${state.kind === 'good' ? ' ' : '!'} ${key.fingerprint}  ${shown}`,
    `    ${fitted(ownerOf(key), 60)}  ${key.algorithm}  ${printable(files)}`,
  ]
}

/** Without the folder that the title names. */
function shortened(file: string, paths: readonly string[]): string {
  const folder = paths.find(path => file.startsWith(`${path}/`))
  return folder === undefined ? file : file.slice(folder.length + 1)
}

function partRows(
  { fingerprint }: TrustedKey,
  part: SigningPart,
  now: number,
): readonly (readonly [string, string])[] {
  if (part.fingerprint === fingerprint) return []
  const state = describeState(partState(part, now), now)
  return [['subkey', `${part.fingerprint}  ${state}`]]
}

function keyObject(set: FilledKeySet, key: TrustedKey, now: number): Readonly<Record<string, unknown>> {
  const { kind: state, until, why } = keyState(key, now)
  return {
    fingerprint: key.fingerprint,
    userIds: key.userIds,
    algorithm: key.algorithm,
    created: key.created === null ? null : timeOf(key.created),
    state,
    why,
    expires: until === null ? null : timeOf(until),
    signs: set.signs,
    refs: set.refs,
    subkeys: key.parts
      .filter(part => part.fingerprint !== key.fingerprint)
      .map(part => {
        const { kind, until: end, why: reason } = partState(part, now)
        return {
          fingerprint: part.fingerprint,
          state: kind,
          why: reason,
          expires: end === null ? null : timeOf(end),
        }
      }),
    files: key.files,
  }
}

function spanOf(seconds: number): string {
  const [count, unit] =
    seconds >= 2 * 86400
      ? [Math.floor(seconds / 86400), 'day']
      : [Math.max(1, Math.floor(seconds / 3600)), 'hour']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

function dayOf(seconds: number): string {
  return timeOf(seconds).slice(0, 10)
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
