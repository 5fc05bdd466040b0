import { type Batch, batchReader } from '../core/batch-reader.ts'
import { childEnvironment } from '../core/child-environment.ts'
import { Fault } from '../core/fault.ts'
import { catFile, gitFailure, gitWords } from '../core/git-call.ts'

/**
 * What `gitObjects` gives, of a few objects: waits for git, without the streams of Node.js, which take a hook longer
 * than the objects. Null where they are too large together to be held at once.
 */
export async function gitObjectsAtOnce(
  gitDir: string,
  names: string,
  sizeLimit: number,
): Promise<Batch | null> {
  const { spawnSync } = await import('node:child_process')
  const { status, signal, stdout, stderr, error } = spawnSync('git', gitWords(catFile), {
    cwd: '/',
    env: childEnvironment(process.env, gitDir),
    input: names,
    maxBuffer: mostBytes,
  })
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (code === 'ENOBUFS') return null
  // EPIPE: one that ends before it has read its names is seen by its exit, and by what it did not answer
  if (error !== undefined && code !== 'EPIPE') throw gitFailure(catFile, error.message)
  if (status !== 0) throw gitFailure(catFile, signal ?? stderr.toString('utf8', 0, 2000))
  const reader = batchReader(sizeLimit)
  const batch = reader.take(stdout)
  if (!reader.isComplete()) throw new Fault('git cat-file answered an object that is cut off')
  return batch
}

/** Of git's answer, and of its complaints. */
const mostBytes = 8 * 1024 * 1024
