import { isUtf8 } from 'node:buffer'
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'ini'
import { Fault } from '../core/fault.ts'
import type { Policy } from '../core/policy.ts'
import { policyFrom, strictModesOf } from '../core/policy-settings.ts'
import { checkPolicyText, type PolicyText, type Settings } from '../core/policy-text.ts'
import { type Pushers, parsePushers } from '../core/pushers.ts'
import { sha256 } from '../core/sha256.ts'

/**
 * The policy that rules the repository `gitDir`, or any repository where it is null: the file `globalPath`, with what
 * `refwarden.ini` in the repository overrides. Throws a Fault where a file is missing, broken, or where
 * `assertOnlyOwnerWrites` throws one. The repository's file cannot excuse itself from that check. `digest` is the
 * SHA-256 of the files one behind the other, in hex.
 */
export function readPolicy(
  globalPath: string,
  gitDir: string | null,
  assertOnlyOwnerWrites: (path: string) => void,
): Policy & { readonly digest: string } {
  const texts: PolicyText[] = []
  const bytes: Buffer[] = []
  let strict = true
  for (const file of policyFiles(globalPath, gitDir)) {
    const text = readText(file)
    bytes.push(Buffer.from(text))
    const checked = checkPolicyText(file, text)
    assertSameToIni(file, text, checked)
    const asked = strictModesOf(checked)
    strict = texts.length === 0 ? (asked ?? true) : strict || asked === true
    if (strict) assertOnlyOwnerWrites(file)
    texts.push(checked)
  }
  return { ...policyFrom(texts), digest: sha256(Buffer.concat(bytes)) }
}

/** The files that `readPolicy` reads, in the order in which one overrides the other. */
export function policyFiles(globalPath: string, gitDir: string | null): readonly string[] {
  const general = resolve(globalPath)
  if (gitDir === null) return [general]
  const own = join(commonDir(resolve(gitDir)), 'refwarden.ini')
  if (isEntry(own)) return [general, own]
  if (!isEntry(`${gitDir}/.`)) throw new Fault(`${gitDir}: no such repository`, 'name the folder of one')
  return [general]
}

/**
 * The repository that `gitDir` belongs to: another folder where it is that of a linked worktree, into which one can push
 * as well, and which has no settings, no hooks and no branches of its own. gitrepository-layout(5), commondir.
 */
export function commonDir(gitDir: string): string {
  const link = join(gitDir, 'commondir')
  return isEntry(link) ? resolve(gitDir, readText(link).trimEnd()) : gitDir
}

/** The file that `signer-is-pusher` names. Throws a Fault where it is missing, broken, or others may write it. */
export function readPushers(file: string, assertOnlyOwnerWrites: ((path: string) => void) | null): Pushers {
  const pushers = parsePushers(file, readText(file))
  assertOnlyOwnerWrites?.(file)
  return pushers
}

const mostBytes = 1024 * 1024
const reachable = 'see that the user who runs git may read it'

/** Whether there is something of this name, be it a dangling link. Throws a Fault where that cannot be told. */
function isEntry(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    throw new Fault(`${path}: cannot be reached (${codeOf(error)})`, reachable)
  }
}

function readText(file: string): string {
  const bytes = readRegularFile(file)
  const text = decoded(bytes)
  if (text !== null) return text
  const lines = bytes.toString('latin1').split('\n')
  const line = lines.findIndex(part => decoded(Buffer.from(part, 'latin1')) === null) + 1
  throw new Fault(`${file}:${line}: not UTF-8`, 'save the file as UTF-8')
}

/** Never waits: a FIFO is not opened for reading by blocking, a device not at all. */
function readRegularFile(file: string): Buffer {
  let descriptor: number | null = null
  try {
    assertRegular(file, statSync(file).isFile())
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    const before = fstatSync(descriptor, { bigint: true })
    assertRegular(file, before.isFile())
    const bytes = readUpTo(descriptor, Math.min(Number(before.size), mostBytes) + 1)
    if (bytes.length > mostBytes) throw new Fault(`${file}: larger than 1 MiB`, 'keep the settings only')
    const after = fstatSync(descriptor, { bigint: true })
    // Half of a configuration may protect less than the whole.
    if (before.mtimeNs !== after.mtimeNs || BigInt(bytes.length) !== after.size)
      throw new Fault(
        `${file}: it changed while it was read`,
        'try again; write a new file beside it and move it over the old one',
      )
    return bytes
  } catch (error) {
    throw error instanceof Fault ? error : cannotRead(file, error)
  } finally {
    if (descriptor !== null) closeSync(descriptor)
  }
}

function assertRegular(file: string, regular: boolean): void {
  if (!regular) throw new Fault(`${file}: not a regular file`, 'put a text file in its place')
}

function readUpTo(descriptor: number, most: number): Buffer {
  const buffer = Buffer.alloc(most)
  let filled = 0
  for (;;) {
    const read = readSync(descriptor, buffer, filled, most - filled, null)
    filled += read
    if (read === 0 || filled === most) return buffer.subarray(0, filled)
  }
}

/** Keeps a byte order mark, for the strict check to refuse. */
function decoded(bytes: Uint8Array): string | null {
  return isUtf8(bytes) ? Buffer.from(bytes).toString('utf8') : null
}

function cannotRead(file: string, error: unknown): Fault {
  const code = codeOf(error)
  if (code !== 'ENOENT') return new Fault(`${file}: cannot be read (${code})`, reachable)
  return isEntry(file)
    ? new Fault(`${file}: a link to nothing`, 'mend or remove the link')
    : new Fault(`${file}: no such file`, 'run refwarden install, or name another file with --config')
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no error code'
}

/**
 * The package `ini` never throws; it drops or bends what it does not understand. The strict check lets nothing through
 * that could be bent. Where the two read a file differently all the same, one of them is wrong.
 */
function assertSameToIni(file: string, text: string, { settings, sections }: PolicyText): void {
  const lines = text.split(/\r?\n/)
  for (const { line, pattern } of sections.values())
    lines[line - 1] = `[${header(pattern.replace(/[.;#]/g, '\\$&'))}]` // `ini` splits headers at dots
  const own = [...sections.values()].map(section => [header(section.pattern), valuesOf(section.settings)])
  const ours = new Set(flattened({ ...valuesOf(settings), ...Object.fromEntries(own) }))
  const theirs = new Set(flattened(parse(lines.join('\n'))))
  const differing = [...ours, ...theirs].find(item => !ours.has(item) || !theirs.has(item))
  if (differing !== undefined)
    throw new Fault(
      `${file}: two parsers do not agree on ${differing}`,
      'write it more plainly, and report this as a defect of refwarden',
    )
}

function header(pattern: string): string {
  return `protect "${pattern}"`
}

function valuesOf(settings: Settings): Readonly<Record<string, string>> {
  return Object.fromEntries([...settings.values()].map(({ name, value }) => [name, value]))
}

/** `ini` makes true, false and null of the words; they are words here. */
function flattened(tree: Readonly<Record<string, unknown>>): readonly string[] {
  const written = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null
      ? [name, ...Object.entries(value).map(([inner, own]) => JSON.stringify([name, inner, written(own)]))]
      : [JSON.stringify([name, written(value)])],
  )
}
