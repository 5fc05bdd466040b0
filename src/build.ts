declare const REFWARDEN_VERSION: string | undefined
declare const REFWARDEN_COMMIT: string | undefined
declare const REFWARDEN_DATE: number | undefined

/** What this program was built from; scripts/build.mjs puts it in. */
export const build = {
  version: typeof REFWARDEN_VERSION === 'string' ? REFWARDEN_VERSION : 'unbuilt',
  commit: typeof REFWARDEN_COMMIT === 'string' ? REFWARDEN_COMMIT : 'unbuilt',
  /** Seconds since 1970: the date of that commit; 0: not known. */
  date: typeof REFWARDEN_DATE === 'number' ? REFWARDEN_DATE : 0,
} as const
