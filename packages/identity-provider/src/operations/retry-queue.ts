import { setTimeout as pauseFor } from 'node:timers/promises'

/** Work for others that nobody waits for: done soon, tried again where it failed. */
export interface RetryQueue {
  /** False: too much is waiting already, or the provider is ending; the work is given up at once. */
  add(work: QueuedWork): boolean
  /** Takes no more, tries each that waits once, and resolves when that is done or the time is over. */
  close(withinMilliseconds: number): Promise<void>
}

export interface QueuedWork {
  /** For whom. One that is slow does not hold up the others. Absent: all such are one. */
  readonly lane?: string
  /** Does it. Undefined: done. Never rejects. */
  attempt(): Promise<FailedAttempt | undefined>
  /** Is told where it was not done: why, and after how many tries. */
  givenUp(code: string, tries: number): void
}

export interface FailedAttempt {
  readonly code: string
  /** Whether another try would fail as well. Absent: it may not. */
  readonly final?: boolean
}

export interface RetryQueueOptions {
  /** How many may wait. */
  readonly capacity: number
  readonly atOnce: number
  /** Absent: {@link RetryQueueOptions.atOnce}. */
  readonly atOncePerLane?: number
  /** Pauses before the second and later tries, in seconds. */
  readonly retryAfterSeconds: readonly number[]
}

interface Held {
  readonly work: QueuedWork
  tries: number
}

export function createRetryQueue(options: RetryQueueOptions): RetryQueue {
  const { capacity, atOnce, atOncePerLane = atOnce, retryAfterSeconds } = options
  const ready: Held[] = []
  const ending = new AbortController()
  const whenEmpty: (() => void)[] = []
  const busy = new Map<string, number>()
  let held = 0
  let running = 0

  function runNext(): void {
    while (running < atOnce) {
      const at = ready.findIndex(({ work }) => (busy.get(laneOf(work)) ?? 0) < atOncePerLane)
      const [next] = at === -1 ? [] : ready.splice(at, 1)
      if (next === undefined) return
      void run(next)
    }
  }

  async function run(next: Held): Promise<void> {
    // What the end of the provider finds waiting is tried once more and no oftener.
    const last = ending.signal.aborted
    const lane = laneOf(next.work)
    running += 1
    busy.set(lane, (busy.get(lane) ?? 0) + 1)
    const failure = await next.work.attempt()
    running -= 1
    const others = (busy.get(lane) ?? 1) - 1
    if (others === 0) busy.delete(lane)
    else busy.set(lane, others)
    const pause = retryAfterSeconds[next.tries]
    next.tries += 1
    if (failure === undefined || failure.final === true || pause === undefined || last) {
      if (failure !== undefined) next.work.givenUp(failure.code, next.tries)
      held -= 1
      if (held === 0) for (const tell of whenEmpty.splice(0)) tell()
      runNext()
      return
    }
    runNext()
    await pauseFor(pause * 1000, undefined, { signal: ending.signal, ref: false }).catch(() => {})
    ready.push(next)
    runNext()
  }

  return {
    add(work) {
      if (held >= capacity || ending.signal.aborted) {
        work.givenUp(ending.signal.aborted ? 'ending' : 'too_many', 0)
        return false
      }
      held += 1
      ready.push({ work, tries: 0 })
      runNext()
      return true
    },
    async close(withinMilliseconds) {
      ending.abort()
      if (held === 0) return
      const over = new AbortController()
      const empty = new Promise<void>((resolve) => whenEmpty.push(resolve))
      const late = pauseFor(withinMilliseconds, undefined, { signal: over.signal }).catch(() => {})
      await Promise.race([empty, late])
      over.abort()
    },
  }
}

function laneOf({ lane }: QueuedWork): string {
  return lane ?? ''
}
