import { nearest } from './nearest.ts'
import { isRefName } from './ref-name.ts'

/** What is wrong with a pattern, and what to write in its place. */
export type UnfitPattern = { readonly what: string; readonly remedy: string }

/**
 * Null where `pattern` is a full ref name, below `refs/heads/`, `refs/tags/` or another folder of `refs/`, with or
 * without `*`. A pattern that could never match what the admin means by it protects nothing in silence: it is unfit.
 */
export function unfitPattern(pattern: string): UnfitPattern | null {
  const meant = fullName(pattern)
  const example = isRefName(sample(meant)) ? meant : 'refs/heads/main'
  if (!pattern.startsWith('refs/'))
    return { what: 'is not a full ref name', remedy: `did you mean ${example}?` }
  if (!isRefName(sample(pattern)))
    return {
      what: 'is not a valid ref name',
      remedy: 'see git-check-ref-format(1); of the wildcards only * is known',
    }
  if (/^refs\/replace(\/|$)/.test(pattern))
    return {
      what: 'cannot be protected',
      remedy: 'remove the section: refs/replace/ is refused wherever a ref is protected',
    }
  if (/^refs\/(heads|tags)$/.test(pattern))
    return { what: 'is a folder of refs', remedy: `did you mean ${pattern}/*?` }
  if (meant !== pattern)
    return { what: 'is no place where git keeps branches or tags', remedy: `did you mean ${meant}?` }
  return null
}

/** The full name that was meant: `main` and `refs/head/main` are both `refs/heads/main`. */
function fullName(pattern: string): string {
  if (/^refs\/(heads|tags)\//.test(pattern)) return pattern
  const path = pattern.replace(/^\/*(refs?\/)?/i, '')
  const [folder = '', ...rest] = path.split('/')
  const place = rest.length === 0 ? null : nearest(folder, ['heads', 'tags'])
  if (place !== null) return ['refs', place, ...rest].join('/')
  return pattern.startsWith('refs/') ? pattern : `refs/heads/${path}`
}

/** A name that `pattern` matches. */
function sample(pattern: string): string {
  return pattern.replaceAll('*', 'x')
}
