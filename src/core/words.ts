import type { Reason } from './rejection.ts'

/** What each reason means and how it is mended: the one place where a reason becomes words. */
export type Words = {
  /** Behind the code and a colon; lower case. */
  readonly what: string
  /** What to do; `ONTO` stands for the revision to rebase onto, `REF` for the ref that was pushed. */
  readonly mend: readonly string[]
}

/** What signs commits, and a tag, again. */
export const resign = "git rebase --exec 'git commit --amend --no-edit -S' ONTO"
export const retag = 'git tag --force --sign TAG REV'

export const words: Readonly<Record<Reason, Words>> = {
  unsigned: { what: 'it has no signature', mend: ['sign the new commits, then push again:', resign] },
  'unknown-key': {
    what: 'no trusted key made its signature',
    mend: ['sign with a key that the admin has,', 'or ask the admin to add yours'],
  },
  'bad-signature': {
    what: 'its signature is over other content',
    mend: ['it was changed after it was signed; sign it again:', resign],
  },
  'key-expired': {
    what: 'its key or signature has expired',
    mend: ['extend the key and send it to the admin,', 'or sign with another:', resign],
  },
  'key-revoked': { what: 'its key is revoked', mend: ['sign with another key that the admin has:', resign] },
  'key-not-for-signing': {
    what: 'its key is not for signing',
    mend: ['sign with a signing (sub)key:', 'git config user.signingKey KEYID', resign],
  },
  'weak-hash': {
    what: 'its signature is over a broken hash',
    mend: ['sign again with SHA-256 or better', '(gpg.conf: digest-algo SHA512):', resign],
  },
  'weak-key': {
    what: 'its key has fewer than 2048 bits',
    mend: ['sign with a stronger key that the admin has:', resign],
  },
  'signed-in-future': {
    what: 'it is dated in the future',
    mend: ['set the clock of the machine that signs,', 'then sign again:', resign],
  },
  'signed-before-key': {
    what: 'it is dated before its key was made',
    mend: ['set the clock of the machine that signs,', 'then sign again:', resign],
  },
  'unreadable-signature': { what: 'its signature is malformed', mend: ['sign it again:', resign] },
  'unsupported-signature': {
    what: 'this kind of signature is not accepted',
    mend: ['sign with an OpenPGP or an SSH key:', 'git config gpg.format openpgp # or ssh', resign],
  },
  'several-signatures': { what: 'it has more than one signature', mend: ['sign it again, once:', resign] },
  'malformed-commit': {
    what: 'its object is malformed',
    mend: ['make it again with git itself, then sign it'],
  },
  'too-large': {
    what: 'it is too large to be checked',
    mend: ['shorten its message and headers, then sign it again'],
  },
  'not-committer': {
    what: 'its committer is not who signed it',
    mend: ['commit with an address of the key that signs:', 'git config user.email ADDRESS', resign],
  },
  'not-pusher': {
    what: 'its signer is not who pushes it',
    mend: ['let its signer push it, or sign it yourself:', resign],
  },
  deletion: {
    what: 'it is protected from deletion',
    mend: ['ask the admin, who can allow it (delete = yes)'],
  },
  rewind: {
    what: 'it would lose commits that it has now',
    mend: ['take them in first, then push again: git pull --rebase'],
  },
  foxtrot: {
    what: 'its old tip is not on the first-parent chain',
    mend: [
      'merge the other way round: check out REF',
      'as it is on the server, merge your work into it, push that',
    ],
  },
  'unsigned-tag': {
    what: 'it is not a signed annotated tag',
    mend: ['sign it, then push again:', retag],
  },
  'tag-name': {
    what: 'the tag inside has another name',
    mend: ['make the tag under its own name:', 'git tag --sign TAG REV'],
  },
  'not-a-commit': { what: 'it does not point to a commit', mend: ['push a commit'] },
  'symbolic-ref': {
    what: 'it is another name for a protected ref',
    mend: ['push to the protected ref under its own name'],
  },
  'replace-ref': { what: 'replacement objects are not taken', mend: ['leave refs/replace/ out of the push'] },
  'sync-tag': { what: 'only the server moves this tag', mend: ['leave the tag out of the push'] },
  'sync-tag-invalid': {
    what: 'the mark of its verified state is broken',
    mend: ['ask the admin to run: refwarden trust REF'],
  },
}
