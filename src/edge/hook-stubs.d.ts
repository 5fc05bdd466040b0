/** esbuild loads a file without a suffix as text. */
declare module '*/hooks/pre-receive' {
  const text: string
  export = text
}

declare module '*/hooks/post-receive' {
  const text: string
  export = text
}
