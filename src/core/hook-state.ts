/** What git would meet at the place of a hook, as the account that looks. */
export type HookState = { readonly path: string } & (
  | { readonly kind: 'nothing' }
  /** A link to nothing, or in a circle. */
  | { readonly kind: 'dangling'; readonly target: string }
  /** A folder above cannot be entered: git takes the hook for missing. */
  | { readonly kind: 'unreachable' }
  /** No file, or one that cannot be read: git cannot run it, and refuses every push. */
  | { readonly kind: 'obstacle' }
  /** `runs`: access(2) with X_OK passes; git looks no further. */
  | { readonly kind: 'file'; readonly text: string; readonly runs: boolean }
)
