/** What one load showed: latencies in milliseconds, and what went wrong. */
export interface Measured {
  readonly perSecond: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly count: number
  readonly failures: readonly string[]
}

export type Work = () => Promise<void>

/** Does `count` pieces of work, `lanes` at a time, each as soon as one before it is done. */
export async function runLoad(lanes: number, count: number, work: Work): Promise<Measured> {
  let left = count
  return measure(lanes, work, () => {
    left -= 1
    return left >= 0
  })
}

/** The same until `isOver`. */
export async function runUntil(
  lanes: number,
  isOver: () => boolean,
  work: Work,
): Promise<Measured> {
  return measure(lanes, work, () => !isOver())
}

async function measure(lanes: number, work: Work, more: () => boolean): Promise<Measured> {
  const latencies: number[] = []
  const failures: string[] = []
  const began = performance.now()
  const lane = async (): Promise<void> => {
    while (more()) {
      const started = performance.now()
      try {
        await work()
        latencies.push(performance.now() - started)
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error))
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  const seconds = (performance.now() - began) / 1000
  const sorted = latencies.toSorted((a, b) => a - b)
  return {
    perSecond: latencies.length / seconds,
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
    p99: percentile(sorted, 0.99),
    count: latencies.length,
    failures,
  }
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
