/**
 * Whether `text` matches one of the patterns in `list`, commas between them, and none of those with `!` before it.
 * ssh_config(5), PATTERNS; match.c, match_pattern_list.
 */
export function matchesPatternList(text: string, list: string): boolean {
  const patterns = list.split(',')
  const refuses = patterns.some(pattern => pattern.startsWith('!') && matchesPattern(text, pattern.slice(1)))
  return !refuses && patterns.some(pattern => !pattern.startsWith('!') && matchesPattern(text, pattern))
}

/** `*` stands for any run of characters, `?` for one. Goes back to the last `*` alone: no more than length by length. */
function matchesPattern(text: string, pattern: string): boolean {
  let [at, cursor] = [0, 0]
  let [star, from] = [-1, 0]
  while (at < text.length) {
    if (pattern[cursor] === '*') {
      star = cursor++
      from = at
    } else if (cursor < pattern.length && (pattern[cursor] === '?' || pattern[cursor] === text[at])) {
      cursor++
      at++
    } else if (star >= 0) {
      cursor = star + 1
      at = ++from
    } else return false
  }
  while (pattern[cursor] === '*') cursor++
  return cursor === pattern.length
}
