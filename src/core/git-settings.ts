/** One value in one of the files that git reads. git-config(1), --show-scope and --show-origin. */
export type GitSetting = {
  /** `system`, `global`, `local`, `worktree` or `command`. */
  readonly scope: string
  /** Such as `file:/home/git/.gitconfig`. */
  readonly origin: string
  /** Section and name in lower case. */
  readonly name: string
  /** Null where the name stands alone: true. */
  readonly value: string | null
}

/** What `git config --list -z --show-scope --show-origin` answers, or null where it is something else. */
export function parseGitSettings(text: string): readonly GitSetting[] | null {
  const parts = text.split('\0')
  if (parts.pop() !== '' || parts.length % 3 !== 0) return null
  return Array.from({ length: parts.length / 3 }, (_, index) => {
    const [scope = '', origin = '', entry = ''] = parts.slice(3 * index)
    const [name = '', ...value] = entry.split('\n')
    return { scope, origin, name, value: entry.includes('\n') ? value.join('\n') : null }
  })
}

/** The last one counts. */
export function settingNamed(settings: readonly GitSetting[], name: string): GitSetting | null {
  return settings.findLast(setting => setting.name === name) ?? null
}

/** As git reads a boolean; false where it is not set. */
export function isSet(settings: readonly GitSetting[], name: string): boolean {
  const setting = settingNamed(settings, name)
  if (setting === null) return false
  const { value } = setting
  return value === null || /^(true|yes|on|-?0*[1-9][0-9]*)$/i.test(value)
}
