// Held against git itself: with a gpg.program that only notes what it is given, git shows which bytes of an object it
// takes for the signature and which for what was signed. Whatever is accepted here git must read in the same way.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import { parseCommit } from '../../src/core/commit.ts'
import type { ObjectFormat } from '../../src/core/oid.ts'
import { parseTag } from '../../src/core/tag.ts'
import { gitObject, writeObjects } from '../support/objects.ts'
import { suite } from '../support/suite.ts'

const test = suite('read-as-git')
const formats = ['sha1', 'sha256'] as const
const armor = ['-----BEGIN PGP SIGNATURE-----', '', 'AAAA', '-----END PGP SIGNATURE-----']

for (const format of formats)
  test(`a ${format} commit: the same signature, the same payload, the same parents as git`, () => {
    const git = notingGit(format)
    try {
      const commits = sampled(commitLines(format), lines => lines.join('\n'), 160)
      const objects = commits.map(body => gitObject(format, 'commit', body))
      git.write(objects)
      let accepted = 0
      for (const { oid, body } of objects) {
        const commit = parseCommit(oid, body, format)
        if ('reason' in commit) continue
        const noted = git.verify('verify-commit', oid)
        if (commit.signatures.length === 0) assert.is(noted, null, label(body))
        if (commit.signatures.length !== 1) continue
        accepted += 1
        assert.is(noted?.signature, latin1(...commit.signatures), label(body))
        assert.is(noted?.payload, latin1(...commit.payload), label(body))
        const shown = git.run('rev-list', '--no-walk', '--parents', oid).stdout.trim()
        assert.is(shown, [oid, ...commit.parents].join(' '), label(body))
        const author = git.run('log', '--no-walk', '--encoding=UTF-8', '--format=%an <%ae>', oid).stdout
        assert.is(author, `${commit.author}\n`, label(body))
      }
      assert.ok(accepted > 15, `${accepted} were comparable`)
    } finally {
      git.close()
    }
  })

for (const format of formats)
  test(`a ${format} tag: the same signature, the same payload as git`, () => {
    const git = notingGit(format)
    try {
      const tags = sampled(tagLines(format), lines => lines.join('\n'), 160)
      const objects = tags.map(body => gitObject(format, 'tag', body))
      git.write(objects)
      let accepted = 0
      for (const { oid, body } of objects) {
        const tag = parseTag(oid, body, format)
        if ('reason' in tag) continue
        const noted = git.verify('verify-tag', oid)
        if (tag.signatures.length === 0) assert.is(noted, null, label(body))
        if (tag.signatures.length !== 1) continue
        accepted += 1
        assert.is(noted?.signature, latin1(...tag.signatures), label(body))
        assert.is(noted?.payload, latin1(...tag.payload), label(body))
      }
      assert.ok(accepted > 15, `${accepted} were comparable`)
    } finally {
      git.close()
    }
  })

function commitLines(format: ObjectFormat): fc.Arbitrary<readonly string[]> {
  const digits = format === 'sha1' ? 40 : 64
  const own = format === 'sha1' ? 'gpgsig' : 'gpgsig-sha256'
  const tree = `tree ${'a'.repeat(digits)}`
  const author = 'author Ann Lee <ann@example.org> 1700000000 +0100'
  const committer = 'committer Bob <bob@example.org> 1700000001 +0000'
  const signature = `${own} ${armor.join('\n ')}`
  const odd = fc.constantFrom(
    signature,
    signature.replace(own, 'gpgsig'),
    signature.replace(own, 'gpgsig-sha256'),
    signature.replace(own, 'gpgsigx'),
    signature.replace(own, 'GPGSIG'),
    `${signature}\n `,
    `${signature}\n  more`,
    `mergetag object ${'b'.repeat(digits)}\n type commit\n tag v1\n \n ${armor.join('\n ')}`,
    'x-other y\n z',
    'encoding UTF-8',
    ' stray',
    '',
    `parent ${'c'.repeat(digits)}`,
    author.replace('Ann', 'Eve'),
  )
  const parents = fc.array(fc.constantFrom(`parent ${'b'.repeat(digits)}`, `parent ${'c'.repeat(digits)}`), {
    maxLength: 2,
  })
  const message = fc.array(fc.constantFrom('subject', signature, '', tree, 'a  b', armor.join('\n')), {
    maxLength: 3,
  })
  return fc
    .tuple(parents, fc.array(odd, { maxLength: 2 }), fc.boolean(), fc.array(odd, { maxLength: 2 }), message)
    .map(([above, front, signed, behind, body]) => {
      const head = [
        tree,
        ...new Set(above),
        author,
        committer,
        ...front,
        ...(signed ? [signature] : []),
        ...behind,
      ]
      return [...head, '', 'first line', ...body, '']
    })
}

