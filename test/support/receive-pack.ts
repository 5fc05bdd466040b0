/** git-receive-pack spoken to by hand, for pushes that no client would send. gitprotocol-pack, gitprotocol-common. */
import { spawn } from 'node:child_process'
import { bytes, text } from './packets.ts'

export type Command = {
  /** Object names, or whatever is sent in their place. */
  readonly before: string
  readonly after: string
  /** Any bytes but NUL. */
  readonly ref: string | Uint8Array
}

export type RawPush = {
  readonly commands: readonly Command[]
  /** Such as from `packOf`; left out where every command deletes. */
  readonly pack?: Uint8Array
  /** Beside `report-status`, `side-band-64k` and the object format of the first command; such as `atomic`. */
  readonly capabilities?: readonly string[]
  /** Sent as `shallow OID` ahead of the commands. */
  readonly shallow?: readonly string[]
  readonly pushOptions?: readonly string[]
  /** Ends the connection ahead of the pack. */
  readonly hangUp?: boolean
  readonly env?: Readonly<Record<string, string>>
  /** In the place of `git receive-pack GITDIR`. */
  readonly program?: readonly [string, ...string[]]
}

export type RawResult = {
  readonly exit: number | null
  /** What the server has: object names by ref. */
  readonly advertised: ReadonlyMap<string, string>
  /** `ok`, or why the objects were not taken; null where no report came. */
  readonly unpack: string | null
  /** `ok`, or why not, by ref. */
  readonly refs: ReadonlyMap<string, string>
  /** What the server said, a line each. */
  readonly remote: readonly string[]
  readonly stderr: string
}

/** Pushes these commands to the repository at `gitDir`. */
export async function receivePack(gitDir: string, given: RawPush): Promise<RawResult> {
  const [program, ...args] = given.program ?? ['git', 'receive-pack', gitDir]
  const { exit, stdout, stderr } = await converse(program, args, request(given), given.env ?? {})
  const { advertised, rest } = readAdvertisement(stdout)
  const bands = [...packetLines(rest)].flatMap(line => (line === null ? [] : [line]))
  const band = (number: number) =>
    bytes(...bands.filter(line => line[0] === number).map(line => line.subarray(1)))
  const report = [...packetLines(band(1))].flatMap(line => (line === null ? [] : [latin1(line).trimEnd()]))
  const statuses = report.flatMap(line => {
    const found = /^(ok|ng) (\S+) ?(.*)$/s.exec(line)
    return found === null ? [] : [[found[2] ?? '', found[1] === 'ok' ? 'ok' : (found[3] ?? '')] as const]
  })
  return {
    exit,
    advertised,
    unpack: report.find(line => line.startsWith('unpack '))?.slice('unpack '.length) ?? null,
    refs: new Map(statuses),
    remote: Buffer.from(band(2))
      .toString()
      .split('\n')
      .filter(line => line !== ''),
    stderr,
  }
}

/** One pkt-line. */
export function packetLine(content: string | Uint8Array): Uint8Array {
  const body = typeof content === 'string' ? text(content) : content
  return bytes(text((body.length + 4).toString(16).padStart(4, '0')), body)
}

function request({
  commands,
  pack,
  capabilities = [],
  shallow = [],
  pushOptions,
  hangUp = false,
}: RawPush): Uint8Array {
  const options = pushOptions === undefined ? [] : ['push-options']
  const format = `object-format=${commands[0]?.after.length === 64 ? 'sha256' : 'sha1'}`
  const asked = ['report-status', 'side-band-64k', format, ...capabilities, ...options].join(' ')
  const lines = commands.map(({ before, after, ref }, index) => {
    const name = typeof ref === 'string' ? text(ref) : ref
    return packetLine(bytes(text(`${before} ${after} `), name, index === 0 ? text(`\0 ${asked}`) : bytes()))
  })
  const flush = text('0000')
  return bytes(
    ...shallow.map(oid => packetLine(`shallow ${oid}`)),
    ...lines,
    flush,
    ...(pushOptions === undefined ? [] : [...pushOptions.map(option => packetLine(option)), flush]),
    ...(hangUp || pack === undefined ? [] : [pack]),
  )
}

/** Refs and their names up to the first flush, and what comes behind it. */
function readAdvertisement(stdout: Uint8Array): { advertised: Map<string, string>; rest: Uint8Array } {
  const advertised = new Map<string, string>()
  let at = 0
  for (const line of packetLines(stdout)) {
    at += line === null ? 4 : line.length + 4
    if (line === null) break
    const [oid = '', name = ''] = (latin1(line).split('\0')[0] ?? '').trimEnd().split(' ')
    if (name !== 'capabilities^{}') advertised.set(name, oid)
  }
  return { advertised, rest: stdout.subarray(at) }
}

/** The contents of pkt-lines; null for a flush. */
function* packetLines(data: Uint8Array): Generator<Uint8Array | null> {
  for (let at = 0; at + 4 <= data.length; ) {
    const length = Number.parseInt(latin1(data.subarray(at, at + 4)), 16)
    if (Number.isNaN(length)) return
    yield length < 4 ? null : data.subarray(at + 4, at + length)
    at += Math.max(length, 4)
  }
}

type Conversation = { readonly exit: number | null; readonly stdout: Uint8Array; readonly stderr: string }

function converse(
  program: string,
  args: readonly string[],
  input: Uint8Array,
  env: Readonly<Record<string, string>>,
): Promise<Conversation> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, ...env } })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.stdin.on('error', () => {}) // it may refuse before it has read all
    child.stdin.end(input)
    child.on('error', reject)
    child.on('close', exit =>
      resolve({ exit, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() }),
    )
  })
}

function latin1(data: Uint8Array): string {
  return Buffer.from(data).toString('latin1')
}
