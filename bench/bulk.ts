/** Cases (a), (b), (c), (e) and (g): whole histories. */
import { availableParallelism } from 'node:os'
import type { Work } from './contestants.ts'
import {
  arithmetic,
  gnupg,
  nodeArithmetic,
  nodeStart,
  opensslSpeed,
  reading,
  refwarden,
  sequoia,
  sshKeygen,
} from './contestants.ts'
import type { Kind } from './histories.ts'
import { stock } from './histories.ts'
import type { Case, Comparison, Target } from './results.ts'
import type { SignerAlgorithm } from './seeded-secret.ts'
import { mixedAlgorithms } from './signers.ts'
import type { Sizes } from './sizes.ts'
import { grouped } from './sizes.ts'
import type { Workplace } from './workplace.ts'

/** (a) A line of commits by ten signers with Ed25519 keys. */
export function ed25519Line(place: Workplace, sizes: Sizes): Case {
  const work = workOn(place, 'line', sizes.line, false)
  return {
    letter: 'a',
    title: `${grouped(sizes.line)} commits in a line, Ed25519`,
    contestants: [...field(work, { eddsa: sizes.line }, sizes), sequoia(work)],
    comparisons: [
      shareOfLimit({ kind: 'at least', value: 0.8 }),
      shareOfNode,
      faster('git log %G? with gpg', { kind: 'at least', value: 75 }),
      faster('sq-git log', { kind: 'at least', value: 4 }),
      againstReading,
    ],
  }
}

/** (g) The same with Ed25519 keys of OpenSSH. sq-git does not know them. */
export function sshLine(place: Workplace, sizes: Sizes): Case {
  const work = workOn(place, 'ssh', sizes.line, false)
  return {
    letter: 'g',
    title: `${grouped(sizes.line)} commits in a line, Ed25519 of OpenSSH`,
    contestants: [
      refwarden(work),
      arithmetic(work, { eddsa: sizes.line }, opensslSpeed(place)),
      nodeArithmetic(work, { eddsa: sizes.line }),
      sshKeygen(work, Math.min(sizes.sample, work.commits)),
      reading(work),
    ],
    comparisons: [
      shareOfLimit({ kind: 'at least', value: 0.8 }),
      shareOfNode,
      faster('git log %G? with ssh-keygen', { kind: 'at least', value: 75 }),
      againstReading,
    ],
  }
}

/** (b) The same with RSA-4096 keys. */
export function rsaLine(place: Workplace, sizes: Sizes): Case {
  const work = workOn(place, 'rsa', sizes.rsa, false)
  return {
    letter: 'b',
    title: `${grouped(sizes.rsa)} commits in a line, RSA-4096`,
    contestants: [...field(work, { rsa4096: sizes.rsa }, sizes), sequoia(work)],
    comparisons: [
      shareOfLimit({ kind: 'at least', value: 0.5 }),
      shareOfNode,
      faster('git log %G? with gpg'),
      faster('sq-git log'),
      againstReading,
    ],
  }
}

/** (c) Merges, twenty-five signers, four algorithms. sq-git is left out: of a merge's sides it verifies one. */
export function mixedHistory(place: Workplace, sizes: Sizes): Case {
  const work = workOn(place, 'mixed', sizes.mixed, false)
  const signatures: Partial<Record<SignerAlgorithm, number>> = {}
  for (let number = 0; number < sizes.mixed; number += 1) {
    const algorithm = mixedAlgorithms[number % mixedAlgorithms.length] ?? 'eddsa'
    signatures[algorithm] = (signatures[algorithm] ?? 0) + 1
  }
  return {
    letter: 'c',
    title: `${grouped(sizes.mixed)} commits with merges, 25 signers, Ed25519, P-256, RSA-2048 and RSA-4096`,
    contestants: field(work, signatures, sizes),
    comparisons: [shareOfLimit(), shareOfNode, faster('git log %G? with gpg'), againstReading],
  }
}

/** (e) Lines of a tenth and ten times the length: what grows with them. */
export function longLines(place: Workplace, sizes: Sizes): Case {
  const speed = opensslSpeed(place)
  const works = sizes.lengths.map(commits => workOn(place, 'line', commits, true))
  const [, tenth = 0, long = 0] = sizes.lengths
  const [inLong, inTenth] = [`refwarden verify, ${long}`, `refwarden verify, ${tenth}`]
  return {
    letter: 'e',
    title: `${grouped(long)} commits in a line, Ed25519`,
    contestants: [
      ...works.flatMap(work => [
        refwarden(work),
        reading(work),
        gnupg(work, Math.min(sizes.sample, work.commits)),
        arithmetic(work, { eddsa: work.commits }, speed),
      ]),
      nodeStart(place),
    ],
    comparisons: [
      {
        says: 'peak memory, in parts of 200 MiB',
        of: 'ownMemory',
        over: inLong,
        under: 200,
        target: { kind: 'at most', value: 1 },
      },
      {
        says: `peak memory, against ${grouped(tenth)} commits`,
        of: 'ownMemory',
        over: inLong,
        under: inTenth,
        target: { kind: 'at most', value: 1.3 },
      },
      {
        says: `peak memory of git, which maps the pack, against ${grouped(tenth)} commits`,
        of: 'childMemory',
        over: inLong,
        under: inTenth,
      },
      {
        says: `time, against ten times that of ${grouped(tenth)} commits`,
        of: 'milliseconds',
        over: inLong,
        under: inTenth,
        times: 10,
      },
    ],
  }
}

function workOn(place: Workplace, kind: Kind, commits: number, sized: boolean): Work {
  const made = stock(kind, commits)
  return { place, stock: made, keys: place.copy(made.keys), commits, sized }
}

function field(
  work: Work,
  signatures: Readonly<Partial<Record<SignerAlgorithm, number>>>,
  { sample }: Sizes,
) {
  return [
    refwarden(work),
    arithmetic(work, signatures, opensslSpeed(work.place)),
    nodeArithmetic(work, signatures),
    gnupg(work, Math.min(sample, work.commits)),
    reading(work),
  ]
}

function shareOfLimit(target?: Target): Comparison {
  return {
    says: `commits a second, as a share of what the arithmetic allows on ${availableParallelism()} cores`,
    of: 'milliseconds',
    over: 'the arithmetic limit',
    under: 'refwarden verify',
    ...(target === undefined ? {} : { target }),
  }
}

function faster(than: string, target?: Target): Comparison {
  return {
    says: `times as fast as ${than}`,
    of: 'milliseconds',
    over: than,
    under: 'refwarden verify',
    ...(target === undefined ? {} : { target }),
  }
}

const shareOfNode: Comparison = {
  says: 'the same, as a share of what Node.js makes of the arithmetic alone',
  of: 'milliseconds',
  over: 'the arithmetic by Node.js',
  under: 'refwarden verify',
}

const againstReading: Comparison = {
  says: 'time, against reading alone',
  of: 'milliseconds',
  over: 'refwarden verify',
  under: 'reading alone',
}
