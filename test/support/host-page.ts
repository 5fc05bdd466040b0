import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './paths.ts'

/** The fenced blocks of a language below a heading of docs/hosts/NAME.md, so that what a test runs is what it says. */
export function blocksOf(name: string, heading: string, language: string): readonly string[] {
  const page = readFileSync(join(root, 'docs/hosts', `${name}.md`), 'utf8')
  const sections = page.split(/^#+ /m)
  const section = sections.find(section => section.startsWith(`${heading}\n`))
  if (section === undefined) throw new Error(`docs/hosts/${name}.md has no heading '${heading}'`)
  const blocks = [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(([, found]) => found === language)
  if (blocks.length === 0) throw new Error(`docs/hosts/${name}.md: no ${language} below '${heading}'`)
  return blocks.map(([, , text = '']) => text)
}

/** `text` with the places of the page as they are in the test. Throws for one that the page does not name. */
export function placed(text: string, places: Readonly<Record<string, string>>): string {
  let result = text
  for (const [named, here] of Object.entries(places)) {
    if (!result.includes(named)) throw new Error(`the page does not say ${named}`)
    result = result.replaceAll(named, here)
  }
  return result
}