function tagLines(format: ObjectFormat): fc.Arbitrary<readonly string[]> {
  const digits = format === 'sha1' ? 40 : 64
  const head = [
    `object ${'b'.repeat(digits)}`,
    'type commit',
    'tag v1',
    'tagger T <t@example.org> 1700000000 +0000',
  ]
  const odd = fc.constantFrom(
    armor.join('\n'),
    '-----BEGIN PGP MESSAGE-----',
    ' -----BEGIN PGP SIGNATURE-----',
    '-----BEGIN PGP SIGNATURE----',
    `gpgsig-sha256 ${armor.join('\n ')}`,
    `gpgsig ${armor.join('\n ')}`,
    'words',
    '',
  )
  const header = fc.array(odd, { maxLength: 1 })
  return fc
    .tuple(header, fc.array(odd, { maxLength: 3 }), fc.boolean())
    .map(([more, body, signed]) => [...head, ...more, '', ...body, ...(signed ? [...armor, ''] : [''])])
}

/** Different objects, the same at every run. */
function sampled(
  lines: fc.Arbitrary<readonly string[]>,
  join: (lines: readonly string[]) => string,
  count: number,
): string[] {
  return [...new Set(fc.sample(lines, { numRuns: count * 2, seed: 39 }).map(join))].slice(0, count)
}

type Noted = { readonly signature: string; readonly payload: string }

function notingGit(format: ObjectFormat) {
  const folder = mkdtempSync(join(tmpdir(), 'n-'))
  const [gitDir, program] = [join(folder, 'r.git'), join(folder, 'gpg')]
  // git calls: gpg --keyid-format=long --status-fd=1 --verify SIGNATURE -
  writeFileSync(
    program,
    '#!/bin/sh\nwhile [ $# -gt 2 ]; do shift; done\ncat "$1" >"$NOTED.sig"\ncat >"$NOTED.txt"\n',
    {
      mode: 0o755,
    },
  )
  const env = { ...process.env, GIT_DIR: gitDir, NOTED: join(folder, 'noted') }
  const run = (...args: readonly string[]) =>
    spawnSync('git', ['-c', `gpg.program=${program}`, ...args], { env, encoding: 'utf8' })
  run('init', '--quiet', '--bare', `--object-format=${format}`, gitDir)
  return {
    run,
    write: (objects: Parameters<typeof writeObjects>[2]) => writeObjects(gitDir, format, objects),
    verify(verb: 'verify-commit' | 'verify-tag', oid: string): Noted | null {
      for (const end of ['sig', 'txt']) rmSync(join(folder, `noted.${end}`), { force: true })
      run(verb, '--raw', oid)
      if (!existsSync(join(folder, 'noted.sig'))) return null
      const read = (end: string) => readFileSync(join(folder, `noted.${end}`), 'latin1')
      return { signature: read('sig'), payload: read('txt') }
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function latin1(...pieces: readonly Uint8Array[]): string {
  return Buffer.concat(pieces).toString('latin1')
}

function label(body: Uint8Array): string {
  return JSON.stringify(latin1(body))
}

test.run()
