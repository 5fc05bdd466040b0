import type { Fault } from './fault.ts'
import { badLine, type KeyPlace, quoted } from './ssh-key-fault.ts'
import { parseSshTime } from './ssh-time.ts'

/** `authorized_keys`: [options] type key [comment]. `allowed_signers`: principals before. `revoked_keys`: no options. */
export type SshKeyFormat = 'authorized_keys' | 'allowed_signers' | 'revoked_keys'

/** What the options of a line say of its key. */
export type SshOptions = {
  readonly authority: boolean
  /** For whom an authority may speak, where the options say it; else null. */
  readonly principals: string | null
  /** Patterns of what its signatures may be for; null: for anything. */
  readonly namespaces: string | null
  /** Seconds since 1970; `until` is the first second at which it is expired, null: never. */
  readonly from: number
  readonly until: number | null
  readonly presence: 'none' | 'touch' | 'verified'
}

/**
 * The options before a key: ssh-keygen(1), ALLOWED SIGNERS, and of sshd(8), AUTHORIZED_KEYS FILE FORMAT, those that
 * say who may sign. Names in either case, as there. Throws a Fault on whatever else there is: an option that says from
 * where or for which command a key may log in narrows what it is for, and passing over it would widen that.
 */
export function parseSshOptions(place: KeyPlace, text: string, format: SshKeyFormat): SshOptions {
  const options = optionsIn(place, text, format)
  const time = (name: string) => timeOf(place, name, options.get(name))
  const from = time('valid-after')
  const last = time('valid-before') ?? time('expiry-time')
  if (from !== null && last !== null && last <= from)
    throw badLine(place, 'valid-before is not later than valid-after', 'correct one of the two')
  const principals = options.get('principals') ?? null
  if (principals !== null && (!options.has('cert-authority') || /[*?!]|^,|,,|,$/.test(principals)))
    throw badLine(place, 'principals are the names for which a cert-authority may speak', 'correct the line')
  if (format === 'authorized_keys' && options.has('cert-authority') && principals === null)
    throw badLine(place, 'cert-authority without principals', 'add principals="NAME,NAME"')
  return {
    authority: options.has('cert-authority'),
    principals,
    namespaces: options.get('namespaces') ?? null,
    from: from ?? 0,
    // the moment that is named is still in it
    until: last === null ? null : last + 1,
    presence: options.has('verify-required')
      ? 'verified'
      : options.has('no-touch-required')
        ? 'none'
        : 'touch',
  }
}

/** Whether an option has a value. */
type Grammar = Readonly<Record<string, boolean>>

const grammars: Readonly<Record<SshKeyFormat, Grammar>> = {
  allowed_signers: { 'cert-authority': false, namespaces: true, 'valid-after': true, 'valid-before': true },
  authorized_keys: {
    'cert-authority': false,
    principals: true,
    'expiry-time': true,
    'no-touch-required': false,
    'verify-required': false,
  },
  revoked_keys: {},
}

function optionsIn(place: KeyPlace, text: string, format: SshKeyFormat): ReadonlyMap<string, string> {
  const options = new Map<string, string>()
  const grammar = grammars[format]
  let rest = text
  while (rest !== '') {
    const [whole = '', name = '', value, end] = /^([A-Za-z-]+)(?:="([^"\\\s]+)")?(,(?=.)|$)/.exec(rest) ?? []
    const known = name.toLowerCase()
    const takesValue = Object.hasOwn(grammar, known) ? grammar[known] : undefined
    if (end === undefined || takesValue !== (value !== undefined)) throw unfit(place, rest, format)
    if (options.has(known)) throw badLine(place, `the option ${known} twice`, 'keep one of the two')
    options.set(known, value ?? '')
    rest = rest.slice(whole.length)
  }
  return options
}

function unfit(place: KeyPlace, rest: string, format: SshKeyFormat): Fault {
  const forms = Object.entries(grammars[format]).map(([name, takesValue]) =>
    takesValue ? `${name}="…"` : name,
  )
  const remedies: Readonly<Record<SshKeyFormat, string>> = {
    allowed_signers: `remove it; the options are ${forms.join(', ')}`,
    authorized_keys: `remove it; the options are ${forms.join(', ')}; principals stand in a file allowed_signers`,
    revoked_keys: 'write a public key or SHA256:… alone in a line',
  }
  return badLine(place, `${quoted(rest)} is no option that says who may sign`, remedies[format])
}

function timeOf(place: KeyPlace, name: string, text: string | undefined): number | null {
  if (text === undefined) return null
  const time = parseSshTime(text)
  if (time === null)
    throw badLine(place, `${quoted(text)} is not a time`, `write ${name}="YYYYMMDD" or "YYYYMMDDHHMMSSZ"`)
  return time
}
