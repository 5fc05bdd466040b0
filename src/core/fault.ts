/**
 * The machine or the set-up is wrong: an unreadable key, a bad configuration, a git that failed.
 * Thrown, never returned; it always refuses (exit 2). `message` says what is wrong, the offending thing
 * first; `remedy` says what the admin does about it. Neither is shown to a pusher.
 */
export class Fault extends Error {
  readonly remedy: string | null

  constructor(message: string, remedy: string | null = null) {
    super(message)
    this.name = 'Fault'
    this.remedy = remedy
  }
}
