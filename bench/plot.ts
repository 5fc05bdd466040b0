/** A drawing of cost against size: panels side by side, sizes on a logarithmic scale. */

export type Panel = {
  readonly title: string
  /** What the axes count. */
  readonly across: string
  readonly up: string
  readonly scale: 'log' | 'linear'
  readonly series: readonly Series[]
}

export type Series = { readonly name: string; readonly points: readonly Point[] }

/** A median with what lies farthest from it. */
export type Point = {
  readonly at: number
  readonly low: number
  readonly value: number
  readonly high: number
}

const box = { width: 240, height: 200, left: 60, top: 34, step: 440 } as const
const height = box.top + box.height + 42
const colours = ['#0b6bcb', '#7a7a7a', '#c0392b', '#2e8540', '#8e44ad'] as const

/** SVG. Names stand at the right end of the lines, in their colour. */
export function drawPlot(panels: readonly Panel[]): string {
  const width = panels.length * box.step
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...panels.flatMap((panel, index) => [
      `<g transform="translate(${index * box.step + box.left} ${box.top})">`,
      ...drawPanel(panel),
      '</g>',
    ]),
    '</svg>',
    '',
  ].join('\n')
}

function drawPanel({ title, across, up, scale, series }: Panel): string[] {
  const points = series.flatMap(({ points }) => points)
  const x = logarithmic(
    points.map(({ at }) => at),
    box.width,
  )
  const values = points.flatMap(({ low, high }) => [low, high])
  const y = scale === 'log' ? logarithmic(values, box.height) : linear(values, box.height)
  const up180 = (value: number) => box.height - y.place(value)
  return [
    words(0, -18, title, 'font-weight="bold"'),
    words(0, -5, up, 'fill="#555555"'),
    words(box.width, box.height + 30, across, 'text-anchor="end" fill="#555555"'),
    ...x.ticks.flatMap(tick => [
      line(x.place(tick), 0, x.place(tick), box.height, '#e4e4e4'),
      words(x.place(tick), box.height + 15, tickText(tick), 'text-anchor="middle"'),
    ]),
    ...y.ticks.flatMap(tick => [
      line(0, up180(tick), box.width, up180(tick), '#e4e4e4'),
      words(-5, up180(tick) + 4, tickText(tick), 'text-anchor="end"'),
    ]),
    ...drawSeries(series, x.place, up180),
  ]
}

function drawSeries(
  series: readonly Series[],
  x: (value: number) => number,
  y: (value: number) => number,
): string[] {
  const ends = series.map(({ points }) => y(points.at(-1)?.value ?? 0))
  const labels = spread(ends, 13)
  return series.flatMap(({ name, points }, index) => {
    const colour = colours[index % colours.length] ?? ''
    const path = points.map(({ at, value }) => `${round(x(at))},${round(y(value))}`).join(' ')
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...points.flatMap(({ at, low, value, high }) => [
        line(x(at), y(low), x(at), y(high), colour),
        `<circle cx="${round(x(at))}" cy="${round(y(value))}" r="3" fill="${colour}"/>`,
      ]),
      words(box.width + 9, (labels[index] ?? 0) + 4, name, `fill="${colour}"`),
    ]
  })
}

type Scale = { readonly ticks: readonly number[]; readonly place: (value: number) => number }

/** From the power of ten below to the one above. */
function logarithmic(values: readonly number[], length: number): Scale {
  const low = Math.floor(Math.log10(Math.min(...values)))
  const high = Math.max(Math.ceil(Math.log10(Math.max(...values))), low + 1)
  return {
    ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
    place: value => ((Math.log10(value) - low) / (high - low)) * length,
  }
}

/** From nought to a round number above all. */
function linear(values: readonly number[], length: number): Scale {
  const highest = Math.max(...values)
  const power = 10 ** Math.floor(Math.log10(highest))
  const step = [0.2, 0.5, 1, 2].map(part => part * power).find(step => highest / step <= 6) ?? power
  const count = Math.ceil(highest / step)
  return {
    ticks: Array.from({ length: count + 1 }, (_, index) => index * step),
    place: value => (value / (count * step)) * length,
  }
}

/** The heights, moved down as far as names need room under each other. */
function spread(heights: readonly number[], room: number): readonly number[] {
  const placed = [...heights]
  let above = Number.NEGATIVE_INFINITY
  for (const index of [...heights.keys()].sort((one, other) => (heights[one] ?? 0) - (heights[other] ?? 0))) {
    above = Math.max(heights[index] ?? 0, above + room)
    placed[index] = above
  }
  return placed
}

function tickText(value: number): string {
  return value >= 1 ? value.toLocaleString('en') : String(Number(value.toPrecision(1)))
}

function line(x1: number, y1: number, x2: number, y2: number, colour: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}"/>`
}

function words(x: number, y: number, text: string, style: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${round(x)}" y="${round(y)}" ${style}>${escaped}</text>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
