/**
 * The e-mail address in a user id or an ident line: what stands in the only pair of `<>`, at its end, or the whole of
 * a text that is nothing but an address. Null for whatever could be read in two ways: who compares addresses must not
 * be shown one and judge by another. RFC 9580 §5.11; git-commit(1), COMMIT INFORMATION.
 */
export function mailboxIn(text: string): string | null {
  const inner = /^[^<>]*<([^<>]*)>$/u.exec(text)?.[1] ?? (/[<>]/.test(text) ? null : text)
  return inner !== null && /^[^\s<>@\p{C}]+@[^\s<>@\p{C}]+$/u.test(inner) ? inner : null
}

/** Of these names those that are an address and no pattern of addresses: ssh_config(5), PATTERNS. */
export function plainMailboxes(names: readonly string[]): readonly string[] {
  return names.flatMap(name => (/[*?!]/.test(name) ? [] : (mailboxIn(name) ?? [])))
}

/** The same address: domains without regard to case of ASCII letters, local parts letter by letter. RFC 5321 §2.4. */
export function isSameMailbox(one: string, other: string): boolean {
  return normal(one) === normal(other)
}

function normal(address: string): string {
  const at = address.lastIndexOf('@')
  const domain = address.slice(at).replace(/[A-Z]/g, letter => letter.toLowerCase())
  return address.slice(0, at) + domain
}
