import { Fault } from './fault.ts'

/** What `action` returns. Where the kernel refuses it, throws the Fault that `refused` makes of the code, such as EACCES. */
export function attempted<T>(action: () => T, refused: (code: string) => Fault): T {
  try {
    return action()
  } catch (error) {
    if (error instanceof Fault) throw error
    throw refused((error as { readonly code?: string }).code ?? String(error))
  }
}
