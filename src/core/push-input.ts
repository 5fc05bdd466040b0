/** What a hook is given. */
export type PushInput = {
  /** Absolute path of the configuration. */
  readonly config: string
  /** Absolute. */
  readonly gitDir: string
  /** Absolute: the folders of git's objects, first that of what was pushed, its quarantine. git-receive-pack(1). */
  readonly objects: readonly string[]
  /** Reads the ref updates as git-receive-pack wrote them: hostile. githooks(5). Throws where it cannot. */
  readonly updates: () => Uint8Array
  /** The name of this push in the log and in front of the pusher. */
  readonly id: string
  /** The name of this machine. */
  readonly host: string
  /** The pusher as the host names it, or null. */
  readonly pusher: string | null
  /** Done on a web page of GitLab, which shows marked lines alone. */
  readonly isWeb: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
}
