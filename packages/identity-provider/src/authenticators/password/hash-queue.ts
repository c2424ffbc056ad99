export interface HashQueueLimits {
  /** Hashes computed at once, each with 19 MiB on a thread of its own. Default 2: other work keeps the rest of the pool. */
  readonly concurrency?: number
  /** Jobs that may wait. One more is refused at once. Default 128: at 2 × 40 ms each, about 2.5 seconds of waiting. */
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
  concurrency = 2,
  waiting = 128,
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
