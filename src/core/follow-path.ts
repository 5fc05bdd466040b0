/** As many as the kernel follows. */
const mostLinks = 40

/**
 * Where an absolute path leads, links followed as in path_resolution(7); `look` says what stands at a path without
 * links before its last name, `target` being null where that is no link. Null where the links do not end.
 */
export function followPath<T extends { readonly target: string | null }>(
  path: string,
  look: (path: string) => T,
): { readonly real: string; readonly found: T } | null {
  let rest = path.split('/')
  let real = '/'
  let found = look(real)
  let links = 0
  while (rest.length > 0) {
    const [name = '', ...others] = rest
    rest = others
    if (name === '' || name === '.') continue
    const next = name === '..' ? parentOf(real) : `${real === '/' ? '' : real}/${name}`
    const entry = look(next)
    if (entry.target === null) {
      real = next
      found = entry
      continue
    }
    links += 1
    if (links > mostLinks) return null
    if (entry.target.startsWith('/')) real = '/'
    rest = [...entry.target.split('/'), ...rest]
  }
  return { real, found }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}
