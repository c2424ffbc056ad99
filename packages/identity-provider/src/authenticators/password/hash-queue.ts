import { availableParallelism } from 'node:os'

export interface HashQueueLimits {
  /**
   * Hashes computed at once, each with 19 MiB on a thread of its own. Default: one core less than there are, so that a storm of
   * logins leaves one to everything else, from 1 to 2.
   */
  readonly concurrency?: number
  /** Jobs that may wait. One more is refused at once. Default 64 for each at once: at 40 ms each, about 2.5 seconds. */
  readonly waiting?: number
  /** Told for each job how many seconds it waited. */
  readonly waited?: (seconds: number) => void
}

export interface HashQueue {
  /** Undefined, at once, where too many wait: the caller answers `busy`. */
  run<Result>(job: () => Promise<Result>): Promise<Result | undefined>
  /** Jobs that wait now. */
  readonly length: () => number
}

/** Bounds what password hashing takes from everything else. First come, first served. */
export function createHashQueue({
  concurrency = Math.max(1, Math.min(2, availableParallelism() - 1)),
  waiting = 64 * concurrency,
  waited = () => {},
}: HashQueueLimits = {}): HashQueue {
  let running = 0
  const queue: Array<() => void> = []
  return {
    length: () => queue.length,
    async run(job) {
      const came = performance.now()
      if (running >= concurrency) {
        if (queue.length >= waiting) return undefined
        // The one that ends hands its place over, so `running` stays as it is.
        await new Promise<void>((resume) => queue.push(resume))
      } else {
        running += 1
      }
      waited((performance.now() - came) / 1000)
      try {
        return await job()
      } finally {
        const next = queue.shift()
        if (next) next()
        else running -= 1
      }
    },
  }
}
