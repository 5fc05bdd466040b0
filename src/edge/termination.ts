import { setTimeout } from 'node:timers/promises'

/** Aborted by SIGTERM or SIGINT. The second one ends the process, as if nobody listened. */
export function termination(): AbortSignal {
  const controller = new AbortController()
  const listener = (signal: NodeJS.Signals) => {
    if (!controller.signal.aborted) return controller.abort()
    for (const name of signals) process.removeListener(name, listener)
    process.kill(process.pid, signal)
  }
  // stays: the package execa ends the process where nobody else listens
  for (const signal of signals) process.on(signal, listener)
  return controller.signal
}

const signals = ['SIGTERM', 'SIGINT'] as const

/** Waits for so many milliseconds, or until `ended`. */
export async function pause(milliseconds: number, ended: AbortSignal): Promise<void> {
  try {
    await setTimeout(milliseconds, undefined, { signal: ended })
  } catch {
    // it was cut short, as asked
  }
}
