type Mount = {
  readonly id: string
  readonly parent: string
  readonly point: string
  readonly readOnly: boolean
}

/**
 * Whether the mount that holds `path` (absolute, no symbolic links) is read-only, by the text of
 * `/proc/self/mountinfo`, proc_pid_mountinfo(5). Mounts are followed from the root as the kernel does: one that is
 * covered by a later one does not count. False where the text does not say.
 */
export function mountIsReadOnly(mountinfo: string, path: string): boolean {
  const mounts = mountinfo.split('\n').flatMap(line => parseMount(line) ?? [])
  const ids = new Set(mounts.map(({ id }) => id))
  let at: Mount | undefined
  for (const folder of foldersDownTo(path))
    for (;;) {
      const next = mounts.find(
        ({ id, parent, point }) =>
          point === folder && id !== parent && (at === undefined ? !ids.has(parent) : parent === at.id),
      )
      if (next === undefined) break
      at = next
    }
  return at?.readOnly ?? false
}

/** `36 35 98:0 /root /point rw,noatime shared:1 - ext4 /dev/sda1 rw`; either list of options can say `ro`. */
function parseMount(line: string): Mount | null {
  const [ours = '', theirs = ''] = line.split(' - ')
  const [id, parent, , , point, options] = ours.split(' ')
  const [, , superOptions] = theirs.split(' ')
  if (id === undefined || parent === undefined || point === undefined) return null
  if (options === undefined || superOptions === undefined) return null
  const readOnly = [options, superOptions].some(list => list.split(',').includes('ro'))
  return { id, parent, point: unescaped(point), readOnly }
}

/** Space, tab, line end and backslash are written as three octal digits. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}

/** `/`, `/a`, `/a/b` for `/a/b`. */
function foldersDownTo(path: string): readonly string[] {
  const names = path.split('/').filter(name => name !== '')
  return ['/', ...names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)]
}
