import { config, type Usage } from './usage.ts'

/** What git starts, by way of the stubs in a repository's hooks folder. */
export const hookUsage = {
  'pre-receive': {
    summary: 'judges the push on stdin',
    about:
      'Reads the ref updates that git writes to a pre-receive hook. Nothing of the push is kept unless the exit code is 0. The hook that install puts in place runs this.',
    words: [],
    options: { config },
    examples: [
      {
        line: 'echo "$OLD $NEW refs/heads/main" | GIT_DIR=project.git refwarden pre-receive',
        what: 'what a push of NEW would be told',
      },
    ],
  },
  'post-receive': {
    summary: 'moves the sync tags after a push',
    about:
      'Verifies what was pushed once more and moves the sync tag of each branch to its tip. It does nothing where no sync tag is configured.',
    words: [],
    options: { config },
    examples: [
      {
        line: 'echo "$OLD $NEW refs/heads/main" | GIT_DIR=project.git refwarden post-receive',
        what: 'the sync tag of main follows',
      },
    ],
  },
} as const satisfies Readonly<Record<string, Usage>>
