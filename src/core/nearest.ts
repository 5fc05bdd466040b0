/** The word of `known` that `word` was most likely meant to be, or null where none is near. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (word.length > 64) return null
  const typed = word.toLowerCase()
  let best: { name: string; edits: number } | null = null
  for (const name of known) {
    const edits = editDistance(typed, name.toLowerCase())
    const allowed = Math.max(1, Math.floor(Math.max(typed.length, name.length) / 3))
    if (
      edits <= allowed &&
      edits < Math.min(typed.length, name.length) &&
      (best === null || edits < best.edits)
    )
      best = { name, edits }
  }
  return best?.name ?? null
}

/** How many letters must be put in, taken out, changed, or swapped with their neighbour (Damerau, Levenshtein). */
function editDistance(from: string, to: string): number {
  let beforeLast: readonly number[] = []
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      const changed = at(last, column - 1) + (same ? 0 : 1)
      const swapped =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
          ? at(beforeLast, column - 2) + 1
          : Number.POSITIVE_INFINITY
      current.push(Math.min(at(last, column) + 1, at(current, column - 1) + 1, changed, swapped))
    }
    beforeLast = last
    last = current
  }
  return at(last, to.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
