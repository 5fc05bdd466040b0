import type { HookName } from './installation.ts'

/** What an installed stub was made for. */
export type InstalledStub = {
  readonly hook: HookName
  readonly binary: string
  readonly config: string
  readonly chained: boolean
  /** The folders of PATH. */
  readonly folders: readonly string[]
}

/** What `text` was rendered with, or null where it differs from the template in anything but that. */
export function parseStub(hook: HookName, template: string, text: string): InstalledStub | null {
  const plain = template.replace(/^#!\/bin\/sh -p\n/, '#!/bin/sh\n')
  const found = [template, plain].map(form => patternOf(form).exec(text)?.groups).find(groups => groups)
  if (found === undefined) return null
  return {
    hook,
    binary: unquoted(found['BINARY'] ?? ''),
    config: unquoted(found['CONFIG'] ?? ''),
    chained: found['CHAINED'] === 'yes',
    folders: unquoted(found['PATH'] ?? '').split(':'),
  }
}

/** The same value wherever the template has the same name. */
function patternOf(template: string): RegExp {
  const seen = new Set<string>()
  const pattern = template.split(/@([A-Z]+)@/).map((part, index) => {
    if (index % 2 === 0) return part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    if (seen.has(part)) return `\\k<${part}>`
    seen.add(part)
    return part === 'CHAINED' ? `(?<${part}>yes|no)` : `(?<${part}>'(?:[^']|'\\\\'')*')`
  })
  return new RegExp(`^${pattern.join('')}$`)
}

/** A word of sh as `quoted` makes it. */
function unquoted(word: string): string {
  return word.slice(1, -1).replaceAll("'\\''", "'")
}
