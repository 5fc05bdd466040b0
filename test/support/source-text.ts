/** A module's text taken apart as far as the import rules need it. */
export type SourceText = {
  /** The text with the contents of comments, strings and regular expressions blanked; line breaks stay. */
  readonly code: string
  /** What it imports, statically, dynamically or for types alone; `null` for a dynamic import of something computed. */
  readonly imports: readonly (string | null)[]
  /** What it passes on with `export … from`. */
  readonly reexports: readonly string[]
}

/** Takes TypeScript source apart. Enough for formatted source; text in doubt counts as code. */
export function sourceText(source: string): SourceText {
  const { code, strings } = blank(source)
  const at = (match: RegExpMatchArray) => strings.get((match.index ?? 0) + match[0].length - 1) ?? null
  const from = (pattern: RegExp) => [...code.matchAll(pattern)].map(at)
  const statics = from(/\bimport\s+(?:[\w\s{},*$]+?\s+from\s+)?(?=['"])./g)
  const dynamics = from(/\b(?:import|require)\s*\(\s*./g)
  const passedOn = from(/\bexport\s+(?:type\s+)?[{*][\w\s{},*$]*?\bfrom\s+(?=['"])./g)
  return {
    code,
    imports: [...statics, ...dynamics, ...passedOn],
    reexports: passedOn.filter(found => found !== null),
  }
}

/** `strings` has the contents of each plain string by the index of its opening quote. */
function blank(source: string): { code: string; strings: Map<number, string> } {
  const strings = new Map<number, string>()
  const braces: boolean[] = [] // for each open brace: does it end an interpolation
  let code = ''
  const take = (end: number, keep: number) => {
    const text = source.slice(code.length, end)
    code += text.slice(0, keep) + text.slice(keep).replace(/[^\n]/g, ' ')
  }
  const template = (start: number) => {
    const found = /(?:[^\\`$]|\\[\s\S]|\$(?!\{))*(`|\$\{|$)/y
    found.lastIndex = start
    const end = start + (found.exec(source)?.[0].length ?? 0)
    take(end, 1)
    if (source.slice(end - 2, end) === '${') braces.push(true)
  }
  while (code.length < source.length) {
    const at = code.length
    const rest = source.slice(at, at + 2)
    const char = rest.charAt(0)
    if (rest === '//') take(lineEnd(source, at), 2)
    else if (rest === '/*') take(after(source, '*/', at + 2), 2)
    else if (char === "'" || char === '"') {
      const end = at + (/^(['"])(?:[^\\\n]|\\[\s\S])*?\1/.exec(source.slice(at))?.[0].length ?? 1)
      strings.set(at, source.slice(at + 1, end - 1))
      take(end, 1)
    } else if (char === '`') template(at + 1)
    else if (char === '/' && /(?:^|[(,=:[!&|?{};>\n]|\breturn)\s*$/.test(code)) {
      take(
        at + (/^\/(?:[^\\\n[/]|\\.|\[(?:[^\\\]\n]|\\.)*\])+\/[a-z]*/.exec(source.slice(at))?.[0].length ?? 1),
        1,
      )
    } else {
      if (char === '{') braces.push(false)
      if (char === '}' && braces.pop() === true) template(at + 1)
      else take(at + 1, 1)
    }
  }
  return { code, strings }
}

function lineEnd(source: string, from: number): number {
  const found = source.indexOf('\n', from)
  return found < 0 ? source.length : found
}

function after(source: string, mark: string, from: number): number {
  const found = source.indexOf(mark, from)
  return found < 0 ? source.length : found + mark.length
}
