// Takes the program apart at each `import()` and puts it together in three parts, by when a hook needs them.
import { basename, join, relative } from 'node:path'
import { transform } from 'esbuild'

/** What every push runs, and what judges one; what neither needs is the part `commands`. */
const beginnings = {
  start: ['src/main.ts', 'src/flows/hooks.ts', 'src/commands/pre-receive.ts'],
  judging: ['src/server-refs.ts', 'src/server.ts', 'src/gate.ts', 'src/trust.ts'],
}

/**
 * The text of each part by its name: an object of functions, one a module, `"PART/NAME"(require,module,exports){…}`, in
 * which modules ask for each other by these names. `bundle` runs esbuild in `root`.
 */
export async function programParts(bundle, root, packages) {
  const { outputFiles, metafile } = await bundle({
    entryPoints: ['src/main.ts'],
    external: packages,
    format: 'esm',
    splitting: true,
    metafile: true,
    write: false,
    outdir: join(root, 'dist'),
  })
  const nameOf = namesIn(metafile.outputs)
  const parts = new Map()
  for (const { path, text } of outputFiles) {
    const name = nameOf.get(relative(root, path))
    const [part] = name.split('/')
    parts.set(part, [...(parts.get(part) ?? []), functionOf(name, await asCommonJs(text, nameOf))])
  }
  return new Map([...parts].map(([part, functions]) => [part, objectOf(functions)]))
}

/** A package that the program loads as a whole, in the same form. */
export function packagePart(name, text) {
  return objectOf([functionOf(name, text)])
}

/** Of each file that esbuild made, by its path. It belongs to the first part that cannot be loaded without it. */
function namesIn(outputs) {
  const names = new Map()
  const place = (path, part) => {
    if (names.has(path)) return
    names.set(path, `${part}/${basename(path)}`)
    for (const { path: next, kind } of outputs[path].imports)
      if (kind === 'import-statement' && next in outputs) place(next, part)
  }
  for (const [part, sources] of Object.entries(beginnings))
    for (const source of sources) {
      const path = Object.keys(outputs).find(path => outputs[path].entryPoint === source)
      if (path === undefined)
        throw new Error(`${source}: loaded by no import(), and so no beginning of a part`)
      place(path, part)
    }
  for (const path of Object.keys(outputs)) place(path, 'commands')
  return names
}

async function asCommonJs(text, nameOf) {
  const { code } = await transform(text, {
    format: 'cjs',
    target: 'node20.17',
    supported: { 'dynamic-import': false },
    minifySyntax: true,
    minifyWhitespace: true,
  })
  return [...nameOf].reduce(
    (code, [path, name]) => code.replaceAll(`require("./${basename(path)}")`, `require("${name}")`),
    code,
  )
}

function functionOf(name, code) {
  return `${JSON.stringify(name)}(require,module,exports){${code}}`
}

function objectOf(functions) {
  return `({${functions.join(',\n')}})`
}
