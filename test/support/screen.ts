/** What a terminal of this width shows after `output`: its lines, without colours and trailing blanks. */
export function screenOf(output: string, columns = 80): readonly string[] {
  const screen: string[][] = [[]]
  let row = 0
  let column = 0
  const line = () => {
    while (screen.length <= row) screen.push([])
    return screen[row] ?? []
  }
  const put = (char: string) => {
    if (column >= columns) {
      row += 1
      column = 0
    }
    const cells = line()
    while (cells.length < column) cells.push(' ')
    cells[column] = char
    column += 1
  }
  for (const piece of output.match(pieces) ?? []) {
    const [, count = '', final = ''] = /^\x1b\[([0-9;?]*)([@-~])$/.exec(piece) ?? []
    const steps = Math.max(1, Number.parseInt(count, 10) || 1)
    if (piece === '\r') column = 0
    else if (piece === '\n') row += 1
    else if (piece === '\b') column = Math.max(0, column - 1)
    else if (piece === '\t') column = Math.min(columns - 1, column + 8 - (column % 8))
    else if (final === 'K') line().splice(...erased(count, column, line().length))
    else if (final === 'A') row = Math.max(0, row - steps)
    else if (final === 'B') row += steps
    else if (final === 'C') column = Math.min(columns - 1, column + steps)
    else if (final === 'D') column = Math.max(0, column - steps)
    else if (final === 'G') column = steps - 1
    else if (piece >= ' ' && final === '') put(piece)
    line()
  }
  const lines = screen.map(cells =>
    Array.from(cells, cell => cell ?? ' ')
      .join('')
      .trimEnd(),
  )
  while (lines.length > 0 && lines.at(-1) === '') lines.pop()
  return lines
}

/** Control sequences and operating system commands whole, everything else a character at a time. */
const pieces = /\x1b\[[0-9;?]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.|[\s\S]/gu

/** What EL erases: to the end, from the start, all. ECMA-48 §8.3.41. */
function erased(
  mode: string,
  column: number,
  length: number,
): [start: number, count: number, ...fill: string[]] {
  if (mode === '1') return [0, column + 1, ...Array.from({ length: Math.min(column + 1, length) }, () => ' ')]
  return mode === '2' ? [0, length] : [column, Math.max(0, length - column)]
}
