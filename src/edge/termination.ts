import { setTimeout } from 'node:timers/promises'

/** Aborted by SIGTERM or SIGINT. The second one ends the process, as if nobody listened. */
export function termination(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => controller.abort())
  return controller.signal
}

/** Waits for so many milliseconds, or until `ended`. */
export async function pause(milliseconds: number, ended: AbortSignal): Promise<void> {
  try {
    await setTimeout(milliseconds, undefined, { signal: ended })
  } catch {
    // it was cut short, as asked
  }
}
