/** Takes text that comes in pieces apart into lines, without their ends; bytes that are no UTF-8 are replaced. */
export function lineReader(): { take(chunk: Uint8Array): readonly string[]; isComplete(): boolean } {
  const decoder = new TextDecoder()
  let rest = ''
  return {
    take(chunk) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      return lines
    },
    isComplete: () => rest === '',
  }
}
