/**
 * `text` so that no terminal takes any of it for anything but text: C0, C1, DEL, line and paragraph separators,
 * bidirectional controls and invisible characters are written out. CVE-2021-42574. Once more changes nothing.
 */
export function printable(text: string): string {
  if (isPlain(text)) return text
  return text.replace(hidden(), character => {
    const code = character.codePointAt(0) ?? 0
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}

/** `text` made printable and cut to `columns` of a terminal, an ellipsis where something was cut. */
export function fitted(text: string, columns: number): string {
  const safe = printable(text)
  if (columnsOf(safe) <= columns) return safe
  let kept = ''
  let used = 1
  for (const character of safe) {
    used += columnsOf(character)
    if (used > columns) break
    kept += character
  }
  return `${kept}…`
}

/** How many columns a printable text takes: two for wide East Asian characters and emoji. */
export function columnsOf(text: string): number {
  if (isPlain(text)) return text.length
  const pattern = wide()
  let columns = 0
  for (const character of text) columns += pattern.test(character) ? 2 : 1
  return columns
}

/** What most texts are. Compiling the other classes takes longer than the start of a hook may. */
function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text)
}

function hidden(): RegExp {
  return /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0]|\u034f|(?! )\p{Zs}/gu
}

function wide(): RegExp {
  return /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
}
