/**
 * Whether git takes `text` as a full ref name: git-check-ref-format(1), below `refs/`, at least two levels.
 * Stricter on purpose: C1 controls and lone surrogates are refused as control characters are. And no longer than
 * `longest`: of a name two thousand folders deep a few dozen are a heavy push, and a ref that is there is looked at by
 * each push after it.
 */
export function isRefName(text: string): boolean {
  if (!text.startsWith('refs/') || text.length > longest) return false
  // of plain names nothing more is asked: compiling the other class takes longer than all the rest
  if (!/^[\w./+-]*$/.test(text) && /[\u0000-\u0020\u007f-\u009f~^:?*[\\\ud800-\udfff]/u.test(text))
    return false
  if (text.includes('..') || text.includes('@{') || text.endsWith('.')) return false
  const components = text.split('/')
  return components.every(
    component => component !== '' && !component.startsWith('.') && !component.endsWith('.lock'),
  )
}

/** Characters, which are three bytes at the most: with the folder of the repository they fit into PATH_MAX of Linux. */
const longest = 1024

/** `main` for `refs/heads/main`: the name that people type; other refs in full. */
export function shortRefName(ref: string): string {
  return ref.replace(/^refs\/heads\//, '')
}
