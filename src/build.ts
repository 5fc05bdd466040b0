declare const REFWARDEN_VERSION: string | undefined
declare const REFWARDEN_COMMIT: string | undefined

/** What this program was built from; scripts/build.mjs puts it in. */
export const build = {
  version: typeof REFWARDEN_VERSION === 'string' ? REFWARDEN_VERSION : 'unbuilt',
  commit: typeof REFWARDEN_COMMIT === 'string' ? REFWARDEN_COMMIT : 'unbuilt',
} as const
