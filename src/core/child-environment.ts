/**
 * The environment of every child, built from nothing: of what a client or a host left in ours, only PATH and the
 * quarantine (git-receive-pack(1)) get through. Replacement objects, grafts and shallow boundaries are off: what is
 * judged is what is stored.
 */
export function childEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  gitDir: string | null,
): Record<string, string> {
  const environment: Record<string, string> = {
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_GRAFT_FILE: '/dev/null',
    GIT_SHALLOW_FILE: '',
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  }
  for (const name of passed) {
    const value = inherited[name]
    if (value !== undefined) environment[name] = value
  }
  if (gitDir !== null) environment['GIT_DIR'] = gitDir
  return environment
}

const passed = ['PATH', 'GIT_QUARANTINE_PATH', 'GIT_OBJECT_DIRECTORY', 'GIT_ALTERNATE_OBJECT_DIRECTORIES']
